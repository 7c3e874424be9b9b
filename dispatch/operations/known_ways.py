"""Ways between the places of a day, each asked for once.

Decides what is remembered: seconds from place to place, by who tells them, for which vehicle
and in which of their hours.  Every doorstep that a quote asks about is new, but the ways
between what was asked about before are not; a tour that gains or loses an order needs no
other ones.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.core.places import Place
from dispatch.operations.ports import Streets
from dispatch.routing.problem import IntMatrix

#: From the hand-out until the last shift ends: nobody knows yet in which hour a leg is driven.
Span = tuple[datetime, datetime]
#: Latitude and longitude: two labels of one point are one place.
Point = tuple[float, float]

#: Places remembered of one kind of vehicle in the same hours: 5 MB.  With more, the half of them
#: that was asked about last stays.
MOST_PLACES: Final = 768
#: Three kinds of vehicles, for what is promised and for what is under way, and while the next
#: wave or hour takes over.
_KEPT: Final = 12

#: Room is made for so many places at a time.
_MORE: Final = 128
_UNKNOWN: Final = -1


class KnownWays:
    """Seconds from place to place for one kind of vehicle.  Safe to share between threads.

    ``streets``, ``profile`` and ``at`` are those of ``Streets.durations_s``.
    """

    def __init__(self, streets: Streets, profile: str, at: datetime | Span) -> None:
        self.streets, self.profile, self.at = streets, profile, at
        self._hours = streets.hours(at)
        self._row: dict[Point, int] = {}
        self._places: list[Place] = []
        self._known: IntMatrix = np.full((_MORE, _MORE), _UNKNOWN, dtype=np.int64)
        # In which turn each place was asked about last.
        self._asked: IntMatrix = np.zeros(_MORE, dtype=np.int64)
        self._turn = 0
        self._lock = Lock()

    def tells(self, streets: Streets, profile: str, hours: Hashable) -> bool:
        """True when it is of these *streets*, this vehicle and these of their *hours*."""
        return self.profile == profile and self._hours == hours and self.streets == streets

    def numbers(self, places: Sequence[Place]) -> IntMatrix:
        """Return (k,) by which the ways of *places* are asked for here."""
        with self._lock:
            row, known = self._row, self._places
            found = [row.get(point(place), _UNKNOWN) for place in places]
            for n, place in enumerate(places):
                if found[n] == _UNKNOWN:
                    found[n] = row.setdefault(point(place), len(row))
                    if found[n] == len(known):
                        known.append(place)
            short = len(row) - len(self._known)
            if short > 0:
                more = max(short, _MORE)
                self._known = np.pad(self._known, (0, more), constant_values=_UNKNOWN)
                self._asked = np.pad(self._asked, (0, more))
        return np.array(found, dtype=np.int64)

    def there_and_back(self, places: IntMatrix, doors: IntMatrix) -> tuple[IntMatrix, IntMatrix]:
        """Return (places, doors) seconds there, and the same of the ways back.

        Only places and doors with a gap are asked for.  Raises what ``Streets.durations_s``
        raises.
        """
        self._turn += 1
        self._asked[places] = self._asked[doors] = self._turn
        to_s, back_s = self._both(places, doors)
        if min(to_s.min(), back_s.min()) == _UNKNOWN:
            gaps = (to_s == _UNKNOWN) | (back_s == _UNKNOWN)
            some, own = _ends_of(gaps, places, doors)
            # Both ways between the same two lists: streets look them up once.
            here, there = self._named(some), self._named(own)
            self._ask(some, here, own, there)
            self._ask(own, there, some, here)
            to_s, back_s = self._both(places, doors)
        return to_s, back_s

    def _both(self, places: IntMatrix, doors: IntMatrix) -> tuple[IntMatrix, IntMatrix]:
        there = places[:, None]
        return self._known[there, doors], self._known[doors, there]

    def _named(self, numbers: IntMatrix) -> list[Place]:
        return [self._places[n] for n in numbers.tolist()]

    def _ask(
        self, rows: IntMatrix, here: Sequence[Place], columns: IntMatrix, to: Sequence[Place]
    ) -> None:
        """Ask for the ways from *here*, whose numbers are *rows*, *to* the places of *columns*."""
        asked = self.streets.durations_s(here, self.profile, to=to, at=self.at)
        with self._lock:
            self._known[rows[:, None], columns] = asked

    def legs(self, stops: IntMatrix) -> IntMatrix:
        """Return (k - 1,) seconds from each of k places to the next.  Raises the same."""
        found = self._known[stops[:-1], stops[1:]]
        gaps = np.flatnonzero(found == _UNKNOWN)
        if len(gaps):
            rows, columns = np.unique(stops[gaps]), np.unique(stops[gaps + 1])
            self._ask(rows, self._named(rows), columns, self._named(columns))
            found = self._known[stops[:-1], stops[1:]]
        return found

    @property
    def is_full(self) -> bool:
        return len(self._row) > MOST_PLACES

    def emptier(self) -> KnownWays:
        """Return the same ways between the places asked about last, so many that it is half full.

        They have other numbers there.
        """
        fresh = KnownWays(self.streets, self.profile, self.at)
        with self._lock:
            last = np.argsort(self._asked[: len(self._places)], kind="stable")[-MOST_PLACES // 2 :]
            fresh.numbers([self._places[n] for n in last.tolist()])
            fresh._known[: len(last), : len(last)] = self._known[last[:, None], last]
        return fresh


#: The one asked last first.
_all: list[KnownWays] = []
_lock: Final = Lock()


def known_ways(streets: Streets, profile: str, at: datetime | Span) -> KnownWays:
    """Return what is known of the ways of *profile* in the hours of *at*, as *streets* tell."""
    hours = streets.hours(at)
    with _lock:
        found = next((one for one in _all if one.tells(streets, profile, hours)), None)
        if found is not None:
            _all.remove(found)
        if found is None:
            found = KnownWays(streets, profile, at)
        elif found.is_full:
            found = found.emptier()
        _all.insert(0, found)
        del _all[_KEPT:]
    return found


def _ends_of(
    gaps: npt.NDArray[np.bool_], rows: IntMatrix, columns: IntMatrix
) -> tuple[IntMatrix, IntMatrix]:
    return np.unique(rows[gaps.any(axis=1)]), np.unique(columns[gaps.any(axis=0)])


def point(place: Place) -> Point:
    return place.lat_deg, place.lon_deg
