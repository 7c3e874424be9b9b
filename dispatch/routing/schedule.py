"""When a sequence of visits happens, and what a plan costs.

Decides times (always the earliest) and adds up the price.  Does not decide
whether the result is allowed: shifts, loads and order are ``check``'s question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dispatch.core.places import UNREACHABLE_S
from dispatch.routing.plan import Cost, PlannedStop, PlannedTour, Unserved
from dispatch.routing.problem import Problem


def first_allowed(windows: Sequence[tuple[int, int]], at_s: int) -> int | None:
    """Return the earliest instant not before *at_s* inside one of *windows*, or None.

    Windows are ``(first_s, last_s)``, both included, in order and disjoint.
    """
    for first_s, last_s in windows:
        if at_s <= last_s:
            return max(first_s, at_s)
    return None


def last_allowed(windows: Sequence[tuple[int, int]], at_s: int) -> int | None:
    """Return the latest instant not after *at_s* inside one of *windows*, or None."""
    for first_s, last_s in reversed(windows):
        if first_s <= at_s:
            return min(last_s, at_s)
    return None


def schedule(problem: Problem, vehicle: int, nodes: Sequence[int]) -> PlannedTour | None:
    """Time *nodes* in order, each as early as its windows allow, leaving at ``from_s``.

    Returns None when a leg has no road or a visit's last window is missed.  A
    tour that ends after the shift is returned as it is.  Without nodes the
    vehicle stays where it is: it ends at ``from_s``, wherever ``end`` may be.
    """
    courier = problem.vehicles[vehicle]
    travel_s = problem.travel_s[courier.profile]
    here, now_s = courier.start, courier.from_s
    stops: list[PlannedStop] = []
    for node in nodes:
        visit = problem.visits[node]
        leg_s = int(travel_s[here, visit.place])
        begin_s = first_allowed(visit.windows, now_s + leg_s)
        if leg_s >= UNREACHABLE_S or begin_s is None:
            return None
        stops.append(PlannedStop(node, now_s + leg_s, begin_s, begin_s + visit.service_s))
        here, now_s = visit.place, begin_s + visit.service_s
    if stops and courier.end is not None:
        home_s = int(travel_s[here, courier.end])
        if home_s >= UNREACHABLE_S:
            return None
        now_s += home_s
    return PlannedTour(vehicle, tuple(stops), now_s)


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
    )


def _late_s(problem: Problem, tour: PlannedTour) -> int:
    due = ((stop.begin_s, problem.visits[stop.node].due_s) for stop in tour.stops)
    return sum(max(0, begin_s - due_s) for begin_s, due_s in due if due_s is not None)


def travel_s(problem: Problem, vehicle: int, nodes: Sequence[int]) -> int:
    """Return the seconds *vehicle* is on the road to serve *nodes* in order, way back included."""
    courier = problem.vehicles[vehicle]
    places = [courier.start, *(problem.visits[node].place for node in nodes)]
    if courier.end is not None and nodes:
        places.append(courier.end)
    matrix = problem.travel_s[courier.profile]
    return int(matrix[places[:-1], places[1:]].sum())
