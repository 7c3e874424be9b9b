"""Is a plan allowed?  Written without looking at any solver, on purpose.

Every plan goes through ``violations`` before anyone sees it, whoever made it: a
solver, a heuristic or a planner's drag and drop.  Shares no arithmetic with
``schedule`` and ``insertion``: a mistake there shows here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dispatch.core.places import UNREACHABLE_S
from dispatch.routing.check_cost import cost_rules
from dispatch.routing.check_order import aboard_rules, kept_rules, order_rules, stack_rules
from dispatch.routing.plan import Plan, PlannedBreak, PlannedTour
from dispatch.routing.problem import Problem
from dispatch.routing.violation import Violation

__all__ = ["Violation", "violations"]


def violations(problem: Problem, plan: Plan) -> list[Violation]:
    """Return every broken rule of *plan*; an empty list means the plan is allowed.

    ====================== ===========================================================
    unknown_node           a stop, or an unserved entry, that the problem does not have
    unknown_vehicle        a tour of a vehicle the problem does not have
    two_tours              one vehicle is given two tours
    too_fast               arrives, or is free at the end, sooner than driving, setting up
                           and breaks allow
    begun_before_arrival   service begins with nobody there
    begun_outside_window   service begins when no window is open
    left_too_soon          leaves before the service time is over
    unreachable            drives a leg that has no road
    missed_break           a break is not taken in its turn, once, in full, in its window,
                           between two services, though the tour lasts longer
    shift                  is on the road before ``from_s`` or after ``until_s``
    overload               a pickup takes the vehicle over its capacity
    dropped_before_pickup  a drop comes before one of the job's pickups
    too_long_aboard        a parcel is on board longer than its job allows
    not_last_in_first_out  something unloaded lies under something else
    wrong_vehicle          a job is done by a vehicle it does not allow, a pinned visit by
                           another than its own
    frozen_changed         a tour does not begin with what is frozen
    pinned_changed         pinned visits are in another order
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
        found += _break_rules(problem, tour)
        found += _load_rules(problem, tour)
        found += order_rules(problem, tour)
        found += aboard_rules(problem, tour)
        found += stack_rules(problem, tour)
    found += kept_rules(problem, plan)
    found += _coverage_rules(problem, plan)
    found += cost_rules(problem, plan)
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
    for i, stop in enumerate(tour.stops):
        job_id = problem.jobs[problem.job_of[stop.node]].job_id
        visit = problem.visits[stop.node]
        leg_s = int(travel[place, visit.place])
        busy_s = leg_s + _paused_s(tour, i) + (0 if place == visit.place else visit.setup_s)
        if leg_s >= UNREACHABLE_S:
            yield Violation("unreachable", job_id)
        elif stop.arrive_s < free_s + busy_s:
            yield Violation("too_fast", job_id, free_s + busy_s - stop.arrive_s)
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
    home_s += _paused_s(tour, len(tour.stops))
    if tour.end_s < free_s + home_s:
        yield Violation("too_fast", courier.vehicle_id, free_s + home_s - tour.end_s)
    if max(tour.end_s, free_s + home_s) > courier.until_s:
        over_s = max(tour.end_s, free_s + home_s) - courier.until_s
        yield Violation("shift", courier.vehicle_id, over_s)


def _load_rules(problem: Problem, tour: PlannedTour) -> Iterator[Violation]:
    """Judge the load after every pickup; a vehicle already overfull may always drop."""
    courier = problem.vehicles[tour.vehicle]
    mine = frozenset({tour.vehicle})
    aboard = [job.aboard for job in problem.jobs if job.vehicles == mine]
    load = [sum(amounts[d] for amounts in aboard) for d in range(len(courier.capacity))]
    for stop in tour.stops:
        amounts = problem.visits[stop.node].load
        sign = -1 if problem.is_drop(stop.node) else 1
        for d, amount in enumerate(amounts):
            load[d] += sign * amount
            if sign > 0 and load[d] > courier.capacity[d]:
                job_id = problem.jobs[problem.job_of[stop.node]].job_id
                yield Violation("overload", job_id, load[d] - courier.capacity[d])


def _paused_s(tour: PlannedTour, before: int) -> int:
    return sum(p.end_s - p.begin_s for p in tour.breaks if p.before == before)


def _break_rules(problem: Problem, tour: PlannedTour) -> Iterator[Violation]:
    """Walk through the planned pauses; a tour over by a break's last moment needs none of it."""
    due = list(problem.vehicles[tour.vehicle].breaks)
    free_s = problem.vehicles[tour.vehicle].from_s
    for pause in tour.breaks:
        if not due or pause.break_id != due[0].break_id:
            yield Violation("missed_break", pause.break_id)
            return
        asked = due.pop(0)
        left_s, there_s = _between(problem, tour, pause)
        off_s = max(
            _missed_by(asked.windows, pause.begin_s),
            asked.duration_s - (pause.end_s - pause.begin_s),
            max(left_s, free_s) - pause.begin_s,
            pause.end_s - there_s,
        )
        if off_s > 0:
            yield Violation("missed_break", asked.break_id, off_s)
        free_s = pause.end_s
    for asked in due:
        if (late_s := tour.end_s - asked.windows[-1][1]) > 0 and tour.stops:
            yield Violation("missed_break", asked.break_id, late_s)


def _between(problem: Problem, tour: PlannedTour, pause: PlannedBreak) -> tuple[int, int]:
    """When the courier leaves for the stop that *pause* comes before, and is there."""
    stops: Sequence[int] = range(len(tour.stops))
    left_s = problem.vehicles[tour.vehicle].from_s
    if pause.before - 1 in stops:
        left_s = tour.stops[pause.before - 1].leave_s
    there_s = tour.stops[pause.before].arrive_s if pause.before in stops else tour.end_s
    return left_s, there_s


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
    begun = {node for nodes in problem.frozen for node in nodes}
    for j, job in enumerate(problem.jobs):
        times = [halts[node] for node in problem.nodes_of[j]]
        # What is frozen happens anyway: left out is a job of which nothing else does.
        frozen = [int(node in begun) for node in problem.nodes_of[j]]
        fine = [([1] * len(times), 0)] + ([] if frozen[-1] else [(frozen, 1)])
        if (times, left_out[job.job_id]) not in fine:
            yield Violation("served_wrongly", job.job_id)
        if len(carriers.get(j, ())) > 1:
            yield Violation("split", job.job_id, len(carriers[j]) - 1)
