"""The day's standing plan: every courier's tour as it is now, and as it will be at a given instant.

Reads tours, turns what is still open into a routing problem, and turns
sequences back into tours.  Decides nothing: quotes, bookings and waves do.

A stop is *frozen* when the courier has already left for it: it is history for
the problem, whose vehicle starts there.  Orders whose parcels are on board
become jobs without pickups, bound to that vehicle.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from dispatch.core.errors import Broken
from dispatch.core.ids import CourierId, QuoteId, TourId
from dispatch.core.reasons import Refusal
from dispatch.core.windows import seconds_between
from dispatch.fleet.couriers import shifts_on
from dispatch.operations.grace import with_grace
from dispatch.operations.open_orders import MANY_COLD_PLACES, OpenOrders, timed_visit
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.seen import Seen, forecast_manifest, seen
from dispatch.routing.problem import IntMatrix, Problem, Vehicle
from dispatch.routing.schedule import schedule
from dispatch.tracking.tours import Stop, Tour

__all__ = [
    "DIMENSIONS",
    "Standing",
    "adopt",
    "forecast_manifest",
    "repromised",
    "standing",
    "tour_id_of",
    "tours_of",
]

#: Names of the capacity dimensions, in the order of ``Stop.load``.
DIMENSIONS = ("weight_g", "volume_cm3", "cold")


@dataclass(frozen=True, slots=True)
class Standing:
    """The open part of a day as a problem, and its present answer.

    at        : the problem's origin; second 0
    tours     : one per vehicle, same order
    done      : per vehicle, the stops that are over or frozen
    stops     : per node of ``problem``, the stop it stands for
    sequences : per vehicle, the nodes in their present order; always allowed
    fallen    : orders that no longer fit where they stood, with the reason
    waiting   : per vehicle, the fallen stops that stay in the tour: at an instant still to
                come, falling is a forecast, and only the wave of that instant may act on it
    room      : per vehicle, what it holds; ``problem`` has more where its sequence needs more
    """

    at: datetime
    problem: Problem
    tours: tuple[Tour, ...]
    done: tuple[tuple[Stop, ...], ...]
    stops: tuple[Stop, ...]
    sequences: tuple[tuple[int, ...], ...]
    fallen: tuple[tuple[tuple[Stop, ...], Refusal], ...] = ()
    waiting: tuple[tuple[Stop, ...], ...] = ()
    room: tuple[tuple[int, ...], ...] = ()

    def job_named(self, errand: str) -> int | None:
        """Return the index of the job of an order, or of a return; None: it is none any more."""
        return next((j for j, job in enumerate(self.problem.jobs) if job.job_id == errand), None)

    def order_of(self, tour: Tour) -> tuple[int, ...]:
        """Return the nodes of *tour*'s stops, in its order; what is no job of the day left out."""
        node_of = {stop.stop_id: node for node, stop in enumerate(self.stops)}
        return tuple(node_of[s.stop_id] for s in tour.stops if s.stop_id in node_of)


def tours_of(tx: Transaction, day: date, ports: Ports) -> tuple[Tour, ...]:
    """Return every shift's tour on *day*, without dead holds; new ones have version 0."""
    now = ports.clock.now()
    stored = {tour.tour_id: tour for tour in tx.tours(day)}
    answer: list[Tour] = []
    for courier in ports.territory.couriers.values():
        for n, shift in enumerate(shifts_on(courier, day), start=1):
            tour_id = tour_id_of(day, courier.courier_id, n)
            tour = stored.pop(tour_id, None) or Tour(
                tour_id, day, courier.courier_id, shift, courier.start
            )
            answer.append(tour.without_expired_holds(now))
    # A courier taken off the roster keeps the tour that was begun.
    answer += [tour.without_expired_holds(now) for tour in stored.values()]
    return tuple(answer)


def tour_id_of(day: date, courier_id: CourierId, n: int) -> TourId:
    """Return the id of the tour in the courier's *n*-th shift of the day, from 1."""
    return TourId(f"t_{day:%Y%m%d}_{courier_id}_{n}")


