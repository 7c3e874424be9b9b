"""Ways to answer a problem: one signature, one file each; greedy needs no OR-Tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Final, Protocol, cast

from dispatch.core.errors import Invalid
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem
from dispatch.routing.solvers.frozen import after_the_frozen


class Solve(Protocol):
    """Answer *problem* within ``budget_s`` seconds of thinking.

    ``start``: a known feasible solution, one sequence of nodes per vehicle.  The
    answer never costs more than *start* completed, nor than greedy's, unless asking
    greedy would itself take a noticeable part of the budget (``ruin_recreate``); for
    the same *seed* and enough time it is the same answer.  Raises ``Invalid`` when
    *start* breaks a rule.
    """

    def __call__(
        self,
        problem: Problem,
        *,
        budget_s: float,
        seed: int = 0,
        start: Sequence[tuple[int, ...]] | None = None,
    ) -> Plan: ...


#: Name -> module with ``solve``; imported when asked for, so that greedy needs no OR-Tools.
ENGINES: Mapping[str, str] = MappingProxyType(
    {
        "ortools": "dispatch.routing.solvers.with_ortools",
        "ruin_recreate": "dispatch.routing.solvers.ruin_recreate",
        "greedy": "dispatch.routing.solvers.greedy",
    }
)

#: The one that measures best: docs/decisions/0011-engines.md.
DEFAULT_ENGINE: Final = "ruin_recreate"


def engine(name: str) -> Solve:
    """Return the solver called *name*; raises ``Invalid`` listing the known ones.

    What is frozen never reaches it: it sees the rest of the tours as a problem of its own.
    """
    if name not in ENGINES:
        known = ", ".join(sorted(ENGINES))
        raise Invalid(f"unknown engine {name!r}; known: {known}", field="engine")
    return after_the_frozen(cast(Solve, import_module(ENGINES[name]).solve))


def engine_in_steps(name: str, steps: int) -> Solve:
    """Return the solver called *name*, which counts *steps* instead of seconds.

    Its ``budget_s`` is not looked at: the same question gets the same answer on any machine.
    Greedy takes no steps.  Raises ``Invalid`` for an engine that cannot do without a clock.
    """
    if name == "greedy":
        return engine(name)
    if name != "ruin_recreate":
        raise Invalid(f"engine {name!r} does not count steps; take ruin_recreate or greedy")

    def solve(
        problem: Problem,
        *,
        budget_s: float,
        seed: int = 0,
        start: Sequence[tuple[int, ...]] | None = None,
    ) -> Plan:
        del budget_s
        search = import_module(ENGINES[name]).solve_in_steps
        return cast(Plan, search(problem, steps=steps, seed=seed, start=start))

    return after_the_frozen(solve)
