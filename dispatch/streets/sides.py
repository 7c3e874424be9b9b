"""Places as the rows or columns of a matrix: how each is left and reached, looked up once.

Decides what is remembered of a place, for one vehicle in one hour.  Does not know ways between
places; where they touch the streets is the caller's search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dispatch.core.places import Place
from dispatch.streets.arrays import Floats, Ints
from dispatch.streets.doors import Doors, doors_at
from dispatch.streets.hierarchy import Ends
from dispatch.streets.snapping import Snaps
from dispatch.streets.turns import TurnGraph

#: Places remembered; several days of a small town, 1 MB.
KEPT: Final = 3_000

#: Sides told last, which are asked for again: there, and then back.
_TOLD: Final = 2

_DOORS: Final = tuple(Doors.__dataclass_fields__)
_ENTRIES: Final = ("state", "ms", "dm")


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """The rows or the columns of a matrix: k places as they are left, and as they are reached.

    point : (k, 2) degrees
    """

    point: Floats
    doors: Doors
    starts: Ends
    finishes: Ends


class KnownSides:
    """Places by coordinates, as *graph* knows them.  Safe to share between threads.

    snaps : where places touch the streets; raises when one of them is too far from any
    """

    def __init__(
        self, graph: TurnGraph, snaps: Callable[[Sequence[Place]], Snaps], kept: int = KEPT
    ) -> None:
        self._graph, self._snaps, self._kept = graph, snaps, kept
        self._lock = Lock()
        self._told: list[tuple[list[Place], Side]] = []
        self._forget()

    def side(self, places: Sequence[Place]) -> Side:
        """Return *places* in order.  Raises what the search raises."""
        with self._lock:
            if (told := next((side for of, side in self._told if of == places), None)) is not None:
                return told
            rows = self._rows(places)
            unknown = np.flatnonzero(rows < 0)
            if unknown.size or not self._row:
                new = {_point(places[n]): places[n] for n in unknown.tolist()}
                if len(self._row) + len(new) > self._kept:
                    # Starting again is simpler than choosing, and costs a day's places once.
                    self._forget()
                    new = {_point(place): place for place in places}
                self._learn(new)
                rows = self._rows(places)
            side = Side(
                self._doors.some("point", rows),
                Doors(*(self._doors.some(name, rows) for name in _DOORS)),
                self._starts.of(rows),
                self._finishes.of(rows),
            )
            self._told = [(list(places), side), *self._told[: _TOLD - 1]]
            return side

    def _rows(self, places: Sequence[Place]) -> Ints:
        row = self._row
        return np.array(
            [row.get((place.lat_deg, place.lon_deg), -1) for place in places], dtype=np.int64
        )

    def _forget(self) -> None:
        self._row: dict[tuple[float, float], int] = {}
        self._doors, self._starts, self._finishes = _Grown(), _GrownEnds(), _GrownEnds()

    def _learn(self, new: dict[tuple[float, float], Place]) -> None:
        doors = doors_at(self._snaps(list(new.values())), self._graph)
        arrays = {name: getattr(doors, name) for name in _DOORS}
        self._doors.add(arrays | {"point": np.array(list(new)).reshape(-1, 2)})
        self._starts.add(doors.starts(self._graph).ends)
        self._finishes.add(doors.finishes(self._graph))
        self._row.update({point: len(self._row) + n for n, point in enumerate(new)})


def _point(place: Place) -> tuple[float, float]:
    return place.lat_deg, place.lon_deg


class _Grown:
    """Arrays that grow together at their ends, with room to spare."""

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

    def some(self, name: str, rows: Ints) -> npt.NDArray[Any]:
        """Return *rows* of the array *name*; there is none before the first is added."""
        return self._arrays[name][rows]


class _GrownEnds:
    """``Ends`` of places, one after the other."""

    def __init__(self) -> None:
        self._places, self._entries = _Grown(), _Grown()

    def add(self, ends: Ends) -> None:
        first, count = ends.at[:-1].astype(np.int64) + self._entries.used, np.diff(ends.at)
        self._places.add({"first": first, "count": count})
        self._entries.add({name: getattr(ends, name) for name in _ENTRIES})

    def of(self, rows: Ints) -> Ends:
        """Return the ends of the places in *rows*."""
        first, count = self._places.some("first", rows), self._places.some("count", rows)
        at = np.zeros(len(rows) + 1, dtype=np.int32)
        count.cumsum(out=at[1:])
        entries: Ints = np.arange(int(at[-1])) + (first - at[:-1]).repeat(count)
        return Ends(at, *(self._entries.some(name, entries) for name in _ENTRIES))
