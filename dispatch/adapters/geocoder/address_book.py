"""Every door the national address base knows in the town's communes: answers with no network.

Decides which street and which door a customer meant, and which door lies nearest
to a point.  Does not read the base's files (``geodata.recipes.ban``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.adapters.geocoder.choice import closest
from dispatch.adapters.geocoder.communes import CommuneSpeller
from dispatch.adapters.geocoder.doors import StreetDoors
from dispatch.adapters.geocoder.names import StreetNames
from dispatch.adapters.geocoder.reading import Reading, readings
from dispatch.core.places import METRES_PER_DEGREE, Place
from dispatch.operations.ports import Candidate
from geodata.addresses import Addresses

Floats = npt.NDArray[np.float64]

#: What the score is multiplied by.  First guesses.
POSTCODE_DISAGREES: Final = 0.8  # "47400 Marmande": the name is believed
COMMUNE_ONLY: Final = 0.4
#: A door this likely needs no second way to cut the text.
SURE: Final = 0.9

_LONGEST_TEXT: Final = 200


class AddressBook:
    """The doors of a town.  Safe to share between threads.

    Building it spells every street's name once: some 40 ms for 3 700 of them.
    """

    def __init__(self, addresses: Addresses) -> None:
        self._book = addresses
        merged = {
            (former, int(commune))
            for former, commune in zip(addresses.former, addresses.commune, strict=True)
            if former
        }
        self._communes = CommuneSpeller(addresses.commune_names, sorted(merged))
        where = [int(commune) for commune in addresses.commune]
        self._names = StreetNames(addresses.names, where, addresses.postcodes)
        self._postcodes: list[set[str]] = [set() for _ in addresses.insee]
        for commune, postcode in zip(where, addresses.postcodes, strict=True):
            self._postcodes[commune].add(postcode)
        self._lat_deg, self._lon_deg = addresses.lat_e6 / 1e6, addresses.lon_e6 / 1e6
        numbered = np.asarray(addresses.number) > 0
        self._doors = self._lat_deg[numbered], self._lon_deg[numbered]
        self._northward = np.argsort(self._lat_deg, kind="stable")
        self._lat_sorted = self._lat_deg[self._northward]

    def find(self, text: str) -> list[Candidate]:
        """Return the doors *text* may mean, best first; none when nothing is good enough.

        Several when they are equally likely: the same street in two communes.
        ``kind`` is ``housenumber`` (``exact`` unless it was placed between its
        neighbours), ``street`` (no number, or one that cannot be placed: then the score
        is below one half) or ``commune``.
        """
        best: dict[str, Candidate] = {}
        for reading in readings(text[:_LONGEST_TEXT], self._communes):
            for candidate in self._matches(reading):
                known = best.get(candidate.label)
                if known is None or known.score < candidate.score:
                    best[candidate.label] = candidate
            # The ways to cut come likeliest first: a sure door ends the search.
            if any(found.score >= SURE for found in best.values()):
                break
        return closest(best.values())

    def nearest(self, place: Place, within_m: float) -> Candidate | None:
        """Return the door nearest to *place*, None when all are farther than *within_m*."""
        reach_deg = within_m / METRES_PER_DEGREE
        low, high = np.searchsorted(
            self._lat_sorted, [place.lat_deg - reach_deg, place.lat_deg + reach_deg]
        )
        rows = self._northward[low:high]
        if not len(rows):
            return None
        north_m = (self._lat_deg[rows] - place.lat_deg) * METRES_PER_DEGREE
        shrink = float(np.cos(np.radians(place.lat_deg)))
        east_m = (self._lon_deg[rows] - place.lon_deg) * METRES_PER_DEGREE * shrink
        away_m = np.hypot(north_m, east_m)
        best = int(np.argmin(away_m))
        return self._at(int(rows[best])) if away_m[best] <= within_m else None

    def doors(self) -> tuple[Floats, Floats]:
        """Return (k,) latitudes and longitudes of every house number, the same arrays always."""
        return self._doors

    def _at(self, row: int) -> Candidate:
        book = self._book
        k = int(np.searchsorted(book.first, row, side="right")) - 1
        number, suffix = int(book.number[row]), book.suffixes[int(book.suffix[row])]
        label = self._label(k, number or None, suffix)
        place = Place(float(self._lat_deg[row]), float(self._lon_deg[row]), label)
        kind = "housenumber" if number else "street"
        return Candidate(place, label, 1.0, kind, insee=self._insee(k))

    def _matches(self, reading: Reading) -> Iterator[Candidate]:
        commune, postcode = reading.commune, reading.postcode
        trust = 1.0
        if commune is not None and postcode and postcode not in self._postcodes[commune]:
            trust = POSTCODE_DISAGREES
        if not reading.words:
            if reading.number is None and commune is not None:
                yield self._commune(commune, trust)
            return
        scope = commune if commune is not None else postcode or None
        for k, alike in self._names.like(reading.words, scope, certain=reading.town_like):
            yield self._candidate(k, reading, trust * alike)

    def _candidate(self, k: int, reading: Reading, score: float) -> Candidate:
        first, end = int(self._book.first[k]), int(self._book.first[k + 1])
        doors = StreetDoors(
            self._book.number[first:end].tolist(),
            [self._book.suffixes[s] for s in self._book.suffix[first:end].tolist()],
            self._lat_deg[first:end].tolist(),
            self._lon_deg[first:end].tolist(),
        )
        door = doors.find(reading.number, reading.suffix)
        label = self._label(k, reading.number if door.numbered else None, reading.suffix)
        place = Place(door.lat_deg, door.lon_deg, label)
        kind = "housenumber" if door.numbered else "street"
        return Candidate(
            place, label, round(score * door.share, 3), kind, door.exact, self._insee(k)
        )

    def _commune(self, commune: int, trust: float) -> Candidate:
        """Return the middle of a commune's doors: not a doorstep."""
        streets = np.flatnonzero(self._book.commune == commune)
        rows = np.concatenate(
            [np.arange(self._book.first[k], self._book.first[k + 1]) for k in streets]
        )
        lat, lon = float(np.median(self._lat_deg[rows])), float(np.median(self._lon_deg[rows]))
        label = f"{self._book.postcodes[int(streets[0])]} {self._book.commune_names[commune]}"
        insee = self._book.insee[commune]
        score = round(trust * COMMUNE_ONLY, 3)
        return Candidate(Place(lat, lon, label), label, score, "commune", False, insee)

    def _label(self, k: int, number: int | None, suffix: str) -> str:
        book = self._book
        door = " ".join(part for part in (str(number or ""), suffix if number else "") if part)
        street = f"{door} {book.names[k]}".strip()
        town = f"{book.postcodes[k]} {book.commune_names[int(book.commune[k])]}"
        return ", ".join(part for part in (street, book.former[k], town) if part)

    def _insee(self, k: int) -> str:
        return self._book.insee[int(self._book.commune[k])]
