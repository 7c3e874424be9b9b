"""Choose the final tours from all good tours met on the way (set partitioning).

Decides which of the offered tours are driven, at most one by each vehicle, every job once
or left out at its price.  Makes no new tour; whether a tour is allowed was the search's
question, and the answer is judged again like any engine's.

The choice is a linear program, solved by GLOP; what its prices rule out is dropped, and
SCIP chooses among the few tours left: docs/decisions/0008-set-partitioning.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import inf
from time import monotonic
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from dispatch.routing.problem import Problem
from dispatch.routing.schedule import cost_of, schedule
from dispatch.routing.solvers.complete import Sequences, first_broken, total_cost
from dispatch.routing.solvers.kernel.memory import Memory

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Tours offered to one choice: those of the cheapest plans.  The linear program of as many
#: takes about 0.1 s.
MOST_OFFERED: Final = 4_000

#: Rounding of doubles that a bound is lowered, and a filter widened, by: a share of the price.
SLACK: Final = 1e-9


class Pool(NamedTuple):
    """m tours to choose from, of the vehicles of a problem.

    kind_of : (vehicles,) vehicles of one number may swap tours at no price
    kind    : (m,) the vehicles that may drive each tour
    price   : (m,) of each tour
    nodes   : the stops of each, in order
    """

    kind_of: Ints
    kind: Ints
    price: Ints
    nodes: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen, and what is known about it.

    sequences           : one per vehicle
    price               : their ``total_cost``
    best_of_pool        : True when no plan made of the offered tours is cheaper
    restricted_lp_bound : no plan made of the *offered* tours costs less, by linear
                          programming; it says nothing about any other plan, so it is no
                          bound of the problem.  -inf when there was no time for it
    """

    sequences: Sequences
    price: int
    best_of_pool: bool
    restricted_lp_bound: float


def pool_of(memory: Memory, kind_of: Ints, most: int = MOST_OFFERED) -> Pool:
    """Return the *most* tours in *memory* that were met in the cheapest plans."""
    places = np.flatnonzero(memory.name)
    if len(places) > most:
        places = places[np.argpartition(memory.plan[places], most)[:most]]
    sizes = memory.size[places].tolist()
    rows = memory.stops[places]
    nodes = tuple(tuple(row[:size].tolist()) for row, size in zip(rows, sizes, strict=True))
    return Pool(kind_of, memory.kind[places], memory.price[places], nodes)


def select(
    problem: Problem, pool: Pool, *, budget_s: float, start: Sequence[tuple[int, ...]]
) -> Selection:
    """Return the cheapest plan made of tours of *pool* and of *start* that *budget_s* finds.

    Never dearer than *start*, an allowed plan, which is returned when nothing cheaper is
    found, or when what is found breaks a rule the pool's prices knew nothing of.
    """
    deadline_s = monotonic() + budget_s
    known = tuple(tuple(nodes) for nodes in start)
    price = total_cost(problem, known)
    choice = _Choice(problem, pool, known, price)
    relaxed = [_relaxed(choice, fleet, deadline_s) for fleet in choice.fleets()]
    best = _Found(choice.own, price, proven=True, bound=price)
    for one in relaxed:  # first what can be known of all, then what takes long
        best = replace(best, bound=min(best.bound, one.bound))
    for one in relaxed:
        best = _better(choice, best, one, deadline_s)
    if best.price < price:
        found = choice.driven(best.columns)
        # The price is asked again: two kinds of vehicle may be more alike than they are.
        if first_broken(problem, found) is None and total_cost(problem, found) == best.price:
            return Selection(found, best.price, best.proven, best.bound)
        return Selection(known, price, False, best.bound)
    return Selection(known, price, best.proven, best.bound)


@dataclass(frozen=True, slots=True)
class _Found:
    columns: tuple[int, ...]
    price: int
    proven: bool
    bound: float


