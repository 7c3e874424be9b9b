"""One tour split at an instant: what is behind, what the courier has left for, what is ahead.

Decides what is *frozen*: a stop the courier has left for by then, as far as can be told now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from dispatch.core.ids import QuoteId
from dispatch.core.places import Place
from dispatch.fleet.couriers import Courier
from dispatch.operations.known_ways import known_ways
from dispatch.operations.ports import Ports
from dispatch.tracking.eta import Forecast, forecast
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour

#: How many stops ahead are forecast at once while looking for the frozen ones: few are.
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
            if s.quote_id == quote_id and not (aboard and s.kind is StopKind.DROP)
        )
        return replace(self, ahead=tuple(s for s in self.ahead if s not in gone)), gone


def seen(tour: Tour, now: datetime, at: datetime, ports: Ports) -> Seen:
    """Return *tour* as it will be at *at*, told *now*."""
    here, free_at = _position(tour)
    frozen: list[Stop] = []
    for stop, timing in _forecasts(tour, now, ports, at_once=_AT_ONCE):
        left_for = stop.departed_at is not None or stop.state is StopState.ARRIVED
        if not left_for and timing.depart_at >= at:
            break
        frozen.append(stop)
        here, free_at = stop.place, timing.leave_at
    frozen_ids = {stop.stop_id for stop in frozen}
    over = tuple(stop for stop in tour.stops if stop.over)
    ahead = tuple(s for s in tour.stops if not s.over and s.stop_id not in frozen_ids)
    courier = ports.territory.courier(tour.courier_id)
    return Seen(tour, courier, (*over, *frozen), ahead, here, free_at)


def forecast_manifest(tour: Tour, now: datetime, ports: Ports) -> tuple[tuple[Stop, Forecast], ...]:
    """Forecast the courier's open published stops: what really happens next."""
    return tuple(_forecasts(tour, now, ports, at_once=len(tour.stops)))


def _forecasts(
    tour: Tour, now: datetime, ports: Ports, *, at_once: int
) -> Iterator[tuple[Stop, Forecast]]:
    """Forecast the open published stops in order, asking for so many ways at a time."""
    ahead = [stop for stop in tour.manifest if not stop.over]
    here, free_at = _position(tour)
    profile = ports.territory.courier(tour.courier_id).vehicle.kind.value
    for first in range(0, len(ahead), max(1, at_once)):
        some = ahead[first : first + at_once]
        legs_s = _legs_s(here, some, profile, now, ports)
        timings = forecast(some, legs_s, leaves_at=free_at, now=now)
        yield from zip(some, timings, strict=True)
        here, free_at = some[-1].place, timings[-1].leave_at


def _position(tour: Tour) -> tuple[Place, datetime]:
    """Where the courier was last, and since when free."""
    over = [stop for stop in tour.stops if stop.over and stop.ended_at is not None]
    if not over:
        return tour.start, tour.shift.opens_at
    last = over[-1]
    assert last.ended_at is not None
    return last.place, max(last.ended_at, tour.shift.opens_at)


def _legs_s(
    here: Place, ahead: Sequence[Stop], profile: str, at: datetime, ports: Ports
) -> list[int]:
    """Seconds from one door to the next: the way, and the setup where there is a way."""
    places = [here, *(stop.place for stop in ahead)]
    ways = known_ways(ports.streets, profile, at)
    legs_s: list[int] = ways.legs(ways.numbers(places)).tolist()
    return [
        leg_s + (stop.setup_s if place != stop.place else 0)
        for leg_s, place, stop in zip(legs_s, places, ahead, strict=False)
    ]
