"""An address index over the town's own streets: answers with no network.

Decides which street a customer meant, and where on it, in a town whose doors
nobody imported.  Does not know real house positions: numbers are measured along
the street (``house_numbers``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

import numpy as np

from dispatch.adapters.geocoder.choice import closest
from dispatch.adapters.geocoder.communes import CommuneSpeller
from dispatch.adapters.geocoder.house_numbers import StreetLine
from dispatch.adapters.geocoder.names import StreetNames
from dispatch.adapters.geocoder.reading import Reading, readings
from dispatch.core.places import METRES_PER_DEGREE, Place
from dispatch.operations.ports import Candidate
from dispatch.streets.arrays import Ints, StreetArrays

#: What the score is multiplied by.  First guesses.
NO_NUMBER_ASKED: Final = 0.8  # the street, without a door
NUMBER_NOT_FOUND: Final = 0.45  # the street is shorter than that: somebody must look
POSTCODE_DISAGREES: Final = 0.8  # "47400 Marmande": the name is believed
COMMUNE_ONLY: Final = 0.4

_LONGEST_TEXT: Final = 200


class NamedCommune(Protocol):
    """What is needed of a commune."""

    @property
    def name(self) -> str: ...
    @property
    def postcode(self) -> str: ...
    @property
    def lat_deg(self) -> float: ...
    @property
    def lon_deg(self) -> float: ...


class AddressIndex:
    """The named streets of a town, each in its commune.  Safe to share between threads."""

    def __init__(self, streets: StreetArrays, communes: Sequence[NamedCommune]) -> None:
        """*communes*: those ``streets.commune`` indexes.

        A named road of the open country belongs to the commune whose centre is
        nearest.  Raises ``ValueError`` when an edge names a commune not given.
        """
        if not communes or int(streets.commune.max()) >= len(communes):
            raise ValueError(
                f"streets name commune {int(streets.commune.max())}, only {len(communes)} given"
            )
        self._streets = streets
        self._communes = tuple(communes)
        # Where one commune's postcode is unknown, a postcode rules nothing out.
        self._all_coded = all(commune.postcode for commune in communes)
        names = tuple(commune.name for commune in communes)
        self._spelling = CommuneSpeller(names)
        self._edges = _edges_by_street(streets, communes)
        self._keys = list(self._edges)
        self._street_names = StreetNames(
            [streets.names[name] for name, _ in self._keys],
            [commune for _, commune in self._keys],
            [communes[commune].postcode for _, commune in self._keys],
        )

    def find(self, text: str) -> list[Candidate]:
        """Return the addresses *text* may mean, best first; none when nothing is good enough.

        Several when they are equally likely: the same street in two communes.
        ``kind`` is ``housenumber``, ``street`` (no number, or one the street
        does not reach: then the score is below one half) or ``commune``.
        """
        best: dict[str, Candidate] = {}
        for reading in readings(text[:_LONGEST_TEXT], self._spelling):
            for candidate in self._matches(reading):
                known = best.get(candidate.label)
                if known is None or known.score < candidate.score:
                    best[candidate.label] = candidate
        return closest(best.values())

    def nearest(self, place: Place, within_m: float) -> Candidate | None:
        """Return None: a street that is only a line has no doors."""
        return None

    def _matches(self, reading: Reading) -> Iterator[Candidate]:
        commune, postcode = reading.commune, reading.postcode
        known = "" if commune is None else self._communes[commune].postcode
        agrees = not (known and postcode) or postcode == known
        trust = 1.0 if agrees else POSTCODE_DISAGREES
        if not reading.words:
            if reading.number is None and commune is not None:
                yield self._commune(commune, trust)
            return
        scope = commune if commune is not None else (self._all_coded and postcode) or None
        for k, alike in self._street_names.like(reading.words, scope, certain=reading.town_like):
            yield self._candidate(k, reading, trust * alike)

    def _candidate(self, k: int, reading: Reading, score: float) -> Candidate:
        name, commune = self._keys[k]
        line = StreetLine(self._streets, self._edges[name, commune])
        label = f"{self._streets.names[name]}, {self._town(commune)}"
        if reading.number is None:
            return _found(line.middle(), label, score * NO_NUMBER_ASKED, "street", exact=False)
        if (point := line.number(reading.number)) is None:
            return _found(line.middle(), label, score * NUMBER_NOT_FOUND, "street", exact=False)
        door = " ".join(part for part in (str(reading.number), reading.suffix) if part)
        return _found(point, f"{door} {label}", score, "housenumber")

    def _commune(self, commune: int, trust: float) -> Candidate:
        centre = self._communes[commune]
        point = centre.lat_deg, centre.lon_deg
        return _found(point, self._town(commune), trust * COMMUNE_ONLY, "commune", exact=False)

    def _town(self, commune: int) -> str:
        return f"{self._communes[commune].postcode} {self._communes[commune].name}".strip()


def _found(
    point: tuple[float, float], label: str, score: float, kind: str, *, exact: bool = True
) -> Candidate:
    return Candidate(Place(*point, label), label, round(score, 3), kind, exact)


def _edges_by_street(
    streets: StreetArrays, communes: Sequence[NamedCommune]
) -> dict[tuple[int, int], Ints]:
    """Return the edges of each (name, commune), for streets that have a name."""
    edges = np.flatnonzero(np.array([bool(name.strip()) for name in streets.names])[streets.name])
    u, v = streets.u[edges], streets.v[edges]
    lat = (streets.lat_deg[u] + streets.lat_deg[v]) / 2
    lon = (streets.lon_deg[u] + streets.lon_deg[v]) / 2
    shrink = np.cos(np.radians(np.mean(streets.lat_deg)))
    north = lat[:, None] - np.array([commune.lat_deg for commune in communes])
    east = (lon[:, None] - np.array([commune.lon_deg for commune in communes])) * shrink
    nearest = np.argmin(np.hypot(north, east) * METRES_PER_DEGREE, axis=1)
    commune = np.where(streets.commune[edges] >= 0, streets.commune[edges], nearest)
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for edge, name, where in zip(
        edges.tolist(), streets.name[edges].tolist(), commune.tolist(), strict=True
    ):
        groups[name, where].append(edge)
    return {key: np.array(found, dtype=np.int64) for key, found in groups.items()}
