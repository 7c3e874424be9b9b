"""The checker's own sum: is the price that a plan carries the price of its parts?

Shares no arithmetic with ``schedule.cost_of``: a mistake there shows here.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from dispatch.routing.plan import Plan, PlannedTour
from dispatch.routing.problem import Problem
from dispatch.routing.violation import Violation


def cost_rules(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Add the price up again, term by term."""
    left_out = {item.job_id for item in plan.unserved}
    priorities = sum(job.priority for job in problem.jobs if job.job_id in left_out)
    parts = dict.fromkeys(plan.cost.by_term(), 0)
    parts["unserved"] = problem.weights.unserved * priorities
    for tour in plan.tours:
        for name, price in _tour_parts(problem, tour).items() if tour.stops else ():
            parts[name] += price
    for name, price in plan.cost.by_term().items():
        if price != parts[name]:
            yield Violation("wrong_cost", name, abs(price - parts[name]))


def _tour_parts(problem: Problem, tour: PlannedTour) -> dict[str, int]:
    weights, courier = problem.weights, problem.vehicles[tour.vehicle]
    travel = problem.travel_s[courier.profile]
    place, gone_s, late_s, service_s = courier.start, 0, 0, 0
    for stop in tour.stops:
        visit = problem.visits[stop.node]
        gone_s += int(travel[place, visit.place])
        gone_s += visit.setup_s if place != visit.place else 0
        service_s += visit.service_s
        if visit.due_s is not None and stop.begin_s > visit.due_s:
            late_s += stop.begin_s - visit.due_s
        place = visit.place
    if courier.end is not None:
        gone_s += int(travel[place, courier.end])
    over_s = 0 if courier.fair_s is None else max(0, gone_s + service_s - courier.fair_s)
    return {
        "late": weights.late_per_s * late_s,
        "travel": weights.travel_per_s * courier.travel_price * gone_s,
        "paid": weights.paid_per_s * (tour.end_s - courier.from_s),
        "vehicles": weights.vehicle_used,
        "churn": weights.churn_per_stop * _moved(problem, tour),
        "unfair": weights.unfair_per_s * over_s,
    }


def _moved(problem: Problem, tour: PlannedTour) -> int:
    """Stops taken from another vehicle's published tour, and steps back in one's own."""
    if not problem.published:
        return 0
    mine = problem.published[tour.vehicle]
    theirs = {n for v, nodes in enumerate(problem.published) if v != tour.vehicle for n in nodes}
    kept = [mine.index(node) for node in tour.nodes if node in mine]
    backward = sum(1 for a, b in pairwise(kept) if b < a)
    return backward + sum(1 for node in tour.nodes if node in theirs)