def standing(
    tours: Sequence[Tour],
    at: datetime,
    ports: Ports,
    *,
    extra: Sequence[tuple[Stop, ...]] = (),
) -> Standing:
    """Return the problem open at *at* (now, or a wave still to come).

    extra : orders that stand in no tour yet, each as its stops; they become jobs
            that no sequence holds
    """
    now = ports.clock.now()
    vehicles = [seen(tour, now, at, ports) for tour in tours]
    fallen: list[tuple[tuple[Stop, ...], Refusal]] = []
    waiting: list[tuple[Stop, ...]] = [()] * len(vehicles)
    while True:
        answer = _assemble(vehicles, at, extra, fallen, ports)
        misfit = _first_misfit(answer)
        if misfit is None:
            return replace(answer, waiting=tuple(waiting))
        v, quote_id = misfit
        vehicles[v], gone = vehicles[v].without(quote_id)
        fallen.append((gone, Refusal("merchant_closed", binding=("pickup.window",))))
        if at > now:
            waiting[v] += gone


def repromised(answer: Standing, order: tuple[Stop, ...]) -> Standing:
    """Return the same day with other times for *order*, which is one of its jobs."""
    job = answer.job_named(order[0].quote_id)
    if job is None:
        raise Broken(f"order {order[0].quote_id} is no job of this day")
    *pickups, drop = order
    before = answer.problem.jobs[job]
    after = replace(
        before,
        pickups=tuple(
            timed_visit(visit, stop, answer.at)
            for visit, stop in zip(before.pickups, pickups, strict=True)
        ),
        drop=timed_visit(before.drop, drop, answer.at),
    )
    jobs = (*answer.problem.jobs[:job], after, *answer.problem.jobs[job + 1 :])
    first = answer.problem.nodes_of[job][0]
    return replace(
        answer,
        problem=replace(answer.problem, jobs=jobs),
        stops=(*answer.stops[:first], *order, *answer.stops[first + len(order) :]),
    )


def adopt(
    answer: Standing,
    sequences: Sequence[Sequence[int]],
    *,
    retimed: Collection[QuoteId] | None = None,
) -> tuple[Tour, ...]:
    """Return the tours with their open stops in the order of *sequences*, and new ETAs.

    retimed : only these orders get new ETAs.  A quote looks at the day as of a wave that
              others, booked already, will not have to wait for
    """
    tours: list[Tour] = []
    for v, (tour, nodes) in enumerate(zip(answer.tours, sequences, strict=True)):
        planned = schedule(answer.problem, v, tuple(nodes))
        ahead = [answer.stops[node] for node in nodes]
        if planned is not None:
            ahead = [
                replace(stop, eta_at=answer.at + timedelta(seconds=timed.begin_s))
                if retimed is None or stop.quote_id in retimed
                else stop
                for stop, timed in zip(ahead, planned.stops, strict=True)
            ]
        tours.append(replace(tour, stops=(*answer.done[v], *ahead, *answer.waiting[v])))
    return tuple(tours)


