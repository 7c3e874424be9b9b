"""Any engine for tours already under way.

Decides nothing about tours: the engine answers what is ahead, this puts the frozen
stops before it, and never hands out what costs more than the caller's own plan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps

from dispatch.core.reasons import Refusal
from dispatch.routing.plan import Plan, Unserved
from dispatch.routing.problem import Problem, Sequences
from dispatch.routing.schedule import cost_of, schedule
from dispatch.routing.solvers.complete import (
    completed,
    first_broken,
    known_start,
    left_out,
    timed,
    total_cost,
)
from dispatch.routing.under_way import Ahead, ahead
from dispatch.routing.why_not import why_not


def after_the_frozen(solve: Callable[..., Plan]) -> Callable[..., Plan]:
    """Return *solve* for problems with frozen stops; others go through untouched."""

    @wraps(solve)
    def solve_ahead(
        problem: Problem,
        *,
        budget_s: float,
        seed: int = 0,
        start: Sequence[tuple[int, ...]] | None = None,
    ) -> Plan:
        if not any(problem.frozen):
            return solve(problem, budget_s=budget_s, seed=seed, start=start)
        rest = ahead(problem)
        known = None if start is None else known_start(problem, start)
        lower = None if known is None else rest.lowered(known)
        if lower is not None and first_broken(rest.problem, lower) is not None:
            lower = None  # allowed as it stands, but not from where its frozen stops end
        found = solve(rest.problem, budget_s=budget_s, seed=seed, start=lower)
        return _cheaper(problem, known, rest, found)

    return solve_ahead


def _cheaper(problem: Problem, known: Sequences | None, rest: Ahead, found: Plan) -> Plan:
    nodes: list[tuple[int, ...]] = [()] * len(problem.vehicles)
    for tour in found.tours:
        nodes[tour.vehicle] = tour.nodes
    answers = [rest.lifted(nodes)]
    fits = all(schedule(problem, v, one) is not None for v, one in enumerate(answers[0]))
    if not fits or first_broken(problem, answers[0]) is not None:
        # What is frozen may itself say more than a start place and a time can: stay with it.
        answers = [problem.frozen]
    if known is not None:
        answers.insert(0, known)
    begun = {problem.job_of[node] for frozen in problem.frozen for node in frozen}
    answers = [completed(problem, one, but_not=begun) for one in answers]
    best = min(answers, key=lambda one: total_cost(problem, one))
    refusals = {item.job_id: item.refusal for item in found.unserved}
    unserved = []
    for job in sorted(left_out(problem, best)):
        job_id = problem.jobs[job].job_id
        why = refusals.get(job_id)
        if why is None:
            why = Refusal("solver_gave_up") if job in begun else why_not(problem, best, job)
        unserved.append(Unserved(job_id, why))
    tours = timed(problem, best)
    return Plan(tours, tuple(unserved), cost_of(problem, tours, unserved), found.engine)
