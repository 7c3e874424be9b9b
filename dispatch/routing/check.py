"""Is a plan allowed?  Written without looking at any solver, on purpose.

Every plan goes through ``violations`` before anyone sees it, whoever made it: a
solver, a heuristic or a planner's drag and drop.  Shares no arithmetic with
``schedule`` and ``insertion``: a mistake there shows here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from dispatch.core.places import UNREACHABLE_S
from dispatch.routing.plan import Cost, Plan, PlannedTour
from dispatch.routing.problem import Problem


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule.

    rule    : stable name, one of the table in ``violations``
    subject : the job's or vehicle's id (``node 7``, ``vehicle 7`` for an unknown one)
    by      : by how much, in seconds, load units or price units; 0 where it cannot be measured
    """

    rule: str
    subject: str
    by: int = 0


def violations(problem: Problem, plan: Plan) -> list[Violation]:
    """Return every broken rule of *plan*; an empty list means the plan is allowed.

    ====================== ===========================================================
    unknown_node           a stop, or an unserved entry, that the problem does not have
    unknown_vehicle        a tour of a vehicle the problem does not have
    two_tours              one vehicle is given two tours
    too_fast               arrives, or is free at the end, sooner than travel allows
    begun_before_arrival   service begins with nobody there
    begun_outside_window   service begins when no window is open
    left_too_soon          leaves before the service time is over
    unreachable            drives a leg that has no road
    shift                  is on the road before ``from_s`` or after ``until_s``
    overload               a pickup takes the vehicle over its capacity
    dropped_before_pickup  a drop comes before one of the job's pickups
    wrong_vehicle          a job is done by a vehicle it does not allow
    split                  the visits of one job are shared by several vehicles
    served_wrongly         a job is not either served once in full or listed once as unserved
    wrong_cost             the price differs from the sum of its parts
    ====================== ===========================================================

    With an unknown node or vehicle nothing else is looked at: those come alone.
    """
    found = list(_unknown(problem, plan))
    if found:
        return found
    for tour in plan.tours:
        found += _time_rules(problem, tour)
        found += _load_rules(problem, tour)
        found += _order_rules(problem, tour)
    found += _coverage_rules(problem, plan)
    found += _cost_rules(problem, plan)
    return found


def _unknown(problem: Problem, plan: Plan) -> Iterator[Violation]:
    for tour in plan.tours:
        if not 0 <= tour.vehicle < len(problem.vehicles):
            yield Violation("unknown_vehicle", f"vehicle {tour.vehicle}")
        for stop in tour.stops:
            if not 0 <= stop.node < len(problem.visits):
                yield Violation("unknown_node", f"node {stop.node}")
    known = {job.job_id for job in problem.jobs}
    for item in plan.unserved:
        if item.job_id not in known:
            yield Violation("unknown_node", item.job_id)


def _time_rules(problem: Problem, tour: PlannedTour) -> Iterator[Violation]:
    courier = problem.vehicles[tour.vehicle]
    travel = problem.travel_s[courier.profile]
    place, free_s = courier.start, courier.from_s
    for stop in tour.stops:
        job_id = problem.jobs[problem.job_of[stop.node]].job_id
        visit = problem.visits[stop.node]
        leg_s = int(travel[place, visit.place])
        if leg_s >= UNREACHABLE_S:
            yield Violation("unreachable", job_id)
        elif stop.arrive_s < free_s + leg_s:
            yield Violation("too_fast", job_id, free_s + leg_s - stop.arrive_s)
        if stop.arrive_s < courier.from_s:
            yield Violation("shift", courier.vehicle_id, courier.from_s - stop.arrive_s)
        if stop.begin_s < stop.arrive_s:
            yield Violation("begun_before_arrival", job_id, stop.arrive_s - stop.begin_s)
        if (missed_s := _missed_by(visit.windows, stop.begin_s)) > 0:
            yield Violation("begun_outside_window", job_id, missed_s)
        if stop.leave_s < stop.begin_s + visit.service_s:
            yield Violation("left_too_soon", job_id, stop.begin_s + visit.service_s - stop.leave_s)
        place, free_s = visit.place, stop.leave_s
    yield from _end_rules(problem, tour, place, free_s)


def _missed_by(windows: tuple[tuple[int, int], ...], begin_s: int) -> int:
    """Seconds to the nearest instant of a window; 0 inside one."""
    return min(max(first_s - begin_s, begin_s - last_s, 0) for first_s, last_s in windows)


