"""What a wave asks of the solver beyond what a quote does: a steady plan, fairly shared.

Decides what counts as published and what a courier's fair share is; what straying from
either costs is the planner's (``weights.churn_per_stop``, ``weights.unfair_per_s``).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from dispatch.operations.standing import Standing
from dispatch.routing.aim import aimed
from dispatch.routing.problem import Problem, Sequences
from dispatch.routing.schedule import work_s


def wave_problem(day: Standing, *, buffer_s: int = 0) -> Problem:
    """Return the day's problem with what couriers have been given, and their fair shares.

    buffer_s : how long before it has to be there the plan aims to be at a shop or a door

    A share is the part of the work still open, as the standing plan does it, that falls to
    a courier by the length of the shift left.
    """
    problem = replace(aimed(day.problem, buffer_s), published=published_nodes(day))
    if not problem.weights.unfair_per_s:
        return problem
    open_s = sum(work_s(problem, v, nodes) for v, nodes in enumerate(day.sequences))
    placed = {problem.job_of[node] for nodes in day.sequences for node in nodes}
    open_s += sum(_alone_s(problem, j) for j in range(len(problem.jobs)) if j not in placed)
    left_s = [vehicle.until_s - vehicle.from_s for vehicle in problem.vehicles]
    shares = [open_s * mine_s // max(1, sum(left_s)) for mine_s in left_s]
    vehicles = tuple(
        replace(vehicle, fair_s=share)
        for vehicle, share in zip(problem.vehicles, shares, strict=True)
    )
    return replace(problem, vehicles=vehicles)


def published_nodes(day: Standing) -> Sequences:
    """Return, per vehicle, the nodes that couriers have been given, in order."""
    return tuple(
        tuple(node for node in nodes if day.stops[node].published_at is not None)
        for nodes in day.sequences
    )


def _alone_s(problem: Problem, job: int) -> int:
    """The work of one order nobody has yet, from its first shop to the door, by any vehicle."""
    nodes = problem.nodes_of[job]
    way_s = sum(problem.leg_s(0, problem.visits[a].place, b) for a, b in pairwise(nodes))
    return way_s + sum(problem.visits[node].service_s for node in nodes)
