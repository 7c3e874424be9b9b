"""One plan for what is known, by what would be best in several futures; and who had better wait.

Decides which plan most futures agree with on what every courier does first, and how many of them
would put more into an order's round.  It is multiple-scenario consensus (Bent and Van Hentenryck,
"Scenario-based planning for partially dynamic vehicle routing with stochastic customers",
Operations Research 52(6), 2004).  Who then leaves is the policy's, in ``dispatching``; whether
anybody loses by it, ``nobody_loses``'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from dispatch.core.ids import QuoteId
from dispatch.operations.foreseen import NOTHING, Fetch, Foreseen
from dispatch.operations.futures import futures
from dispatch.operations.let_go import rounds_of
from dispatch.operations.ports import Ports
from dispatch.operations.standing import Standing, standing
from dispatch.operations.waves import LooseOrder
from dispatch.routing.aim import aimed
from dispatch.routing.plan import Plan, PlannedTour
from dispatch.routing.problem import Problem, Sequences
from dispatch.routing.schedule import cost_of, schedule

#: Of a look's budget: what is known gets as much as all futures together.
_KNOWN_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Agreed:
    """A plan of the problem that was asked, and what the futures say of its rounds."""

    plan: Plan
    foreseen: Foreseen = NOTHING


def agreed(
    day: Standing,
    problem: Problem,
    loose: Sequence[LooseOrder],
    ports: Ports,
    *,
    budget_s: float,
) -> Agreed:
    """Return a plan of *problem* in about *budget_s* real seconds.

    problem : what is known of *day*, as a wave asks it
    loose   : the orders without a tour that are in it

    Without a future it is the solver's own, from the whole budget.
    """
    ahead = _Ahead.of(day, problem, loose, ports)
    known_s = budget_s if ahead is None else budget_s * _KNOWN_SHARE
    seed = ports.parameters.waves.seed
    plan = ports.solver(problem, budget_s=known_s, seed=seed, start=day.sequences)
    if ahead is None:
        return Agreed(plan)
    each_s = (budget_s - known_s) / len(ahead.orders)
    found = [
        ports.solver(ahead.problem(k), budget_s=each_s, seed=seed, start=_nodes(problem, plan))
        for k in range(len(ahead.orders))
    ]
    told = [_Told.of(ahead.problem(k), one, day) for k, one in enumerate(found)]
    best = max(_candidates(problem, plan, found), key=lambda one: _votes(problem, one, told, day))
    return Agreed(best, Foreseen(_joined(day, told), ahead.fetches))


@dataclass(frozen=True, slots=True, eq=False)
class _Ahead:
    """Futures beside one known problem, whose nodes they leave as they are.

    all    : the known problem with every future's orders behind its own
    orders : per future, which of the jobs of ``all`` it has
    fetches: what is to be fetched for them, in all of the futures
    """

    known: Problem
    all: Problem
    orders: tuple[range, ...]
    fetches: tuple[Fetch, ...]

    @classmethod
    def of(
        cls, day: Standing, known: Problem, loose: Sequence[LooseOrder], ports: Ports
    ) -> _Ahead | None:
        """Return the futures of *day*; None where nothing else is likely."""
        drawn = futures(day.at, ports)
        if not drawn:
            return None
        extra = [one.stops for one in loose]
        extra += [order.stops for one in drawn for order in one]
        far = standing(day.tours, day.at, ports, extra=extra)
        first = len(known.jobs)
        if not _begins_like(far.problem, day.problem):
            return None  # a courier has left for something since the day was read
        wide = aimed(far.problem, ports.parameters.dispatching.buffer_s)
        ranges = []
        for one in drawn:
            ranges.append(range(first, first + len(one)))
            first += len(one)
        fetches = (fetch for one in drawn for order in one for fetch in order.fetches)
        return cls(known, wide, tuple(ranges), tuple(fetches))

    def problem(self, k: int) -> Problem:
        """Return the known problem with the orders of future *k* behind its own."""
        more = tuple(self.all.jobs[j] for j in self.orders[k])
        return replace(self.known, travel_s=self.all.travel_s, jobs=(*self.known.jobs, *more))


def _begins_like(wide: Problem, known: Problem) -> bool:
    """True where *wide* is *known* with more behind it: the same crew, jobs and ways."""
    if (wide.vehicles, wide.jobs[: len(known.jobs)]) != (known.vehicles, known.jobs):
        return False
    return all(
        np.array_equal(some[: len(few), : len(few)], few)
        for some, few in zip(wide.travel_s, known.travel_s, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What one future does.

    first  : of every known order that nobody has begun, who fetches it in his next round; None:
             it is fetched later
    joined : known orders whose round has one in it that nobody made yet
    """

    first: Mapping[int, int | None]
    joined: frozenset[int]

    @classmethod
    def of(cls, problem: Problem, plan: Plan, day: Standing) -> _Told:
        joined = {
            job
            for v, nodes in enumerate(_nodes(problem, plan))
            for one in _rounds(problem, nodes)
            for job in one
            if any(other >= len(day.problem.jobs) for other in one)
        }
        return cls(_first(problem, _nodes(problem, plan), day), frozenset(joined))


