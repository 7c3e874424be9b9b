"""Tours decoded before, by name and version: a version is written once and never changes.

Decides what is remembered: what was read, and what this process wrote, once that is committed.
Several processes may share a database: each asks for the versions that stand, and reads what it
does not know.  A database put back from a copy has versions of its own: open the store anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import Final

from dispatch.tracking.tours import Tour

#: Two days of a dozen couriers in two shifts; a full tour is some 100 kB.
KEPT: Final = 64

#: Name and version.
Key = tuple[str, int]


class RememberedTours:
    """The tours last asked for.  Safe to share between threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._tours: OrderedDict[Key, Tour] = OrderedDict()
        self._lock = Lock()

    def known(self, keys: Iterable[Key]) -> dict[Key, Tour]:
        """Return those of *keys* that are remembered."""
        with self._lock:
            found = {key: self._tours[key] for key in keys if key in self._tours}
            for key in found:
                self._tours.move_to_end(key)
        return found

    def remember(self, tours: Iterable[Tour]) -> None:
        """Keep *tours*, which are committed; forget what was not asked for longest."""
        with self._lock:
            for tour in tours:
                self._tours[tour.tour_id, tour.version] = tour
                self._tours.move_to_end((tour.tour_id, tour.version))
            while len(self._tours) > self._kept:
                self._tours.popitem(last=False)
