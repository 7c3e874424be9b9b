"""Small plugs that do exactly what they are told."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from dispatch.core.civil import parse_instant
from dispatch.core.errors import Invalid
from dispatch.core.places import Place, crow_m
from dispatch.operations.ports import Candidate, When
from dispatch.routing.problem import IntMatrix


class StoppedClock:
    """A clock that moves only when told."""

    pace = 1.0

    def __init__(self, at: str) -> None:
        self._now = parse_instant(at)

    def now(self) -> datetime:
        return self._now

    def stopwatch_s(self) -> float:
        return (self._now - datetime(2026, 1, 1, tzinfo=UTC)).total_seconds()

    def move_to(self, instant: datetime | str) -> None:
        self._now = parse_instant(instant) if isinstance(instant, str) else instant

    def advance(self, *, minutes: float = 0, seconds: float = 0) -> None:
        self._now += timedelta(minutes=minutes, seconds=seconds)


class CountedIds:
    """``qte_1``, ``bkg_2``…: the same run, the same names."""

    def __init__(self) -> None:
        self._count = 0

    def _next(self) -> int:
        self._count += 1
        return self._count

    def new(self, prefix: str) -> str:
        return f"{prefix}_{self._next():05d}"

    def token(self) -> str:
        return f"token-{self._next():05d}-of-this-test-only"

    def code(self) -> str:
        return f"{self._next() % 10_000:04d}"


class DrawnTown:
    """Streets read from a drawing: one letter per place, one cell per minute of riding."""

    def __init__(self, drawing: str) -> None:
        self._cells = {
            letter: (row, column // 2)
            for row, line in enumerate(drawing.strip("\n").splitlines())
            for column, letter in enumerate(line)
            if letter.isalpha()
        }

    def __getitem__(self, letter: str) -> Place:
        row, column = self._cells[letter]
        return Place(44.5 - row / 1000, 0.16 + column / 1000, letter)

    def durations_s(
        self,
        places: Sequence[Place],
        profile: str,
        *,
        to: Sequence[Place] | None = None,
        at: When = None,
    ) -> IntMatrix:
        del profile, at
        rows, columns = (
            [(round((44.5 - p.lat_deg) * 1000), round((p.lon_deg - 0.16) * 1000)) for p in some]
            for some in (places, places if to is None else to)
        )
        return np.array(
            [[60 * (abs(r1 - r2) + abs(c1 - c2)) for r2, c2 in columns] for r1, c1 in rows],
            dtype=np.int64,
        ).reshape(len(rows), len(columns))

    def hours(self, at: datetime | tuple[datetime, datetime]) -> Hashable:
        return "any"

    def distances_m(
        self,
        places: Sequence[Place],
        profile: str,
        *,
        to: Sequence[Place] | None = None,
        at: datetime | str | None = None,
    ) -> IntMatrix:
        return self.durations_s(places, profile, to=to, at=at) * 4

    def path(
        self, start: Place, end: Place, profile: str, *, at: datetime | str | None = None
    ) -> tuple[tuple[float, float], ...]:
        del profile, at
        return ((start.lat_deg, start.lon_deg), (end.lat_deg, end.lon_deg))

    def snap_m(self, place: Place) -> float:
        if not self.contains(place):
            raise Invalid(f"{place.label or place} is not in the drawing")
        return 0.0

    def contains(self, place: Place) -> bool:
        return abs(place.lat_deg - 44.5) < 0.1 and abs(place.lon_deg - 0.16) < 0.1


class KnownAddresses:
    """A geocoder that knows what it was given."""

    def __init__(self, addresses: dict[str, Place] | None = None) -> None:
        self._addresses = addresses or {}

    def find(self, text: str) -> Sequence[Candidate]:
        place = self._addresses.get(text)
        return [] if place is None else [Candidate(place, text, 1.0, "housenumber")]

    def nearest(self, place: Place, within_m: float) -> Candidate | None:
        near = [
            Candidate(known, text, 1.0, "housenumber")
            for text, known in self._addresses.items()
            if crow_m(known, place) <= within_m
        ]
        return min(near, key=lambda one: crow_m(one.place, place), default=None)
