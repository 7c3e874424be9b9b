"""Couriers in a world that is not as planned: ways and stays take what the world says.

The plan's own forecasts decide only when a courier sets out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from dispatch.core.civil import local_day
from dispatch.operations.ports import Ports
from dispatch.operations.progress import Report, record
from dispatch.operations.standing import tours_of
from dispatch.operations.tick import tick
from dispatch.tracking.facts import FactKind
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour
from tests.fakes.house import clock_of


@dataclass(frozen=True, slots=True)
class World:
    """How the world differs from the house's first guesses.

    ways   : what a way takes, of what the uncorrected streets say
    shops  : what a stop takes at a shop, of what is expected; a shop left out is as expected
    doors  : the same at all doors
    noise  : standard deviation of the logarithm of each single leg and stay
    """

    ways: float = 1.0
    shops: Mapping[str, float] = field(default_factory=dict)
    doors: float = 1.0
    noise: float = 0.0

    def luck(self, name: str) -> float:
        return Random(name).lognormvariate(0, self.noise)


def live_in(world: World, ports: Ports, *, minutes: int) -> None:
    """Let time pass a minute at a time in *world*."""
    for _ in range(minutes):
        clock_of(ports).advance(minutes=1)
        tick(ports)
        _drive(world, ports)


def _drive(world: World, ports: Ports) -> None:
    now = ports.clock.now()
    with ports.store.reading() as tx:
        tours = tours_of(tx, local_day(now), ports)
    for begun in tours:
        tour = begun
        while (told := _next(tour, world, ports)) is not None and told[2] <= now:
            stop, kind, at = told
            report = Report(f"{stop.stop_id}/{kind}", tour.tour_id, stop.stop_id, kind, at)
            tour = record(report, tour.courier_id, ports).tour


def _next(tour: Tour, world: World, ports: Ports) -> tuple[Stop, FactKind, datetime] | None:
    """What the courier will report next, and when."""
    stop = tour.next_stop
    if stop is None:
        return None
    if stop.state is StopState.OPEN:
        if stop.departed_at is None:
            return None
        over = [s for s in tour.stops if s.over]
        here = over[-1].place if over else tour.start
        profile = ports.territory.courier(tour.courier_id).vehicle.kind.value
        way_s = int(ports.streets.durations_s([here], profile, to=[stop.place])[0, 0])
        took_s = way_s * world.ways * world.luck(f"way {stop.stop_id}")
        setup_s = stop.setup_s if here != stop.place else 0
        left_at = max([stop.departed_at, *(s.ended_at for s in over[-1:] if s.ended_at)])
        return stop, FactKind.ARRIVED, left_at + timedelta(seconds=round(took_s) + setup_s)
    with ports.store.reading() as tx:
        facts = tx.facts(tour.tour_id)
    arrived_at = next(f.at_device for f in facts if f.stop_id == stop.stop_id)
    begun_at = max(arrived_at, *(w.opens_at for w in stop.windows[:1]))
    took_s = _expected_s(stop, ports) * _habit(stop, world) * world.luck(f"stay {stop.stop_id}")
    return stop, FactKind.DONE, begun_at + timedelta(seconds=max(15, round(took_s)))


def _expected_s(stop: Stop, ports: Ports) -> int:
    """The setting, not what was learnt: the world does not change with what we believe."""
    times = ports.parameters.service_times
    return times.pickup_s if stop.kind is StopKind.PICKUP else times.drop_s


def _habit(stop: Stop, world: World) -> float:
    if stop.kind is StopKind.DROP:
        return world.doors
    return world.shops.get(str(stop.merchant_id), 1.0)
