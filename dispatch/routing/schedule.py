"""When a sequence of visits happens, and what a plan costs.

Decides times (always the earliest) and adds up the price.  Does not decide
whether the result is allowed: shifts, loads and order are ``check``'s question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dispatch.core.places import UNREACHABLE_S
from dispatch.routing.breaks import legs_with_breaks, on_the_way
from dispatch.routing.plan import Cost, PlannedBreak, PlannedStop, PlannedTour, Unserved
from dispatch.routing.problem import Problem
from dispatch.routing.spans import first_allowed
from dispatch.routing.work import Break

#: Breaks taken on each leg of a tour.
LegBreaks = Sequence[tuple[Break, ...]]


def schedule(problem: Problem, vehicle: int, nodes: Sequence[int]) -> PlannedTour | None:
    """Time *nodes* in order, each as early as its windows allow, leaving at ``from_s``.

    Breaks are taken where the tour ends earliest.  A pickup waits, where it may, until
    its job can keep its longest time on board.  Returns None when a leg has no road, a
    visit's or a break's last window is missed, or something stays on board too long.
    A tour that ends after the shift is returned as it is.  Without nodes the
    vehicle stays where it is: it ends at ``from_s``, wherever ``end`` may be.
    """
    legs_s = _legs_s(problem, vehicle, nodes)
    if legs_s is None:
        return None
    breaks: LegBreaks | None = [()] * len(legs_s)
    if problem.vehicles[vehicle].breaks:
        breaks = legs_with_breaks(problem, vehicle, nodes, legs_s)
    if breaks is None:
        return None
    rides = _rides(problem, nodes)
    floors_s: dict[int, int] = {}
    # Every round puts off one pickup at least; as many as there are rides settle whatever
    # a chain of them can settle, the rest are for windows that round times up.
    for _round in range(2 * len(rides) + 1):
        tour = _driven(problem, vehicle, nodes, legs_s, breaks, floors_s)
        if tour is None:
            return None
        overdue_s = _overdue_s(problem, tour, rides)
        if not overdue_s:
            return None if _outlasts_a_break(problem, tour) else tour
        floors_s |= overdue_s
    return None


def earliest(problem: Problem, vehicle: int, nodes: Sequence[int]) -> PlannedTour | None:
    """Like ``schedule`` without breaks and limits on time on board: nothing can be earlier.

    Nothing, where travel keeps the triangle inequality: street times do, but for a turn at a
    stop.
    """
    legs_s = _legs_s(problem, vehicle, nodes)
    if legs_s is None:
        return None
    return _driven(problem, vehicle, nodes, legs_s, [()] * len(legs_s), {})


def _legs_s(problem: Problem, vehicle: int, nodes: Sequence[int]) -> list[int] | None:
    """The way and the setup before each stop, then the way home; None where there is no road."""
    courier = problem.vehicles[vehicle]
    here, legs_s = courier.start, []
    for node in nodes:
        legs_s.append(problem.leg_s(courier.profile, here, node))
        here = problem.visits[node].place
    if nodes and courier.end is not None:
        legs_s.append(int(problem.travel_s[courier.profile][here, courier.end]))
    return None if any(leg_s >= UNREACHABLE_S for leg_s in legs_s) else legs_s


def _driven(
    problem: Problem,
    vehicle: int,
    nodes: Sequence[int],
    legs_s: Sequence[int],
    breaks: LegBreaks,
    floors_s: Mapping[int, int],
) -> PlannedTour | None:
    """Drive *nodes*; no stop g begins before ``floors_s[g]``, where it has one."""
    now_s = problem.vehicles[vehicle].from_s
    stops: list[PlannedStop] = []
    pauses: list[PlannedBreak] = []
    for g, node in enumerate(nodes):
        visit = problem.visits[node]
        arrived = on_the_way(now_s, legs_s[g], breaks[g], g)
        if arrived is None:
            return None
        arrive_s, taken = arrived
        begin_s = first_allowed(visit.windows, max(arrive_s, floors_s.get(g, arrive_s)))
        if begin_s is None:
            return None
        pauses += taken
        now_s = begin_s + visit.service_s
        stops.append(PlannedStop(node, arrive_s, begin_s, now_s))
    if len(legs_s) > len(nodes):
        arrived = on_the_way(now_s, legs_s[-1], breaks[-1], len(nodes))
        if arrived is None:
            return None
        now_s, taken = arrived
        pauses += taken
    return PlannedTour(vehicle, tuple(stops), now_s, tuple(pauses))


def _rides(problem: Problem, nodes: Sequence[int]) -> list[tuple[int, int, int]]:
    """Where each pickup and its drop are whose time on board is limited, and to how much."""
    if all(job.max_aboard_s is None for job in problem.jobs):
        return []
    at = {node: g for g, node in enumerate(nodes)}
    rides = []
    for g, node in enumerate(nodes):
        job = problem.job_of[node]
        most_s, drop = problem.jobs[job].max_aboard_s, problem.nodes_of[job][-1]
        if most_s is not None and node != drop and drop in at:
            rides.append((g, at[drop], most_s))
    return rides


def _overdue_s(
    problem: Problem, tour: PlannedTour, rides: Sequence[tuple[int, int, int]]
) -> dict[int, int]:
    """When each pickup that leaves too long before its drop would have to begin."""
    overdue_s = {}
    for pickup, drop, most_s in rides:
        stop = tour.stops[pickup]
        too_long_s = tour.stops[drop].begin_s - stop.leave_s - most_s
        if too_long_s > 0:
            overdue_s[pickup] = stop.begin_s + too_long_s
    return overdue_s


def _outlasts_a_break(problem: Problem, tour: PlannedTour) -> bool:
    """True when waiting pickups have made *tour* longer than a break it was to need no more."""
    left = problem.vehicles[tour.vehicle].breaks[len(tour.breaks) :]
    return any(tour.end_s > pause.windows[-1][1] for pause in left)


def cost_of(
    problem: Problem, tours: Iterable[PlannedTour], unserved: Iterable[Unserved] = ()
) -> Cost:
    """Return the price of *tours* and of leaving *unserved* out, by term.

    Paid time runs from ``from_s`` to ``end_s`` of every vehicle that moves; a
    vehicle without stops costs nothing.  Raises ``KeyError`` for an unserved
    job the problem does not have.
    """
    weights = problem.weights
    priority = {job.job_id: job.priority for job in problem.jobs}
    moving = [tour for tour in tours if tour.stops]
    return Cost(
        unserved=weights.unserved * sum(priority[item.job_id] for item in unserved),
        late=weights.late_per_s * sum(_late_s(problem, tour) for tour in moving),
        travel=weights.travel_per_s
        * sum(
            problem.vehicles[tour.vehicle].travel_price
            * travel_s(problem, tour.vehicle, tour.nodes)
            for tour in moving
        ),
        paid=weights.paid_per_s
        * sum(tour.end_s - problem.vehicles[tour.vehicle].from_s for tour in moving),
        vehicles=weights.vehicle_used * len(moving),
        churn=weights.churn_per_stop
        * sum(moved_stops(problem, tour.vehicle, tour.nodes) for tour in moving),
        unfair=weights.unfair_per_s
        * sum(_unfair_s(problem, tour.vehicle, tour.nodes) for tour in moving),
    )


def _late_s(problem: Problem, tour: PlannedTour) -> int:
    due = ((stop.begin_s, problem.visits[stop.node].due_s) for stop in tour.stops)
    return sum(max(0, begin_s - due_s) for begin_s, due_s in due if due_s is not None)


def travel_s(problem: Problem, vehicle: int, nodes: Sequence[int]) -> int:
    """Return the seconds *vehicle* drives and sets up to serve *nodes*, way back included."""
    courier = problem.vehicles[vehicle]
    here, gone_s = courier.start, 0
    for node in nodes:
        gone_s += problem.leg_s(courier.profile, here, node)
        here = problem.visits[node].place
    if courier.end is not None and nodes:
        gone_s += int(problem.travel_s[courier.profile][here, courier.end])
    return gone_s


def work_s(problem: Problem, vehicle: int, nodes: Sequence[int]) -> int:
    """Return the seconds of work that *nodes* are: driving, setting up and service."""
    service_s = sum(problem.visits[node].service_s for node in nodes)
    return travel_s(problem, vehicle, nodes) + service_s


def moved_stops(problem: Problem, vehicle: int, nodes: Sequence[int]) -> int:
    """Return how many of *nodes* are not where the published plan has them.

    A stop counts when another vehicle was to do it, or when the published stop done just
    before it was to come after it.  Stops that nobody has seen yet count for nothing.
    """
    moved, before = 0, -1
    for node in nodes:
        owner, rank = problem.published_at.get(node, (None, 0))
        if owner is None:
            continue
        if owner != vehicle:
            moved += 1
            continue
        moved += rank < before
        before = rank
    return moved


def _unfair_s(problem: Problem, vehicle: int, nodes: Sequence[int]) -> int:
    share_s = problem.vehicles[vehicle].fair_s
    if share_s is None:
        return 0
    return max(0, work_s(problem, vehicle, nodes) - share_s)
