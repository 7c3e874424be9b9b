"""One tour split at an instant: what is behind, what the courier has left for, what is ahead.

Decides what is *frozen*: a stop the courier has left for by then, as far as can be told now.
At an instant still to come that counts what will have been handed out before it.  Of holds
nobody knows whether they will be paid: what the courier may have left for with any of them,
or without, is frozen, and is over when all of them have been driven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.ids import CourierId, QuoteId
from dispatch.core.places import Place
from dispatch.fleet.couriers import Courier
from dispatch.operations.known_ways import known_ways
from dispatch.operations.ports import Ports
from dispatch.operations.timetable import publish_lag, release_of
from dispatch.routing.problem import IntMatrix
from dispatch.tracking.eta import Forecast, forecast
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour

#: How many stops ahead are timed at once while looking for the frozen ones: few are.
_AT_ONCE: Final = 6


@dataclass(frozen=True, slots=True)
class Seen:
    """One tour at an instant.

    done    : stops that are over, then frozen ones
    ahead   : all others, in order
    here, free_at : where and when what is done is over
    """

    tour: Tour
    courier: Courier
    done: tuple[Stop, ...]
    ahead: tuple[Stop, ...]
    here: Place
    free_at: datetime

    def without(self, quote_id: QuoteId) -> tuple[Seen, tuple[Stop, ...]]:
        """Take one order out; return what is left and the stops taken.

        When a part of it is on board its drop stays: that part is delivered.
        """
        aboard = any(s.quote_id == quote_id and s.state is not StopState.FAILED for s in self.done)
        gone = tuple(
            s
            for s in self.ahead
            if s.quote_id == quote_id and not (aboard and s.kind is not StopKind.PICKUP)
        )
        return replace(self, ahead=tuple(s for s in self.ahead if s not in gone)), gone


def seen(tour: Tour, now: datetime, at: datetime, ports: Ports) -> Seen:
    """Return *tour* as it will be at *at*, told *now*."""
    here, free_at = position_of(tour)
    road = _Road((_Spot(here, free_at),), free_at)
    going = given_by(tour, now, at, ports)
    frozen: list[Stop] = []
    # Stop by stop of what is out by each hand-out before: what comes later is not waited for.
    for then in sorted({one.by_at for one in going if now < one.by_at} | {at}):
        out = [one for one in going if one.by_at < then or one.by_at <= now]
        left, road = _left_by(then, road, out, tour.courier_id, now, ports)
        frozen += [one.stop for one in out[:left]]
        going = tuple(one for one in going if one not in out[:left])
    here, free_at = road.whereabouts(at, tour.courier_id, now, ports)
    frozen_ids = {stop.stop_id for stop in frozen}
    over = tuple(stop for stop in tour.stops if stop.over)
    ahead = tuple(s for s in tour.stops if not s.over and s.stop_id not in frozen_ids)
    courier = ports.territory.courier(tour.courier_id)
    return Seen(tour, courier, (*over, *frozen), ahead, here, free_at)


@dataclass(frozen=True, slots=True)
class Given:
    """A stop that a courier has, or will have by an instant.

    from_at, by_at : since when, at the earliest and at the latest
    """

    stop: Stop
    from_at: datetime
    by_at: datetime

    @property
    def is_sure(self) -> bool:
        """False for a hold, which may expire."""
        return self.stop.held_until is None

    @property
    def has_left(self) -> bool:
        return self.stop.departed_at is not None or self.stop.state is StopState.ARRIVED

    def timed(
        self, published_at: datetime, leg_s: int, free_at: datetime, now: datetime
    ) -> Forecast:
        stop = self.stop
        if stop.published_at != published_at:
            stop = replace(stop, published_at=published_at)
        (timing,) = forecast([stop], [leg_s], leaves_at=free_at, now=now)
        return timing


def given_by(tour: Tour, now: datetime, at: datetime, ports: Ports) -> tuple[Given, ...]:
    """Return the open stops that a courier can have left for by *at*, in order."""
    lag = publish_lag(ports)
    answer: list[Given] = []
    for stop in tour.stops:
        if stop.over:
            continue
        if stop.published_at is not None:
            answer.append(Given(stop, stop.published_at, stop.published_at))
        elif at > now and (by_at := release_of(stop, tour.day, now, ports)) and by_at < at:
            answer.append(Given(stop, max(now, by_at - lag), by_at))
    return tuple(answer)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a courier may be, and since when free there at the latest."""

    place: Place
    free_at: datetime
    setup_s: int = 0


