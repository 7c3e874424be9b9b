"""Places as the rows or columns of a matrix: how each is left and reached, looked up once.

Decides what is remembered of a place, for one vehicle in one hour.  Where places touch the
streets is the caller's search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from threading import Lock
from typing import Final

import numpy as np

from dispatch.core.places import Place
from dispatch.streets.arrays import Floats, Ints
from dispatch.streets.doors import Doors, doors_at
from dispatch.streets.grown import Grown, GrownEnds
from dispatch.streets.hierarchy import Ends, Ints64
from dispatch.streets.kernel.labels import Touching
from dispatch.streets.labels import KnownLabels, costs_by_labels, seconds_by_labels
from dispatch.streets.prepared import Prepared
from dispatch.streets.snapping import Snaps

#: Places remembered; several days of a small town, 1 MB, and 5 MB when all have their labels (9 MB
#: in a city of 30,000 crossings).
KEPT: Final = 3_000

#: Sides told last, which are asked for again: there, and then back.
_TOLD: Final = 2

_DOORS: Final = tuple(Doors.__dataclass_fields__)


class _Known:
    """Places by number: their doors, how they are left and reached, and labels of both."""

    def __init__(self, ready: Prepared) -> None:
        self.graph = ready.graph
        self.row: dict[tuple[float, float], int] = {}
        self.doors, self.starts, self.finishes = Grown(), GrownEnds(), GrownEnds()
        self.left = KnownLabels(ready.hierarchy, self.starts.of, reached=False)
        self.reached = KnownLabels(ready.hierarchy, self.finishes.of, reached=True)

    @property
    def touching(self) -> Touching:
        every = self.doors.all
        return every("edge"), every("usable"), every("at_ms"), every("walk_ms"), every("point")

    def learn(self, new: dict[tuple[float, float], Place], snaps: Snaps) -> None:
        """Give *new* places, which touch the streets at *snaps*, the next numbers."""
        doors = doors_at(snaps, self.graph)
        arrays = {name: getattr(doors, name) for name in _DOORS}
        self.doors.add(arrays | {"point": np.array(list(new)).reshape(-1, 2)})
        self.starts.add(doors.starts(self.graph).ends)
        self.finishes.add(doors.finishes(self.graph))
        self.row.update({point: len(self.row) + n for n, point in enumerate(new)})


class Side:
    """The rows or the columns of a matrix: k places as they are left, and as they are reached."""

    def __init__(self, known: _Known, rows: Ints) -> None:
        self._known, self._rows = known, rows

    @cached_property
    def point(self) -> Floats:
        """(k, 2) degrees."""
        return self._known.doors.some("point", self._rows)

    @cached_property
    def doors(self) -> Doors:
        return Doors(*(self._known.doors.some(name, self._rows) for name in _DOORS))

    @cached_property
    def starts(self) -> Ends:
        return self._known.starts.of(self._rows)

    @cached_property
    def finishes(self) -> Ends:
        return self._known.finishes.of(self._rows)

    def costs_to(self, columns: Side) -> Ints64 | None:
        """Return costs of the ways from each to each of *columns*; None: a sweep is faster."""
        reached = columns._known.reached
        return costs_by_labels(self._known.left, self._rows, reached, columns._rows)

    def seconds_to(self, columns: Side) -> Ints64 | None:
        """Return seconds of trips from each to each of *columns*; None: a sweep is faster."""
        known = self._known
        if columns._known is not known:
            return None
        return seconds_by_labels(
            known.left, self._rows, known.reached, columns._rows, known.touching
        )


class KnownSides:
    """Places by coordinates, as *ready* knows them.  Safe to share between threads.

    snaps : where places touch the streets; raises when one of them is too far from any
    """

    def __init__(
        self, ready: Prepared, snaps: Callable[[Sequence[Place]], Snaps], kept: int = KEPT
    ) -> None:
        self._ready, self._snaps, self._kept = ready, snaps, kept
        self._lock = Lock()
        self._told: list[tuple[list[Place], Side]] = []
        self._known = _Known(ready)

    def side(self, places: Sequence[Place]) -> Side:
        """Return *places* in order.  Raises what the search raises."""
        with self._lock:
            if (told := next((side for of, side in self._told if of == places), None)) is not None:
                return told
            rows = self._rows(places)
            unknown = np.flatnonzero(rows < 0)
            if unknown.size or not self._known.row:
                new = {_point(places[n]): places[n] for n in unknown.tolist()}
                if len(self._known.row) + len(new) > self._kept:
                    # Starting again is simpler than choosing, and costs a day's places once.
                    self._known = _Known(self._ready)
                    new = {_point(place): place for place in places}
                self._known.learn(new, self._snaps(list(new.values())))
                rows = self._rows(places)
            side = Side(self._known, rows)
            self._told = [(list(places), side), *self._told[: _TOLD - 1]]
            return side

    def _rows(self, places: Sequence[Place]) -> Ints:
        row = self._known.row
        return np.array(
            [row.get((place.lat_deg, place.lon_deg), -1) for place in places], dtype=np.int64
        )


def _point(place: Place) -> tuple[float, float]:
    return place.lat_deg, place.lon_deg
