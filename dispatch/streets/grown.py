"""Arrays that grow at their ends.

Decides how room is made.  Does not know what is kept: whoever read a part of them may go on
reading it while they grow.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dispatch.streets.arrays import Ints
from dispatch.streets.hierarchy import Ends

_ENTRIES: Final = ("state", "ms", "dm")


class Grown:
    """Arrays that grow together, with room to spare."""

    def __init__(self) -> None:
        self.used = 0
        self._arrays: dict[str, npt.NDArray[Any]] = {}

    def add(self, more: dict[str, npt.NDArray[Any]]) -> None:
        """Put the rows of *more*, always the same arrays, behind the others."""
        until = self.used + len(next(iter(more.values())))
        for name, rows in more.items():
            array = self._arrays.setdefault(name, rows[:0])
            if until > len(array):
                spare = np.zeros((2 * until - self.used, *rows.shape[1:]), rows.dtype)
                array = self._arrays[name] = np.concatenate([array[: self.used], spare])
            array[self.used : until] = rows
        self.used = until

    def all(self, name: str) -> npt.NDArray[Any]:
        """Return the array *name*, what is spare included; there is none before one is added."""
        return self._arrays[name]

    def some(self, name: str, rows: Ints) -> npt.NDArray[Any]:
        """Return *rows* of the array *name*."""
        return self._arrays[name][rows]


class GrownEnds:
    """``Ends`` of places, one after the other."""

    def __init__(self) -> None:
        self._places, self._entries = Grown(), Grown()

    def add(self, ends: Ends) -> None:
        first, count = ends.at[:-1].astype(np.int64) + self._entries.used, np.diff(ends.at)
        self._entries.add({name: getattr(ends, name) for name in _ENTRIES})
        self._places.add({"first": first, "count": count})

    def of(self, rows: Ints) -> Ends:
        """Return the ends of the places in *rows*."""
        first, count = self._places.some("first", rows), self._places.some("count", rows)
        at = np.zeros(len(rows) + 1, dtype=np.int32)
        count.cumsum(out=at[1:])
        entries: Ints = np.arange(int(at[-1])) + (first - at[:-1]).repeat(count)
        return Ends(at, *(self._entries.some(name, entries) for name in _ENTRIES))