class _Choice:
    """The pool and the start's own tours as columns; rows are jobs, kinds of vehicle, the fleet.

    job   : the jobs of column c are ``job[at[c] : at[c + 1]]``
    price : (columns,);  kind: (columns,) counted from 0;  room: (kinds,) vehicles of each
    out   : (jobs,) price of leaving one out; cut to the start's price, which says as well
            that no plan that does so is cheaper
    own   : the columns that make the start
    """

    def __init__(self, problem: Problem, pool: Pool, start: Sequences, price: int) -> None:
        self.problem, self.pool, self.start = problem, pool, start
        moving = [v for v, nodes in enumerate(start) if nodes]
        self.nodes = [*pool.nodes, *(start[v] for v in moving)]
        self.own = tuple(range(len(pool.nodes), len(self.nodes)))
        kinds, self.kind_of = np.unique(pool.kind_of, return_inverse=True)
        self.room: Ints = np.bincount(self.kind_of, minlength=len(kinds))
        self.kind: Ints = np.concatenate(
            [np.searchsorted(kinds, pool.kind), self.kind_of[moving]]
        ).astype(np.int64)
        own_prices = [_tour_price(problem, v, start[v]) for v in moving]
        self.price: Ints = np.concatenate([pool.price, own_prices]).astype(np.int64)
        drops = [
            [problem.job_of[node] for node in nodes if problem.is_drop(node)]
            for nodes in self.nodes
        ]
        self.at: Ints = np.cumsum([0, *map(len, drops)], dtype=np.int64)
        self.job: Ints = np.array([job for jobs in drops for job in jobs], dtype=np.int64)
        out = [problem.weights.unserved * job.priority for job in problem.jobs]
        self.out: Ints = np.array([min(one, price) for one in out], dtype=np.int64)  # no overflow
        self.start_price = price

    def fleets(self) -> Iterator[tuple[int, int]]:
        """Numbers of vehicles, from and to, that a plan cheaper than the start may have.

        Where a vehicle outweighs everything else, the linear program would save fractions of
        one, and bound nothing: then the start's number is looked at by itself.
        """
        moving, used = len(self.own), self.problem.weights.vehicle_used
        if used <= self.start_price - used * moving:
            yield 0, len(self.kind_of)
            return
        yield moving, moving
        if moving > 1:
            yield 0, moving - 1

    def driven(self, columns: Sequence[int]) -> Sequences:
        """Give every chosen tour a vehicle of its kind, the one that drives it in the start first.
        """
        tours: list[tuple[int, ...]] = [()] * len(self.start)
        chosen = sorted(columns)
        for c in list(chosen):
            if self.nodes[c] in self.start:
                v = self.start.index(self.nodes[c])
                if not tours[v] and self.kind_of[v] == self.kind[c]:
                    tours[v] = self.nodes[c]
                    chosen.remove(c)
        for c in chosen:
            kin = np.flatnonzero(self.kind_of == self.kind[c]).tolist()
            tours[next(v for v in kin if not tours[v])] = self.nodes[c]
        return tuple(tours)


def _tour_price(problem: Problem, vehicle: int, nodes: Sequence[int]) -> int:
    tour = schedule(problem, vehicle, nodes)
    assert tour is not None, "the start is allowed"
    return cost_of(problem, (tour,)).total


class _Relaxed(NamedTuple):
    """No choice with that many tours is below *bound*; each column adds at least its *over*."""

    fleet: tuple[int, int]
    bound: float
    over: Floats


def _better(choice: _Choice, best: _Found, relaxed: _Relaxed, deadline_s: float) -> _Found:
    """Return the cheapest choice that is left by *relaxed*, or *best* where none is cheaper."""
    room = best.price - 1 - relaxed.bound + SLACK * best.price  # prices are whole
    if room < 0:
        return best
    if relaxed.bound == -inf:
        return replace(best, proven=False)
    wanted = relaxed.over <= room
    wanted[list(choice.own)] = True  # SCIP begins with them
    columns, price, proven = _whole(choice, np.flatnonzero(wanted), relaxed.fleet, deadline_s)
    best = replace(best, proven=best.proven and proven)
    return replace(best, columns=columns, price=price) if price < best.price else best


def _relaxed(choice: _Choice, fleet: tuple[int, int], deadline_s: float) -> _Relaxed:
    """Bound all choices of *fleet* tours by linear programming; -inf when there was no time.

    The bound is summed up from the prices of the rows alone (Lagrange): it holds whatever
    the solver's tolerances are.
    """
    fewest, most = fleet
    every = np.arange(len(choice.price))
    model, program = _model(choice, every, fleet, whole=False)
    result = _solved(model, mathopt.SolverType.GLOP, deadline_s)
    if result is None or not result.has_dual_feasible_solution():
        return _Relaxed(fleet, -inf, np.zeros(len(every)))
    duals = result.dual_values()
    y = program.unit * np.array([duals[row] for row in sorted(duals, key=lambda row: row.id)])
    jobs, kinds = len(choice.out), len(choice.room)
    of_job, of_kind, of_fleet = y[:jobs], np.minimum(y[jobs : jobs + kinds], 0), y[-1]
    asked = np.add.reduceat(of_job[choice.job], choice.at[:-1])
    over = program.price - asked - of_kind[choice.kind] - of_fleet
    bound = (
        program.paid
        + of_job.sum()
        + of_kind @ choice.room
        + of_fleet * (most if of_fleet < 0 else fewest)
        + np.minimum(over, 0).sum()
        + np.minimum(program.out - of_job, 0).sum()
    )
    return _Relaxed(fleet, float(bound) - SLACK * choice.start_price, np.maximum(over, 0))


