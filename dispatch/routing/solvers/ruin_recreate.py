"""Ruin and recreate: take neighbouring strings out of a few tours, put the jobs back, repeat.

Decides where a search starts and which of its answers is given.  What the budget is spent
on is ``phases``'s, one step of it ``kernel.search``'s; times, prices and reasons of the plan
are ``complete``'s.

The kernel is compiled when first used on a machine and kept on disk: see ``warm_up``.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from time import monotonic
from typing import Final

import numpy as np

from dispatch.routing.plan import Plan
from dispatch.routing.problem import Job, Problem, Sequences, Vehicle, Visit
from dispatch.routing.solvers.complete import (
    completed,
    first_broken,
    known_start,
    plan_of,
    total_cost,
)
from dispatch.routing.solvers.kernel.arrays import sequences_of
from dispatch.routing.solvers.pace import LOOK_EVERY_STEPS, ByClock, ByCount, Pace
from dispatch.routing.solvers.phases import Search

#: Up to so many visits greedy, which is not compiled, is asked too: 0.05 s for a hundred.
GREEDY_UP_TO: Final = 100


def solve(
    problem: Problem,
    *,
    budget_s: float,
    seed: int = 0,
    start: Sequence[tuple[int, ...]] | None = None,
) -> Plan:
    """Answer *problem* in *budget_s*, never dearer than *start* completed.

    Nor, up to ``GREEDY_UP_TO`` visits, than greedy completed: beyond, that alone would take
    a noticeable part of the budget, and the search begins with the kernel's own insertion.

    In a process that has not called ``warm_up``, loading or compiling the kernel comes on
    top of the budget.  Raises ``Invalid`` when *start* breaks a rule.
    """
    warm_up()
    import_module("dispatch.routing.solvers.select")  # OR-Tools: before the clock runs
    started_s = monotonic()
    best = _first(problem, start, seed)
    # What completing and explaining the answer will take is what it takes for this one.
    finishing_s = monotonic()
    fallback = _finished(problem, best)
    finishing_s = monotonic() - finishing_s
    pace = ByClock(started_s + budget_s - finishing_s)
    if not problem.jobs or not problem.vehicles or pace.share() >= 1:
        return fallback
    return _finished(problem, _bettered(problem, best, pace, seed))


def solve_in_steps(
    problem: Problem,
    *,
    steps: int,
    seed: int = 0,
    start: Sequence[tuple[int, ...]] | None = None,
) -> Plan:
    """Like ``solve``, for so many *steps* of the search instead of seconds.

    The same *problem*, *steps*, *seed* and *start* get the same answer on any machine, as long
    as choosing among the tours met ends by itself (a small day's takes a few hundredths of a
    second of the ten that it has).
    """
    warm_up()
    best = _first(problem, start, seed)
    if problem.jobs and problem.vehicles:
        best = _bettered(problem, best, ByCount(steps), seed)
    return _finished(problem, best)


def _bettered(problem: Problem, best: Sequences, pace: Pace, seed: int) -> Sequences:
    """Return the cheaper of *best* and of what is found from there, completed."""
    found = improved(problem, best, pace, seed)
    if first_broken(problem, found) is not None:
        return best
    return min(best, completed(problem, found), key=lambda one: total_cost(problem, one))


def _first(problem: Problem, start: Sequence[tuple[int, ...]] | None, seed: int) -> Sequences:
    """Return the cheapest of what can be had at once, completed: *start*, greedy, the kernel's."""
    nobody = ((),) * len(problem.vehicles)
    answers = [] if start is None else [completed(problem, known_start(problem, start))]
    if len(problem.visits) <= GREEDY_UP_TO or not problem.vehicles:
        answers.append(completed(problem, nobody))
    elif not answers:
        found = improved(problem, nobody, ByCount(0), seed)
        allowed = first_broken(problem, found) is None
        answers.append(completed(problem, found if allowed else nobody))
    return min(answers, key=lambda one: total_cost(problem, one))


def _finished(problem: Problem, sequences: Sequences) -> Plan:
    return plan_of(problem, completed(problem, sequences), "ruin_recreate")


def warm_up() -> float:
    """Compile the kernel, or load what is on disk; return the seconds it took, 0.0 if ready.

    Called once before the first customer: compiling takes tens of seconds, loading under one.
    """
    if _ready:
        return 0.0
    started_s = monotonic()
    halt = Visit(0, ((0, 1),), 0, (1,))
    problem = Problem(
        (np.zeros((1, 1), dtype=np.int64),),
        (Vehicle("warm", 0, None, 0, 1, (1,)),),
        (Job("up", (halt,), halt),),
    )
    improved(problem, ((),), ByCount(LOOK_EVERY_STEPS), seed=0)
    _ready.append(True)
    return monotonic() - started_s


_ready: list[bool] = []


def improved(problem: Problem, start: Sequences, pace: Pace, seed: int) -> Sequences:
    """Search from *start*, which is allowed, as long as *pace* says; return the cheapest met."""
    search = Search(problem, start, pace, seed)
    if not search.begun:
        return start  # travel times or loads beyond what the kernel counts with
    search.put_in()
    search.serve_everybody()
    search.save_vehicles()
    search.cool_down()
    return sequences_of(search.best)
