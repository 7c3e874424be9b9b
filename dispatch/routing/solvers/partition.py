"""The choice among tours as a linear program, and as one with whole numbers (set partitioning).

Decides the rows and columns, the unit of prices and what a bound is.  Which tours are
offered, and what is done with the answer, is ``select``'s.

Which solver does what: docs/decisions/0008-set-partitioning.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import inf
from time import monotonic
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from dispatch.core.errors import Broken
from dispatch.routing.problem import Problem, Sequences
from dispatch.routing.rules import lived
from dispatch.routing.schedule import cost_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Solves the linear program, and chooses among what that leaves.
PRICER: Final = mathopt.SolverType.GLOP
CHOOSER: Final = mathopt.SolverType.GSCIP

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


class Choice:
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
        own_prices = [_price_of(problem, v, start[v]) for v in moving]
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
        """Give the tours *columns* to vehicles of their kind: who drives it in the start first."""
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


def _price_of(problem: Problem, vehicle: int, nodes: Sequence[int]) -> int:
    tour = lived(problem, vehicle, nodes)
    if tour is None:
        raise Broken(f"the start breaks a rule: {problem.vehicles[vehicle].vehicle_id}: {nodes}")
    return cost_of(problem, (tour,)).total


class Relaxed(NamedTuple):
    """No choice with that many tours is below *bound*; each column adds at least its *over*."""

    fleet: tuple[int, int]
    bound: float
    over: Floats


def relaxed(choice: Choice, fleet: tuple[int, int], deadline_s: float) -> Relaxed:
    """Bound all choices of *fleet* tours by linear programming; -inf when there was no time.

    The bound is summed up from the prices of the rows alone (Lagrange): it holds whatever
    the solver's tolerances are.
    """
    fewest, most = fleet
    every = np.arange(len(choice.price))
    model, program = model_of(choice, every, fleet, whole=False)
    result = solved(model, PRICER, deadline_s)
    if result is None or not result.has_dual_feasible_solution():
        return Relaxed(fleet, -inf, np.zeros(len(every)))
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
    return Relaxed(fleet, float(bound) - SLACK * choice.start_price, np.maximum(over, 0))


def chosen(
    choice: Choice,
    keep: Ints,
    fleet: tuple[int, int],
    deadline_s: float,
    solver: mathopt.SolverType = CHOOSER,
) -> tuple[tuple[int, ...], int, bool]:
    """Choose among the columns *keep*: which, their price, and whether nothing is cheaper.

    The price counts what is left out at ``out``.  No columns, at the price of the start,
    where nothing was found.
    """
    model, _ = model_of(choice, keep, fleet, whole=True)
    own = set(choice.own)
    hint = None
    if fleet[0] <= len(own) <= fleet[1]:
        hint = [int(c) in own for c in keep]
    result = solved(model, solver, deadline_s, hint)
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


class Program(NamedTuple):
    """Prices of columns and of jobs left out, less what every choice has paid; in *unit*."""

    unit: float
    paid: int
    price: Ints
    out: Ints


def program_of(choice: Choice, keep: Ints, fleet: tuple[int, int]) -> Program:
    """A job left out is priced so that no choice without it is cheaper than the start."""
    used = choice.problem.weights.vehicle_used if fleet[0] == fleet[1] else 0
    rest = choice.start_price - used * fleet[0]
    unit = max(1.0, rest / (1000 * max(1, len(choice.own))))
    return Program(unit, used * fleet[0], choice.price[keep] - used, np.minimum(choice.out, rest))


def model_of(
    choice: Choice, keep: Ints, fleet: tuple[int, int], *, whole: bool
) -> tuple[mathopt.Model, Program]:
    """Return the model over the columns *keep* and its prices.

    Variables: the columns, then one per job left out.  Rows: each job once, vehicles of each
    kind, vehicles in all.
    """
    jobs, kinds, n = len(choice.out), len(choice.room), len(keep)
    program = program_of(choice, keep, fleet)
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
    row = np.concatenate([job, np.arange(jobs), jobs + choice.kind[keep], np.full(n, jobs + kinds)])
    column = np.concatenate(
        [np.repeat(np.arange(n), sizes), n + np.arange(jobs), np.arange(n), np.arange(n)]
    )
    order = np.lexsort((column, row))
    entries.row_ids.extend(row[order].tolist())
    entries.column_ids.extend(column[order].tolist())
    entries.coefficients.extend([1.0] * len(order))
    return mathopt.Model.from_model_proto(proto), program


def solved(
    model: mathopt.Model,
    solver: mathopt.SolverType,
    deadline_s: float,
    hint: Sequence[bool] | None = None,
) -> Any:
    """Solve until *deadline_s*; None when it is over.  One thread."""
    left_s = deadline_s - monotonic()
    if left_s <= 0:
        return None
    threads = (
        1 if solver is mathopt.SolverType.CP_SAT else None
    )  # SCIP and GLOP know only one; HiGHS refuses
    asked = mathopt.SolveParameters(time_limit=timedelta(seconds=left_s), threads=threads)
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
