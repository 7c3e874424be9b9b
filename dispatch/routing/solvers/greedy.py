"""Cheapest insertion, most urgent first: the floor every other solver must beat."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem
from dispatch.routing.solvers.complete import completed, known_start, plan_of, total_cost


def solve(
    problem: Problem,
    *,
    budget_s: float,
    seed: int = 0,
    start: Sequence[tuple[int, ...]] | None = None,
) -> Plan:
    """Answer *problem* at once; *budget_s* and *seed* are accepted and unused.

    With *start*, the cheaper of that start completed and of starting from nothing.
    """
    del budget_s, seed
    answers = [completed(problem, [()] * len(problem.vehicles))]
    if start is not None:
        answers.insert(0, completed(problem, known_start(problem, start)))
    return plan_of(problem, min(answers, key=lambda one: total_cost(problem, one)), "greedy")
