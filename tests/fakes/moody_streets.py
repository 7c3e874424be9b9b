"""Streets of a routing server that is silent when told to be, on the roads of another engine."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any

from dispatch.core.errors import StreetsUnavailable
from dispatch.core.places import Place
from dispatch.operations.ports import Clock, Streets, StreetsState
from dispatch.routing.problem import IntMatrix


class _Told:
    """Counts the questions; ``silent_after``: how many it still answers."""

    def __init__(self, roads: Streets) -> None:
        self.roads = roads
        self.asked = 0
        self.silent_after: int | None = None

    def _roads(self) -> Streets:
        if self.silent_after is not None and self.asked >= self.silent_after:
            raise StreetsUnavailable("the routing server is silent in this test")
        self.asked += 1
        return self.roads

    def durations_s(self, places: Sequence[Place], profile: str, **how: Any) -> IntMatrix:
        return self._roads().durations_s(places, profile, **how)

    def hours(self, at: datetime | tuple[datetime, datetime]) -> Hashable:
        return self.roads.hours(at)

    def distances_m(self, places: Sequence[Place], profile: str, **how: Any) -> IntMatrix:
        return self._roads().distances_m(places, profile, **how)

    def path(
        self, start: Place, end: Place, profile: str, **how: Any
    ) -> tuple[tuple[float, float], ...]:
        return self._roads().path(start, end, profile, **how)

    def contains(self, place: Place) -> bool:
        return self._roads().contains(place)

    def snap_m(self, place: Place) -> float:
        roads: Any = self._roads()
        return float(roads.snap_m(place))


class MoodyStreets(_Told):
    """``silent``: since now it says nothing; the *fallback*, if there is one, speaks instead."""

    def __init__(self, roads: Streets, clock: Clock, fallback: Streets | None = None) -> None:
        super().__init__(roads)
        self.server = _Told(roads)
        self.fallback = None if fallback is None else _Told(fallback)
        self._clock = clock
        self._since: datetime | None = None

    @property
    def silent(self) -> bool:
        return self._since is not None

    @silent.setter
    def silent(self, value: bool) -> None:
        self._since = self._clock.now() if value else None
        self.server.silent_after = 0 if value else None

    def _roads(self) -> Streets:
        return self.steady()

    def state(self) -> StreetsState:
        if not self.silent:
            return StreetsState("osrm", "osrm", None)
        return StreetsState("osrm", "own" if self.fallback else "none", self._since)

    def steady(self) -> Streets:
        spent = self.server.silent_after is not None
        spent = spent and self.server.asked >= (self.server.silent_after or 0)
        return self.fallback if spent and self.fallback is not None else self.server

    def check(self, homes: Mapping[str, Place]) -> None:
        for place in homes.values():
            assert self.contains(place)