def _whole(
    choice: _Choice, keep: Ints, fleet: tuple[int, int], deadline_s: float
) -> tuple[tuple[int, ...], int, bool]:
    """Choose among the columns *keep*: which, their price, and whether nothing is cheaper.

    The price counts what is left out at ``out``; no columns and an infinite price where
    nothing was found.
    """
    model, _ = _model(choice, keep, fleet, whole=True)
    own = set(choice.own)
    hint = None
    if fleet[0] <= len(own) <= fleet[1]:
        hint = [int(c) in own for c in keep]
    result = _solved(model, mathopt.SolverType.GSCIP, deadline_s, hint)
    if result is None:
        return (), choice.start_price, False
    proven = result.termination.reason in (
        mathopt.TerminationReason.OPTIMAL,
        mathopt.TerminationReason.INFEASIBLE,
    )
    if not result.has_primal_feasible_solution():
        return (), choice.start_price, proven
    values = result.variable_values()
    taken = [values[variable] > 0.5 for variable in sorted(values, key=lambda one: one.id)]
    columns = tuple(int(c) for c, take in zip(keep, taken, strict=False) if take)
    served = {int(j) for c in columns for j in choice.job[choice.at[c] : choice.at[c + 1]]}
    left_out = sum(int(p) for j, p in enumerate(choice.out) if j not in served)
    return columns, int(choice.price[list(columns)].sum()) + left_out, proven


class _Program(NamedTuple):
    """Prices of columns and of jobs left out, less what every choice has paid; in *unit*."""

    unit: float
    paid: int
    price: Ints
    out: Ints


def _program(choice: _Choice, keep: Ints, fleet: tuple[int, int]) -> _Program:
    """A job left out is priced so that no choice without it is cheaper than the start."""
    used = choice.problem.weights.vehicle_used if fleet[0] == fleet[1] else 0
    rest = choice.start_price - used * fleet[0]
    unit = max(1.0, rest / (1000 * max(1, len(choice.own))))
    return _Program(unit, used * fleet[0], choice.price[keep] - used, np.minimum(choice.out, rest))


def _model(
    choice: _Choice, keep: Ints, fleet: tuple[int, int], *, whole: bool
) -> tuple[mathopt.Model, _Program]:
    """Return the model over the columns *keep* and its prices.

    Variables: the columns, then one per job left out.  Rows: each job once, vehicles of each
    kind, vehicles in all.
    """
    jobs, kinds, n = len(choice.out), len(choice.room), len(keep)
    program = _program(choice, keep, fleet)
    prices = np.concatenate([program.price, program.out])
    proto = model_pb2.ModelProto()
    variables, rows, entries = (
        proto.variables,
        proto.linear_constraints,
        proto.linear_constraint_matrix,
    )
    variables.ids.extend(range(n + jobs))
    variables.lower_bounds.extend([0.0] * (n + jobs))
    variables.upper_bounds.extend([1.0] * (n + jobs))
    variables.integers.extend([whole] * (n + jobs))
    proto.objective.linear_coefficients.ids.extend(range(n + jobs))
    proto.objective.linear_coefficients.values.extend((prices / program.unit).tolist())
    rows.ids.extend(range(jobs + kinds + 1))
    rows.lower_bounds.extend([1.0] * jobs + [0.0] * kinds + [float(fleet[0])])
    rows.upper_bounds.extend([1.0] * jobs + choice.room.astype(float).tolist() + [float(fleet[1])])
    sizes = choice.at[keep + 1] - choice.at[keep]
    begin = np.repeat(choice.at[keep] - np.cumsum(sizes) + sizes, sizes)
    job = choice.job[begin + np.arange(sizes.sum())]
    row = np.concatenate(
        [job, np.arange(jobs), jobs + choice.kind[keep], np.full(n, jobs + kinds)]
    )
    column = np.concatenate(
        [np.repeat(np.arange(n), sizes), n + np.arange(jobs), np.arange(n), np.arange(n)]
    )
    order = np.lexsort((column, row))
    entries.row_ids.extend(row[order].tolist())
    entries.column_ids.extend(column[order].tolist())
    entries.coefficients.extend([1.0] * len(order))
    return mathopt.Model.from_model_proto(proto), program


def _solved(
    model: mathopt.Model,
    solver: mathopt.SolverType,
    deadline_s: float,
    hint: Sequence[bool] | None = None,
) -> Any:
    """Solve until *deadline_s*; None when it is over.  One thread."""
    left_s = deadline_s - monotonic()
    if left_s <= 0:
        return None
    asked = mathopt.SolveParameters(time_limit=timedelta(seconds=left_s))
    hints = []
    if hint is not None:
        variables = list(model.variables())
        taken = dict(zip(variables, map(float, hint), strict=False))
        rest = dict.fromkeys(variables[len(hint) :], 0.0)
        hints.append(mathopt.SolutionHint(variable_values={**taken, **rest}))
    return mathopt.solve(
        model,
        solver,
        params=asked,
        model_params=mathopt.ModelSolveParameters(solution_hints=hints),
    )