@dataclass(frozen=True, slots=True)
class _Road:
    """How far a courier has come.

    spots   : the last sure stop, then the holds after it that may have been paid, or not
    soonest : when the sure stop can be over at the earliest
    """

    spots: tuple[_Spot, ...]
    soonest_at: datetime

    def then(self, one: Given, soonest_at: datetime, free_at: datetime) -> _Road:
        spot = _Spot(one.stop.place, free_at, one.stop.setup_s)
        if one.is_sure:
            return _Road((spot,), soonest_at)
        return _Road((*self.spots, spot), self.soonest_at)

    def whereabouts(
        self, at: datetime, courier_id: CourierId, now: datetime, ports: Ports
    ) -> tuple[Place, datetime]:
        """Return the last place, and by when the courier is there from wherever it is *at*."""
        *others, last = self.spots
        if not others:
            return last.place, last.free_at
        places = [spot.place for spot in self.spots]
        ways_s = _ways_s(places, courier_id, now, ports)
        there = len(others)
        return last.place, max(
            last.free_at,
            *(
                max(spot.free_at, at)
                + timedelta(seconds=_leg_s(ways_s, places, i, there, last.setup_s))
                for i, spot in enumerate(others)
            ),
        )


def _left_by(
    at: datetime,
    road: _Road,
    going: Sequence[Given],
    courier_id: CourierId,
    now: datetime,
    ports: Ports,
) -> tuple[int, _Road]:
    """Return how many of *going* may have been left for by *at*, and how far that is."""
    left, reached = 0, road
    # With holds the courier may come from farther back than the stop before.
    at_once = _AT_ONCE if all(one.is_sure for one in going) else len(going)
    for first in range(0, len(going), at_once or 1):
        some, begun = going[first : first + at_once], len(road.spots)
        places = [*(s.place for s in road.spots), *(one.stop.place for one in some)]
        ways_s = _ways_s(places, courier_id, now, ports)
        rows = list(range(begun))
        for n, one in enumerate(some):
            legs_s = [_leg_s(ways_s, places, row, begun + n, one.stop.setup_s) for row in rows]
            soonest = [one.timed(one.from_at, leg_s, road.soonest_at, now) for leg_s in legs_s]
            latest = [
                one.timed(one.by_at, leg_s, spot.free_at, now)
                for leg_s, spot in zip(legs_s, road.spots, strict=True)
            ]
            road = road.then(one, soonest[0].leave_at, max(timing.leave_at for timing in latest))
            rows = [*([] if one.is_sure else rows), begun + n]
            if one.has_left or min(timing.depart_at for timing in soonest) < at:
                left, reached = first + n + 1, road
            elif one.is_sure:
                return left, reached
    return left, reached


def forecast_manifest(tour: Tour, now: datetime, ports: Ports) -> tuple[tuple[Stop, Forecast], ...]:
    """Forecast the courier's open published stops: what really happens next."""
    ahead = [stop for stop in tour.manifest if not stop.over]
    if not ahead:
        return ()
    here, free_at = position_of(tour)
    places = [here, *(stop.place for stop in ahead)]
    ways_s = _ways_s(places, tour.courier_id, now, ports)
    legs_s = [_leg_s(ways_s, places, n, n + 1, stop.setup_s) for n, stop in enumerate(ahead)]
    return tuple(zip(ahead, forecast(ahead, legs_s, leaves_at=free_at, now=now), strict=True))


def position_of(tour: Tour) -> tuple[Place, datetime]:
    """Where the courier was last, and since when free: behind a stop, or waiting as agreed."""
    over = [stop for stop in tour.stops if stop.over and stop.ended_at is not None]
    there_at = None if tour.waiting is None else tour.waiting.there_at
    if tour.waiting is not None and there_at is not None and is_waiting(tour):
        return tour.waiting.place, there_at
    if not over:
        return tour.start, tour.shift.opens_at
    last = over[-1]
    assert last.ended_at is not None
    return last.place, max(last.ended_at, tour.shift.opens_at)


def is_waiting(tour: Tour) -> bool:
    """True for a courier who agreed to wait somewhere, and has done nothing since that was said."""
    told = tour.waiting
    if told is None or told.agreed_at is None:
        return False
    return not any(s.ended_at is not None and s.ended_at > told.told_at for s in tour.stops)


def _ways_s(
    places: Sequence[Place], courier_id: CourierId, now: datetime, ports: Ports
) -> IntMatrix:
    """Seconds from each of *places* to each, as known; only what is not is asked for."""
    profile = ports.territory.courier(courier_id).vehicle.kind.value
    ways = known_ways(ports.streets, profile, now)
    numbers = ways.numbers(places)
    there, _ = ways.there_and_back(numbers, numbers)
    return there


def _leg_s(ways_s: IntMatrix, places: Sequence[Place], here: int, there: int, setup_s: int) -> int:
    """Seconds from one door to the next: the way, and the setup where there is a way."""
    moves = not places[here].is_at(places[there])
    return int(ways_s[here, there]) + (setup_s if moves else 0)
