"""Would the independent checker let these tours out?

Decides nothing itself: times the sequences, says who is left out, and asks.
"""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.core.reasons import Refusal
from dispatch.routing.check import violations
from dispatch.routing.plan import Plan, PlannedTour, Unserved
from dispatch.routing.problem import Problem
from dispatch.routing.schedule import cost_of, schedule


def is_accepted(problem: Problem, sequences: Sequence[tuple[int, ...]]) -> bool:
    """Return whether the plan of *sequences*, one a vehicle, breaks no rule.

    Jobs that are in none of them are listed as left out, which is no broken rule.
    """
    tours: list[PlannedTour] = []
    for v, nodes in enumerate(sequences):
        tour = schedule(problem, v, nodes)
        if tour is None:
            return False
        tours.append(tour)
    served = {problem.job_of[n] for nodes in sequences for n in nodes}
    left = tuple(
        Unserved(job.job_id, Refusal("no_feasible_insertion"))
        for j, job in enumerate(problem.jobs)
        if j not in served
    )
    moving = tuple(tour for tour in tours if tour.stops)
    plan = Plan(moving, left, cost_of(problem, moving, left), "carried over")
    return violations(problem, plan) == []
