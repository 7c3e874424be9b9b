"""Places seen before, so that a customer's address is looked for on the map once.

Decides what is remembered.  Does not know streets: what it asks for is a caller's search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final

import numpy as np

from dispatch.core.places import Place
from dispatch.streets.arrays import Floats, Ints
from dispatch.streets.snapping import Snaps

#: Places remembered; several times a small town's addresses, 2 MB.
KEPT: Final = 20_000

#: (lat, lon) in degrees → where they touch the streets.
Search = Callable[[Floats, Floats], Snaps]


class KnownPlaces:
    """Snaps by coordinates, for one vehicle.  Safe to share between threads."""

    def __init__(self, search: Search, kept: int = KEPT) -> None:
        self._search, self._kept = search, kept
        self._row: dict[tuple[float, float], int] = {}
        self._edge: Ints = np.empty(0, np.int64)
        self._fraction: Floats = np.empty(0)
        self._away_m: Floats = np.empty(0)
        self._many: tuple[Floats, Floats, Snaps] | None = None
        self._lock = Lock()

    def snaps(self, places: Sequence[Place]) -> Snaps:
        """Return where *places* touch the streets, in order."""
        keys = [(place.lat_deg, place.lon_deg) for place in places]
        with self._lock:
            new = [key for key in dict.fromkeys(keys) if key not in self._row]
            if not new:
                return self._known(keys)
        lat, lon = (np.array(axis) for axis in zip(*new, strict=True))
        found = self._search(lat, lon)
        with self._lock:
            if len(self._row) + len(new) > self._kept:
                # Starting again is simpler than choosing, and costs a day's places once.
                self._row.clear()
                self._edge, self._fraction, self._away_m = (
                    np.empty(0, np.int64),
                    np.empty(0),
                    np.empty(0),
                )
                new = list(dict.fromkeys(keys))
                lat, lon = (np.array(axis) for axis in zip(*new, strict=True))
                found = self._search(lat, lon)
            self._remember(new, found)
            return self._known(keys)

    def snaps_of(self, lat_deg: Floats, lon_deg: Floats) -> Snaps:
        """Return where (k,) points touch the streets.

        For a whole town's doors: only the last arrays are remembered, as long as the very same
        are asked for again, and no customer's place is forgotten for them.
        """
        with self._lock:
            if (many := self._many) and many[0] is lat_deg and many[1] is lon_deg:
                return many[2]
        found = self._search(lat_deg, lon_deg)
        with self._lock:
            self._many = lat_deg, lon_deg, found
        return found

    def _known(self, keys: list[tuple[float, float]]) -> Snaps:
        rows = [self._row[key] for key in keys]
        return Snaps(self._edge[rows], self._fraction[rows], self._away_m[rows])

    def _remember(self, keys: list[tuple[float, float]], found: Snaps) -> None:
        first = len(self._edge)
        # Another thread may have found some of them too: the same ones, so either row will do.
        self._row.update({key: first + k for k, key in enumerate(keys)})
        self._edge = np.concatenate([self._edge, found.edge])
        self._fraction = np.concatenate([self._fraction, found.fraction])
        self._away_m = np.concatenate([self._away_m, found.away_m])
