"""The checker on what comes before what: pickups and drops, stacks, what is frozen or pinned.

Shares nothing with ``rules``: a mistake there shows here.
"""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.routing.plan import Plan, PlannedTour
from dispatch.routing.problem import Problem
from dispatch.routing.violation import Violation


def order_rules(problem: Problem, tour: PlannedTour) -> Iterator[Violation]:
    """Pickups come before drops, and every job is on a vehicle that may do it."""
    position = {stop.node: i for i, stop in enumerate(tour.stops)}
    for j in sorted({problem.job_of[node] for node in position}):
        job = problem.jobs[j]
        *pickups, drop = problem.nodes_of[j]
        if any(position.get(pickup, -1) > position.get(drop, len(position)) for pickup in pickups):
            yield Violation("dropped_before_pickup", job.job_id)
        if job.vehicles is not None and tour.vehicle not in job.vehicles:
            yield Violation("wrong_vehicle", job.job_id)


def aboard_rules(problem: Problem, tour: PlannedTour) -> Iterator[Violation]:
    """No parcel is on board longer than its job allows, from leaving the pickup to the drop."""
    left_s: dict[int, int] = {}
    for stop in tour.stops:
        j = problem.job_of[stop.node]
        most_s = problem.jobs[j].max_aboard_s
        if most_s is None:
            continue
        if not problem.is_drop(stop.node):
            left_s.setdefault(j, stop.leave_s)
        elif j in left_s and stop.begin_s - left_s[j] > most_s:
            too_long_s = stop.begin_s - left_s[j] - most_s
            yield Violation("too_long_aboard", problem.jobs[j].job_id, too_long_s)


def stack_rules(problem: Problem, tour: PlannedTour) -> Iterator[Violation]:
    """Where only the top can be unloaded, nothing loaded later than a job is still there."""
    if not problem.vehicles[tour.vehicle].lifo:
        return
    loaded_at: dict[int, list[int]] = {}
    for i, stop in enumerate(tour.stops):
        j = problem.job_of[stop.node]
        if not problem.is_drop(stop.node):
            loaded_at.setdefault(j, []).append(i)
            continue
        own = loaded_at.pop(j, [])
        if not own and not any(problem.visits[stop.node].load):
            continue
        first = min(own, default=-1)
        over = sum(1 for others in loaded_at.values() for at in others if at > first)
        if over:
            yield Violation("not_last_in_first_out", problem.jobs[j].job_id, over)


def kept_rules(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """What is frozen comes first, what is pinned stays in its order and on its vehicle."""
    nodes_of = {tour.vehicle: tour.nodes for tour in plan.tours}
    for v, frozen in enumerate(problem.frozen):
        if nodes_of.get(v, ())[: len(frozen)] != frozen:
            yield Violation("frozen_changed", problem.vehicles[v].vehicle_id)
    for v, pinned in enumerate(problem.pinned):
        done = [node for node in nodes_of.get(v, ()) if node in pinned]
        if done != [node for node in pinned if node in done]:
            yield Violation("pinned_changed", problem.vehicles[v].vehicle_id)
        for other, nodes in sorted(nodes_of.items()):
            for node in sorted(set(nodes) & set(pinned)) if other != v else ():
                yield Violation("wrong_vehicle", problem.jobs[problem.job_of[node]].job_id)
