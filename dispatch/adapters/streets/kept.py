"""The trips already asked for, so that a quote asks only for what is new in it.

Decides what is forgotten when the table is full: the places nobody has asked for longest.
Does not know where the answers come from.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt

Small = npt.NDArray[np.int32]
Key = tuple[float, float]

UNKNOWN: Final = -1
#: A trip that was asked for and does not exist; as unlike a time as an unknown one.
NO_ROAD: Final = -2


@dataclass(frozen=True, slots=True, eq=False)
class Trips:
    """Whole seconds and whole metres, each (a, b) int32, ``UNKNOWN`` or ``NO_ROAD`` where so."""

    time_s: Small
    length_m: Small


class KeptTrips:
    """Trips between at most *places* places of one profile.  Safe to share between threads.

    A square table: 8 bytes a pair, 8 MB for a thousand places.
    """

    def __init__(self, places: int) -> None:
        if places < 2:
            raise ValueError(f"a trip needs two places, room for {places}")
        self._room = places
        self._table = Trips(*(np.full((places, places), UNKNOWN, np.int32) for _ in "sm"))
        self._slots: OrderedDict[Key, int] = OrderedDict()
        self._lock = Lock()

    def read(self, keys: Sequence[Key]) -> Trips:
        """Return what is known between the *keys*, n × n; they were just asked for."""
        n = len(keys)
        found = Trips(*(np.full((n, n), UNKNOWN, np.int32) for _ in "sm"))
        with self._lock:
            known = [k for k, key in enumerate(keys) if key in self._slots]
            slots = [self._slots[keys[k]] for k in known]
            for ours, table in zip(
                (found.time_s, found.length_m),
                (self._table.time_s, self._table.length_m),
                strict=True,
            ):
                ours[np.ix_(known, known)] = table[np.ix_(slots, slots)]
            for k in known:
                self._slots.move_to_end(keys[k])
        np.fill_diagonal(found.time_s, 0)
        np.fill_diagonal(found.length_m, 0)
        return found

    def write(self, keys: Sequence[Key], trips: Trips) -> None:
        """Keep the known *trips* (n × n) between the *keys*; more than there is room for: none."""
        if len(keys) > self._room:
            return
        with self._lock:
            slots = [self._slot(key, keys) for key in keys]
            where = np.ix_(slots, slots)
            known = trips.time_s != UNKNOWN
            for table, new in (
                (self._table.time_s, trips.time_s),
                (self._table.length_m, trips.length_m),
            ):
                table[where] = np.where(known, new, table[where])

    def _slot(self, key: Key, wanted: Sequence[Key]) -> int:
        """Return where *key* has its row and column, taking those of the place least asked for."""
        if key in self._slots:
            self._slots.move_to_end(key)
            return self._slots[key]
        if len(self._slots) < self._room:
            slot = len(self._slots)
        else:
            asked_for = set(wanted)
            oldest = next(old for old in self._slots if old not in asked_for)
            slot = self._slots.pop(oldest)
            for table in (self._table.time_s, self._table.length_m):
                table[slot, :] = table[:, slot] = UNKNOWN
        self._slots[key] = slot
        return slot


def newcomers(missing: npt.NDArray[np.bool_]) -> list[int]:
    """Return few places whose rows and columns cover every missing pair, in order.

    missing : (n, n), True where a trip is not known.  Greedy: the place with the most gaps
    first.  One new address among known stops is one place, not n.
    """
    left = missing.copy()
    chosen: list[int] = []
    while left.any():
        worst = int(np.argmax(left.sum(axis=0) + left.sum(axis=1)))
        left[worst, :] = left[:, worst] = False
        chosen.append(worst)
    # All but one: asking for that one's row with the rest costs one pair, and saves a question.
    return list(range(len(missing))) if len(chosen) == len(missing) - 1 else sorted(chosen)