def _end_rules(problem: Problem, tour: PlannedTour, place: int, free_s: int) -> Iterator[Violation]:
    courier = problem.vehicles[tour.vehicle]
    home_s = 0
    if courier.end is not None and tour.stops:
        home_s = int(problem.travel_s[courier.profile][place, courier.end])
    if home_s >= UNREACHABLE_S:
        yield Violation("unreachable", courier.vehicle_id)
        home_s = 0
    if tour.end_s < free_s + home_s:
        yield Violation("too_fast", courier.vehicle_id, free_s + home_s - tour.end_s)
    if max(tour.end_s, free_s + home_s) > courier.until_s:
        over_s = max(tour.end_s, free_s + home_s) - courier.until_s
        yield Violation("shift", courier.vehicle_id, over_s)


def _load_rules(problem: Problem, tour: PlannedTour) -> Iterator[Violation]:
    """Judge the load after every pickup; a vehicle already overfull may always drop."""
    courier = problem.vehicles[tour.vehicle]
    mine = frozenset({tour.vehicle})
    aboard = [job.drop.load for job in problem.jobs if not job.pickups and job.vehicles == mine]
    load = [sum(amounts[d] for amounts in aboard) for d in range(len(courier.capacity))]
    for stop in tour.stops:
        amounts = problem.visits[stop.node].load
        sign = -1 if problem.is_drop(stop.node) else 1
        for d, amount in enumerate(amounts):
            load[d] += sign * amount
            if sign > 0 and load[d] > courier.capacity[d]:
                job_id = problem.jobs[problem.job_of[stop.node]].job_id
                yield Violation("overload", job_id, load[d] - courier.capacity[d])


def _order_rules(problem: Problem, tour: PlannedTour) -> Iterator[Violation]:
    position = {stop.node: i for i, stop in enumerate(tour.stops)}
    for j in sorted({problem.job_of[node] for node in position}):
        job = problem.jobs[j]
        *pickups, drop = problem.nodes_of[j]
        if any(position.get(pickup, -1) > position.get(drop, len(position)) for pickup in pickups):
            yield Violation("dropped_before_pickup", job.job_id)
        if job.vehicles is not None and tour.vehicle not in job.vehicles:
            yield Violation("wrong_vehicle", job.job_id)


def _coverage_rules(problem: Problem, plan: Plan) -> Iterator[Violation]:
    for vehicle, tours in sorted(Counter(tour.vehicle for tour in plan.tours).items()):
        if tours > 1:
            yield Violation("two_tours", problem.vehicles[vehicle].vehicle_id, tours - 1)
    halts = Counter(stop.node for tour in plan.tours for stop in tour.stops)
    carriers: dict[int, set[int]] = {}
    for tour in plan.tours:
        for stop in tour.stops:
            carriers.setdefault(problem.job_of[stop.node], set()).add(tour.vehicle)
    left_out = Counter(item.job_id for item in plan.unserved)
    for j, job in enumerate(problem.jobs):
        times = {halts[node] for node in problem.nodes_of[j]}
        if (times, left_out[job.job_id]) not in (({1}, 0), ({0}, 1)):
            yield Violation("served_wrongly", job.job_id)
        if len(carriers.get(j, ())) > 1:
            yield Violation("split", job.job_id, len(carriers[j]) - 1)


def _cost_rules(problem: Problem, plan: Plan) -> Iterator[Violation]:
    weights = problem.weights
    parts = {"unserved": 0, "late": 0, "travel": 0, "paid": 0, "vehicles": 0}
    left_out = {item.job_id for item in plan.unserved}
    for job in problem.jobs:
        if job.job_id in left_out:
            parts["unserved"] += weights.unserved * job.priority
    for tour in plan.tours:
        if not tour.stops:
            continue
        courier = problem.vehicles[tour.vehicle]
        travel = problem.travel_s[courier.profile]
        per_s = weights.travel_per_s * courier.travel_price
        place = courier.start
        for stop in tour.stops:
            visit = problem.visits[stop.node]
            parts["travel"] += per_s * int(travel[place, visit.place])
            if visit.due_s is not None and stop.begin_s > visit.due_s:
                parts["late"] += weights.late_per_s * (stop.begin_s - visit.due_s)
            place = visit.place
        if courier.end is not None:
            parts["travel"] += per_s * int(travel[place, courier.end])
        parts["paid"] += weights.paid_per_s * (tour.end_s - courier.from_s)
        parts["vehicles"] += weights.vehicle_used
    honest = Cost(**parts)
    for name in parts:
        if (off := abs(getattr(honest, name) - getattr(plan.cost, name))) > 0:
            yield Violation("wrong_cost", name, off)
