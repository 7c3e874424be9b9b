"""What was possible: the same orders, had everything been known from the start.

Decides nothing that anybody could have done: one plan of the whole day that knows which
orders will come, when each is really packed and what every way and stay really takes.  The
best that was found, not proven the best there is; a policy is measured by how near it comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from dispatch.adapters.town import OpenTown
from dispatch.core.errors import Broken
from dispatch.core.ids import ShipmentId
from dispatch.core.places import UNREACHABLE_S, Place
from dispatch.core.windows import TimeWindow, seconds_between
from dispatch.fleet.couriers import Courier
from dispatch.operations.open_orders import MANY_COLD_PLACES, timed_visit
from dispatch.operations.parameters import Parameters
from dispatch.replay.day import DayOrder
from dispatch.replay.run import Lived
from dispatch.replay.world import Habits, World, world_of
from dispatch.routing.check import violations
from dispatch.routing.plan import Plan
from dispatch.routing.problem import IntMatrix, Job, Problem, Vehicle, Visit
from dispatch.routing.solvers import engine_in_steps
from dispatch.tracking.tours import Stop, StopKind, Tour

#: Of the search, for the whole day.
STEPS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Hindsight:
    """What was possible of the express orders that were taken, but for whom nobody could please.

    Left out are customers who were not at home, or cancelled.

    on_time_pct  : handed over within the promise; None: there were none
    min_per_drop : on the way, at counters and at doors; nobody who knows everything waits
    """

    orders: int
    on_time_pct: float | None
    min_per_drop: float | None
    unserved: int

    def as_json(self) -> dict[str, float | int | None]:
        return {
            "orders": self.orders,
            "on_time_pct": None if self.on_time_pct is None else round(self.on_time_pct, 3),
            "min_per_drop": None if self.min_per_drop is None else round(self.min_per_drop, 3),
            "unserved": self.unserved,
        }


def hindsight(
    lived: Lived,
    town: OpenTown,
    parameters: Parameters,
    *,
    habits: Habits | None = None,
    steps: int = STEPS,
) -> Hindsight:
    """Solve the day that *lived* tells of, with all of it known; the arguments are ``live``'s.

    Raises ``Broken`` when the plan breaks a rule.
    """
    gone = lived.wrong.cancelled
    met = [(order, stops) for order, stops in lived.booked if not order.absent]
    orders = [(order, stops) for order, stops in met if order.number not in gone]
    if not orders or not lived.shifts:
        return Hindsight(len(orders), None, None, len(orders))
    world = world_of(lived.day, town.streets, parameters.service_times, habits)
    problem = _problem(orders, lived, town, world)
    plan = engine_in_steps("ruin_recreate", steps)(problem, budget_s=0.0)
    if broken := violations(problem, plan):
        raise Broken(f"solver broke {len(broken)} rules, first: {broken[0]}")
    return _told(problem, plan)


def _told(problem: Problem, plan: Plan) -> Hindsight:
    on_time = drops = work_s = 0
    for tour in plan.tours:
        vehicle = problem.vehicles[tour.vehicle]
        here = vehicle.start
        for stop in tour.stops:
            visit = problem.visits[stop.node]
            work_s += problem.leg_s(vehicle.profile, here, stop.node) + visit.service_s
            here = visit.place
            if problem.is_drop(stop.node):
                drops += 1
                on_time += visit.due_s is None or stop.begin_s <= visit.due_s
    return Hindsight(
        orders=len(problem.jobs),
        on_time_pct=100 * on_time / len(problem.jobs),
        min_per_drop=work_s / 60 / drops if drops else None,
        unserved=len(problem.jobs) - drops,
    )


@dataclass(slots=True)
class _Ways:
    """The places of the problem, one for each stop: the way to it has its own luck.

    names : what the way there is called in ``world``; None: home, to which nobody is lucky
    """

    places: list[Place] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    setups_s: list[int] = field(default_factory=list)

    def add(self, place: Place, name: str | None = None, setup_s: int = 0) -> int:
        self.places.append(place)
        self.names.append(name)
        self.setups_s.append(setup_s)
        return len(self.places) - 1

    def driven_by(self, courier: Courier, world: World) -> IntMatrix:
        """Return what *courier* really takes from each place to each, setting up included."""
        said_s = world.said_s(courier, self.places)
        luck = [1.0 if name is None else world.way_luck(name) for name in self.names]
        took_s = np.rint(said_s * world.pace(courier) * np.array(luck)) + np.array(self.setups_s)
        spots = np.array([(place.lat_deg, place.lon_deg) for place in self.places])
        took_s[(spots[:, None] == spots[None]).all(axis=2)] = 0
        took_s[said_s >= UNREACHABLE_S] = UNREACHABLE_S
        return np.asarray(took_s, np.int64)


def _problem(
    orders: Sequence[tuple[DayOrder, Sequence[Stop]]], lived: Lived, town: OpenTown, world: World
) -> Problem:
    """Return the whole day, with one profile for each shift: couriers differ."""
    origin = min(tour.shift.opens_at for tour in lived.shifts)
    couriers = [town.territory.courier(tour.courier_id) for tour in lived.shifts]
    ways = _Ways()
    jobs: list[Job] = []
    for order, stops in orders:
        visits: list[Visit] = []
        for n, stop in enumerate(stops):
            name = f"{order.number}:{n}"
            real = _as_it_is(stop, world.stay_s(stop, flat=order.flat, name=name), lived.packed_at)
            at = ways.add(stop.place, name, stop.setup_s)
            visit = Visit(at, ((0, 0),), real.service_s, real.load)
            visits.append(timed_visit(visit, real, origin))
        jobs.append(Job(str(order.number), tuple(visits[:-1]), visits[-1]))
    vehicles = tuple(
        _vehicle(n, tour, courier, origin, ways)
        for n, (tour, courier) in enumerate(zip(lived.shifts, couriers, strict=True))
    )
    travel_s = tuple(ways.driven_by(courier, world) for courier in couriers)
    # Minutes, and nothing else once everybody is served in time: no car is dearer here.
    return Problem(travel_s, vehicles, tuple(jobs))


def _vehicle(n: int, tour: Tour, courier: Courier, origin: datetime, ways: _Ways) -> Vehicle:
    cold = MANY_COLD_PLACES if courier.vehicle.cold else 0
    return Vehicle(
        vehicle_id=tour.tour_id,
        start=ways.add(tour.start),
        end=None if courier.end is None else ways.add(courier.end),
        from_s=seconds_between(origin, tour.shift.opens_at),
        until_s=seconds_between(origin, tour.shift.closes_at),
        capacity=(courier.vehicle.max_weight_g, courier.vehicle.max_volume_cm3, cold),
        profile=n,
    )


def _as_it_is(stop: Stop, stay_s: int, packed_at: Mapping[ShipmentId, datetime]) -> Stop:
    """Return *stop* with what it really takes, and its parcels when they are really packed."""
    if stop.kind is StopKind.DROP:
        end = stop.promised_until
        due_at = None if end is None else end - timedelta(seconds=stay_s + 1)
        return replace(stop, service_s=stay_s, due_at=due_at)
    packed = max(packed_at[shipment_id] for shipment_id in stop.shipment_ids)
    spans = [(max(w.opens_at, packed), w.closes_at) for w in stop.windows]
    # Packed sooner than the shop had said, it can be fetched sooner.
    spans[0] = (packed, spans[0][1])
    windows = tuple(TimeWindow(a, b) for a, b in spans if a < b)
    return replace(stop, service_s=stay_s, windows=windows or stop.windows[-1:])
