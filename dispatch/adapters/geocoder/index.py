"""An address index over the town's own streets: answers with no network.

Decides which street a customer meant, and where on it.  Does not know real
house positions: numbers are measured along the street (``house_numbers``).

Words may be misspelt, figures may not: "Rue schématique 13" is never taken for
12.  Every word of the text must be accounted for, so that a street in another
town is not found in ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

import numpy as np
from rapidfuzz import fuzz, process

from dispatch.adapters.geocoder.choice import closest
from dispatch.adapters.geocoder.house_numbers import StreetLine
from dispatch.adapters.geocoder.reading import STREET_TYPES, Reading, readings, spell
from dispatch.core.places import METRES_PER_DEGREE, Place
from dispatch.operations.ports import Candidate
from dispatch.streets.arrays import Ints, StreetArrays

#: Likeness (0 to 100) of the whole street name, and of each of its words.  First guesses,
#: set where one slip in a word of four letters or two in a name of ten still pass.
NAME_ALIKE: Final = 80.0
WORD_ALIKE: Final = 75.0

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
        self._names = tuple(commune.name for commune in communes)
        self._edges = _edges_by_street(streets, communes)
        self._keys = list(self._edges)
        self._spelt = [tuple(spell(streets.names[name])) for name, _ in self._keys]
        self._by_figures: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for k, words in enumerate(self._spelt):
            self._by_figures[_figures(words)].append(k)

    def find(self, text: str) -> list[Candidate]:
        """Return the addresses *text* may mean, best first; none when nothing is good enough.

        Several when they are equally likely: the same street in two communes.
        ``kind`` is ``housenumber``, ``street`` (no number, or one the street
        does not reach: then the score is below one half) or ``commune``.
        """
        best: dict[str, Candidate] = {}
        for reading in readings(text[:_LONGEST_TEXT], self._names):
            for candidate in self._matches(reading):
                known = best.get(candidate.label)
                if known is None or known.score < candidate.score:
                    best[candidate.label] = candidate
        return closest(best.values())

    def _matches(self, reading: Reading) -> Iterator[Candidate]:
        allowed, trust = self._where(reading)
        if not reading.words and reading.number is None and reading.commune is not None:
            yield self._commune(reading.commune, trust)
        if not reading.words:
            return
        rivals = [
            k
            for k in self._by_figures.get(_figures(reading.words), ())
            if self._keys[k][1] in allowed
        ]
        text = " ".join(reading.words)
        names = [" ".join(self._spelt[k]) for k in rivals]
        for _, alike, k in process.extract(
            text, names, scorer=fuzz.ratio, score_cutoff=NAME_ALIKE, limit=50
        ):
            if _accounts_for(self._spelt[rivals[k]], reading.words):
                yield self._candidate(rivals[k], reading, trust * alike / 100)

    def _where(self, reading: Reading) -> tuple[frozenset[int], float]:
        """Return the communes the text allows, and how far it can be trusted."""
        everywhere = frozenset(range(len(self._communes)))
        by_code = frozenset(
            k for k in everywhere if reading.postcode in ("", self._communes[k].postcode)
        )
        if reading.commune is None:
            return by_code, 1.0
        agrees = reading.commune in by_code
        return frozenset({reading.commune}), 1.0 if agrees else POSTCODE_DISAGREES

    def _candidate(self, k: int, reading: Reading, score: float) -> Candidate:
        name, commune = self._keys[k]
        line = StreetLine(self._streets, self._edges[name, commune])
        label = f"{self._streets.names[name]}, {self._town(commune)}"
        if reading.number is None:
            return _found(line.middle(), label, score * NO_NUMBER_ASKED, "street")
        if (point := line.number(reading.number)) is None:
            return _found(line.middle(), label, score * NUMBER_NOT_FOUND, "street")
        door = " ".join(part for part in (str(reading.number), reading.suffix) if part)
        return _found(point, f"{door} {label}", score, "housenumber")

    def _commune(self, commune: int, trust: float) -> Candidate:
        centre = self._communes[commune]
        point = centre.lat_deg, centre.lon_deg
        return _found(point, self._town(commune), trust * COMMUNE_ONLY, "commune")

    def _town(self, commune: int) -> str:
        return f"{self._communes[commune].postcode} {self._names[commune]}"


def _found(point: tuple[float, float], label: str, score: float, kind: str) -> Candidate:
    return Candidate(Place(*point, label), label, round(score, 3), kind)


def _figures(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words with a figure in them, which are compared to the letter."""
    return tuple(sorted(word for word in words if any(c.isdigit() for c in word)))


def _accounts_for(street: Sequence[str], words: Sequence[str]) -> bool:
    """Tell whether every word of the text is a word of the street, a slip allowed."""
    return all(
        word in street
        if word in STREET_TYPES
        else any(fuzz.ratio(word, other) >= WORD_ALIKE for other in street)
        for word in words
    )


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