def _first(problem: Problem, sequences: Sequences, day: Standing) -> dict[int, int | None]:
    """Return who fetches each known order that nobody has begun in his next round."""
    given = {
        problem.job_of[node]
        for node, stop in enumerate(day.stops)
        if stop.published_at is not None or stop.held_until is not None
    }
    open_jobs = {j for j in range(len(day.problem.jobs)) if j not in given}
    answer: dict[int, int | None] = dict.fromkeys(sorted(open_jobs))
    for v, nodes in enumerate(sequences):
        rounds = (one for one in _rounds(problem, nodes) if not one <= given)
        answer |= {job: v for job in next(rounds, frozenset()) & open_jobs}
    return answer


def _rounds(problem: Problem, nodes: Sequence[int]) -> Iterator[frozenset[int]]:
    """The jobs of each round, one after the other."""
    for start, end in pairwise((0, *rounds_of(problem, nodes))):
        yield frozenset(problem.job_of[node] for node in nodes[start:end])


def _nodes(problem: Problem, plan: Plan) -> Sequences:
    sequences: list[tuple[int, ...]] = [()] * len(problem.vehicles)
    for tour in plan.tours:
        sequences[tour.vehicle] = tour.nodes
    return tuple(sequences)


def _candidates(known: Problem, plan: Plan, found: Sequence[Plan]) -> Iterator[Plan]:
    """Yield *plan*, then what each future makes of the known orders, if nobody pays for it.

    It has to serve whom *plan* serves, and be no later with it.
    """
    yield plan
    visits, left = len(known.visits), {one.job_id for one in plan.unserved}
    for one in found:
        tours = []
        for tour in one.tours:
            nodes = tuple(node for node in tour.nodes if node < visits)
            timed = schedule(known, tour.vehicle, nodes)
            if timed is None:
                break
            tours.append(timed)
        else:
            other = _same_orders(known, plan, tours, left)
            if other is not None and other.cost.late <= plan.cost.late:
                yield other


def _same_orders(
    known: Problem, plan: Plan, tours: Sequence[PlannedTour], left: set[str]
) -> Plan | None:
    """Return *tours* as a plan, if exactly the orders called *left* are in none of them."""
    served = {known.jobs[known.job_of[node]].job_id for tour in tours for node in tour.nodes}
    if served | left != {job.job_id for job in known.jobs} or served & left:
        return None
    moving = tuple(tour for tour in tours if tour.stops)
    return Plan(moving, plan.unserved, cost_of(known, moving, plan.unserved), plan.engine)


def _votes(known: Problem, plan: Plan, told: Sequence[_Told], day: Standing) -> tuple[int, int]:
    """How often the futures do with an order what *plan* does; then how little it costs."""
    mine = _first(known, _nodes(known, plan), day)
    same = sum(one.first[job] == v for one in told for job, v in mine.items())
    return same, -plan.cost.total


def _joined(day: Standing, told: Sequence[_Told]) -> dict[QuoteId, float]:
    return {
        day.stops[nodes[0]].quote_id: sum(job in one.joined for one in told) / len(told)
        for job, nodes in enumerate(day.problem.nodes_of)
    }
