"""How good is a plan?  What any allowed plan costs at least, and whether this one is optimal.

Decides how the time for a proof is spent and what the result may be called.  Rules that a
bound does not know are named in ``Certificate.relaxed``: without them plans are cheaper, so
the bound holds with them too.  Does not make plans, but for ``exact``, which has one left
over when a proof succeeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Final

import numpy as np

from dispatch.routing.bounds.columns import Bound
from dispatch.routing.bounds.facts import MOST_NODES, loosened_rules, relaxed_rules
from dispatch.routing.bounds.wave import Wave
from dispatch.routing.check import Violation, violations
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Job, Problem, Sequences, Vehicle, Visit
from dispatch.routing.rules import lived
from dispatch.routing.solvers.complete import completed, plan_of

#: Share of what is left of the budget after which the next, sharper step begins.
BOUNDING_SHARE: Final = 0.5

#: Share of the time for walks that those which remember nothing may take.
FORGETFUL_SHARE: Final = 0.4

#: What ``Certificate.method`` may say.
EXACT: Final = "enumeration and partition"
TABLE: Final = "linear programme over a table of all sets of jobs"
TOURS: Final = "Lagrange's bound over tours"
MINDFUL: Final = "Lagrange's bound over walks that remember neighbours"
WALKS: Final = "Lagrange's bound over walks"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is known for certain about one plan.

    violations : the checker's verdict, empty when the plan is allowed
    cost       : the plan's price by term
    bound      : no allowed plan costs less, in price units
    gap        : the plan's price less ``bound``
    method     : how the bound was found
    relaxed    : names of the rules the bound does not know, or not in full
    seconds    : what the proof took
    """

    violations: tuple[Violation, ...]
    cost: dict[str, int]
    bound: int
    method: str
    relaxed: tuple[str, ...]
    seconds: float

    @property
    def gap(self) -> int:
        return sum(self.cost.values()) - self.bound

    @property
    def relative_gap(self) -> float | None:
        """The gap as a share of the plan's price; None for a plan that costs nothing."""
        total = sum(self.cost.values())
        return self.gap / total if total else None

    @property
    def optimal(self) -> bool:
        """True when the plan is allowed and no allowed plan is cheaper."""
        return not self.violations and self.gap == 0


@dataclass(frozen=True, slots=True)
class _Proof:
    """A bound, how it was found, and, where it is exact, tours that cost just that.

    ``sequences``: None where the bound is not the price of a plan that was found here.
    """

    bound: int
    method: str
    sequences: Sequences | None = None


def certificate(problem: Problem, plan: Plan, *, budget_s: float = 10.0) -> Certificate:
    """Judge *plan* and prove a lower bound on the price of any allowed plan in ``budget_s``.

    The plan only says below which price to look: whatever it is, the bound holds.
    """
    warm_up()
    started_s = monotonic()
    broken = tuple(violations(problem, plan))
    proof = _prove(problem, plan, started_s + budget_s, allowed=not broken)
    return Certificate(
        violations=broken,
        cost=plan.cost.by_term(),
        bound=proof.bound,
        method=proof.method,
        relaxed=_relaxed(problem, proof.method),
        seconds=monotonic() - started_s,
    )


def _relaxed(problem: Problem, method: str) -> tuple[str, ...]:
    names = relaxed_rules(problem)
    if method == TABLE:
        names += (*loosened_rules(problem), "times")
    if method in (WALKS, MINDFUL):
        names += (*loosened_rules(problem), "visited_once", "pickup_before_drop")
    return names


def exact(problem: Problem, budget_s: float = 10.0) -> Plan | None:
    """Return a plan that is proven optimal, or None when there is no proof in ``budget_s``.

    None also where the cheapest plan leaves out a job that fits: nobody could explain it.
    """
    warm_up()
    deadline_s = monotonic() + budget_s
    plan = plan_of(problem, completed(problem, [()] * len(problem.vehicles)), "exact")
    proof = _prove(problem, plan, deadline_s, allowed=not violations(problem, plan))
    if proof.sequences is not None:
        found = proof.sequences
        if any(lived(problem, v, nodes) is None for v, nodes in enumerate(found)):
            return None  # a rule that the proof does not know
        if completed(problem, found) != found:
            return None
        plan = plan_of(problem, found, "exact")
    optimal = plan.cost.total == proof.bound and not violations(problem, plan)
    return plan if optimal else None


def warm_up() -> float:
    """Compile what proofs need, or load it; return the seconds it took, 0.0 if ready.

    Called once before the first proof of a process, so that no budget pays for it.
    """
    if _ready:
        return 0.0
    started_s = monotonic()
    halt = Visit(0, ((0, 9),), 1, ())  # service takes time, so that walks do
    still = np.zeros((1, 1), dtype=np.int64)
    problem = Problem((still,), (Vehicle("warm", 0, None, 0, 9, ()),), (Job("up", (halt,), halt),))
    wave = Wave(problem)
    wave.cheapest(wave.tabulated(np.inf), 1, np.inf)
    wave.minded(wave.walked(wave.out_price, 1, np.inf), 1, np.inf)
    _ready.append(True)
    return monotonic() - started_s


_ready: list[bool] = []


def _prove(problem: Problem, plan: Plan, deadline_s: float, *, allowed: bool) -> _Proof:
    """Bound the price of every plan; *plan* gives a price not to look above, where *allowed*."""
    if not problem.jobs or not problem.vehicles:
        left_out = problem.weights.unserved * sum(job.priority for job in problem.jobs)
        return _Proof(left_out, EXACT)
    wave = Wave(problem, plan.cost.total if allowed else None)
    upper = plan.cost.total if allowed else int(wave.out_price.sum()) + 1
    now_s = monotonic()
    fits = len(problem.visits) <= MOST_NODES
    soon_s = now_s + BOUNDING_SHARE * (deadline_s - now_s) if fits else deadline_s
    bound, method = _bounded(wave, plan, upper, soon_s)
    if bound.value >= upper:
        return _Proof(upper, method)
    if not fits:
        return _Proof(bound.value, method)
    if not wave.has_table:
        sharper = wave.sharpened(bound, upper, soon_s + BOUNDING_SHARE * (deadline_s - soon_s))
        if sharper is not None and sharper.value > bound.value:
            bound, method = sharper, TOURS
        if bound.value >= upper:
            return _Proof(upper, method)
    best = wave.cheapest(bound, upper, deadline_s)
    if best is None:
        return _Proof(bound.value, method)
    sequences = None if best.tours is None else wave.sequences(best, bound)
    return _Proof(best.price, EXACT, sequences)


def _bounded(wave: Wave, plan: Plan, upper: int, deadline_s: float) -> tuple[Bound, str]:
    if wave.has_table:
        return wave.tabulated(deadline_s), TABLE
    now_s = monotonic()
    soon_s = now_s + FORGETFUL_SHARE * (deadline_s - now_s)
    bound = wave.walked(wave.first_gains(plan), upper, soon_s)
    if bound.value < upper and monotonic() < deadline_s:
        minded = wave.minded(bound, upper, deadline_s)
        if minded is not None and minded.value > bound.value:
            return minded, MINDFUL
    return bound, WALKS
