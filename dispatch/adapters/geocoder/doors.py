"""Which door of a street is number 12 bis, and how sure that is.

Decides where a number lies that the street's data does not have: between its
neighbours, and said so.  Does not know street names.

"13" is never taken for "12": a door that is not in the data is *placed*, with
``exact`` false, or not found.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from dispatch.core.places import Place, crow_m

#: What the score is multiplied by.  First guesses.
OTHER_SUFFIX: Final = 0.95  # 12 bis asked, the data has 12
BETWEEN_NEIGHBOURS: Final = 0.85  # 14 asked, the data has 12 and 16
BEYOND_THE_END: Final = 0.7  # 18 asked, the data ends with 16
WITHOUT_NUMBERS: Final = 0.8  # a hamlet: the place is known, its houses are not
NO_NUMBER_ASKED: Final = 0.8  # the street, without a door
NUMBER_NOT_FOUND: Final = 0.45  # nobody can tell where: somebody must look

#: Farther past the last number than that, the street was another.
MOST_NUMBERS_BEYOND: Final = 10
#: Neighbours farther apart do not tell where the house is.
MOST_BETWEEN_M: Final = 1_000.0
#: What a letter may mean where the street has no such letter: "12 B" is often 12 bis.
_ALSO: Final = {"b": "bis", "bis": "b", "ter": "c", "c": "ter"}
#: A place whose points lie this close together is as good as a door.
ONE_PLACE_M: Final = 100.0


@dataclass(frozen=True, slots=True)
class Door:
    """Where a number is.

    share    : what the score is multiplied by
    numbered : False: it is the street, not the house
    exact    : the point was surveyed for this very door
    """

    lat_deg: float
    lon_deg: float
    share: float
    numbered: bool
    exact: bool


@dataclass(frozen=True, slots=True)
class StreetDoors:
    """One street's doors: equally long, numbers growing; number 0 is the place itself."""

    numbers: Sequence[int]
    suffixes: Sequence[str]
    lat_deg: Sequence[float]
    lon_deg: Sequence[float]

    def find(self, number: int | None, suffix: str) -> Door:
        """Return the door of *number* (None: the street itself)."""
        if number is None:
            return self._street()
        if self.numbers[-1] == 0:
            place = self._street()
            return Door(place.lat_deg, place.lon_deg, WITHOUT_NUMBERS, False, False)
        first = bisect_left(self.numbers, number)
        same = [k for k in range(first, len(self.numbers)) if self.numbers[k] == number]
        if same:
            wanted = (suffix, _ALSO.get(suffix, suffix))
            k = next((k for want in wanted for k in same if self.suffixes[k] == want), same[0])
            exact = self.suffixes[k] == suffix
            return self._at(k, 1.0 if exact else OTHER_SUFFIX, exact)
        return self._between(number) or self._beyond(number) or self._lost()

    def _between(self, number: int) -> Door | None:
        """Place *number* between its neighbours, those across the street only for want of any."""
        for numbers in (self._ladder(number % 2), self._ladder(None)):
            for low, high in pairwise(numbers):
                below, above = self.numbers[low], self.numbers[high]
                if below < number < above and self._apart_m(low, high) <= MOST_BETWEEN_M:
                    share = (number - below) / (above - below)
                    return Door(
                        self.lat_deg[low] + share * (self.lat_deg[high] - self.lat_deg[low]),
                        self.lon_deg[low] + share * (self.lon_deg[high] - self.lon_deg[low]),
                        BETWEEN_NEIGHBOURS,
                        numbered=True,
                        exact=False,
                    )
        return None

    def _beyond(self, number: int) -> Door | None:
        """Return the nearest number on the same side of the street, else across."""
        for numbers in (self._ladder(number % 2), self._ladder(None)):
            near = min(numbers, key=lambda k: abs(self.numbers[k] - number), default=None)
            if near is not None and abs(self.numbers[near] - number) <= MOST_NUMBERS_BEYOND:
                return self._at(near, BEYOND_THE_END, exact=False)
        return None

    def _ladder(self, parity: int | None) -> list[int]:
        """Return the doors with a number (of *parity*), the first of each number."""
        firsts: dict[int, int] = {}
        for k, number in enumerate(self.numbers):
            if number and (parity is None or number % 2 == parity):
                firsts.setdefault(number, k)
        return list(firsts.values())

    def _street(self) -> Door:
        """Return the place itself where it has a point, else the door nearest to the middle."""
        bare = [k for k, number in enumerate(self.numbers) if number == 0]
        among = bare or list(range(len(self.numbers)))
        lat = sum(self.lat_deg[k] for k in among) / len(among)
        lon = sum(self.lon_deg[k] for k in among) / len(among)
        middle = Place(lat, lon)
        away_m = {k: crow_m(middle, Place(self.lat_deg[k], self.lon_deg[k])) for k in among}
        nearest = min(among, key=lambda k: away_m[k])
        exact = len(bare) == len(self.numbers) and max(away_m.values()) <= ONE_PLACE_M
        share = 1.0 if exact else NO_NUMBER_ASKED
        return Door(self.lat_deg[nearest], self.lon_deg[nearest], share, False, exact)

    def _lost(self) -> Door:
        street = self._street()
        return Door(street.lat_deg, street.lon_deg, NUMBER_NOT_FOUND, False, False)

    def _at(self, k: int, share: float, exact: bool) -> Door:
        return Door(self.lat_deg[k], self.lon_deg[k], share, True, exact)

    def _apart_m(self, a: int, b: int) -> float:
        return crow_m(
            Place(self.lat_deg[a], self.lon_deg[a]), Place(self.lat_deg[b], self.lon_deg[b])
        )