def _assemble(
    vehicles: Sequence[Seen],
    at: datetime,
    extra: Sequence[tuple[Stop, ...]],
    fallen: Sequence[tuple[tuple[Stop, ...], Refusal]],
    ports: Ports,
) -> Standing:
    builder = OpenOrders(at)
    starts = [builder.place(one.here) for one in vehicles]
    ends = [None if one.courier.end is None else builder.place(one.courier.end) for one in vehicles]
    sequences: list[tuple[int, ...]] = []
    for v, one in enumerate(vehicles):
        node_of = builder.add_tour(v, one.done, one.ahead)
        sequences.append(tuple(node_of[stop.stop_id] for stop in one.ahead))
    for order in extra:
        builder.add_order(order, vehicle=None)
    profiles = sorted({one.courier.vehicle.kind.value for one in vehicles})
    # Nobody knows yet in which hour a leg will be driven: a promise counts on the slowest.
    span = at, max([at, *(one.tour.shift.closes_at for one in vehicles)])
    travel_s: tuple[IntMatrix, ...] = tuple(
        ports.streets.durations_s(builder.places, profile, at=span) for profile in profiles
    )
    crew = tuple(_vehicle(one, starts[v], ends[v], at, profiles) for v, one in enumerate(vehicles))
    problem = Problem(
        travel_s,
        crew,
        tuple(builder.jobs),
        ports.parameters.weights,
        dimensions=DIMENSIONS,
    )
    grace_s = ports.parameters.service_times.grace_s
    for v, nodes in enumerate(sequences):
        own = {node: builder.stops[node] for node in nodes}
        problem = with_grace(problem, v, own, at, grace_s)
    problem = _as_it_stands(problem, sequences)
    return Standing(
        at=at,
        problem=problem,
        tours=tuple(one.tour for one in vehicles),
        done=tuple(one.done for one in vehicles),
        stops=tuple(builder.stops),
        sequences=tuple(sequences),
        fallen=tuple(fallen),
        room=tuple(vehicle.capacity for vehicle in crew),
    )


def _vehicle(
    one: Seen,
    start: int,
    end: int | None,
    at: datetime,
    profiles: Sequence[str],
) -> Vehicle:
    vehicle = one.courier.vehicle
    from_s = max(0, seconds_between(at, one.free_at))
    return Vehicle(
        vehicle_id=one.tour.tour_id,
        start=start,
        end=end,
        from_s=from_s,
        until_s=max(from_s, seconds_between(at, one.tour.shift.closes_at)),
        capacity=(
            vehicle.max_weight_g,
            vehicle.max_volume_cm3,
            MANY_COLD_PLACES if vehicle.cold else 0,
        ),
        profile=profiles.index(vehicle.kind.value),
        travel_price=vehicle.travel_price,
    )


def _as_it_stands(problem: Problem, sequences: Sequence[tuple[int, ...]]) -> Problem:
    """Lengthen a shift, and widen a bag, to what the present sequence needs and no more.

    A courier who runs late finishes what was given, after the shift if need be, and one who
    was given too much carries it: that is harm to show, not a rule to break silently.
    """
    crew: list[Vehicle] = []
    for v, vehicle in enumerate(problem.vehicles):
        planned = schedule(problem, v, sequences[v])
        end_s = vehicle.until_s if planned is None else planned.end_s
        crew.append(
            replace(
                vehicle,
                until_s=max(vehicle.until_s, end_s),
                capacity=_fullest(problem, v, sequences[v]),
            )
        )
    return replace(problem, vehicles=tuple(crew))


def _fullest(problem: Problem, vehicle: int, nodes: Sequence[int]) -> tuple[int, ...]:
    """The vehicle's capacity, or its load after the pickup that fills it most if that is more."""
    load = problem.aboard(vehicle)
    most = problem.vehicles[vehicle].capacity
    for node in nodes:
        amounts = problem.visits[node].load
        if problem.is_drop(node):
            load = tuple(a - b for a, b in zip(load, amounts, strict=True))
        else:
            load = tuple(a + b for a, b in zip(load, amounts, strict=True))
            most = tuple(max(a, b) for a, b in zip(most, load, strict=True))
    return most


def _first_misfit(answer: Standing) -> tuple[int, QuoteId] | None:
    """Return a vehicle and the order to take out of it, when its sequence is impossible."""
    for v, nodes in enumerate(answer.sequences):
        if schedule(answer.problem, v, nodes) is not None:
            continue
        # The stop that cannot be met is to blame; if that parcel is on board already, the
        # order before it that can still be left out.
        known = next(
            k for k in range(1, len(nodes) + 1) if schedule(answer.problem, v, nodes[:k]) is None
        )
        for node in reversed(nodes[:known]):
            job = answer.problem.jobs[answer.problem.job_of[node]]
            if job.pickups:
                return v, answer.stops[node].quote_id
        raise Broken(f"tour {answer.tours[v].tour_id} cannot bring what is on board")
    return None
