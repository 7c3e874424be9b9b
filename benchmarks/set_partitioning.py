"""Which solver chooses among the tours a search has met?  The figures of decision 8.

Searches each public instance and some town waves for a while, then gives every way the
same pool and the same seconds.  ``python benchmarks/set_partitioning.py DIR [SECONDS]``,
where DIR holds Li & Lim and Sartori & Buriol instances with ``best_known.csv``.

Seconds of search and of ways are the processor's, of this process: other work on the
machine makes it longer, not worse.  Time limits are the clock's.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from ortools.math_opt.python import mathopt

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.common.record import keep
from benchmarks.common.waves import town_wave
from dispatch.routing.instances import read
from dispatch.routing.problem import Problem
from dispatch.routing.solvers import ruin_recreate, select
from dispatch.routing.solvers.complete import Sequences, total_cost
from dispatch.routing.solvers.kernel.arrays import sequences_of
from dispatch.routing.solvers.partition import Choice, chosen, model_of, relaxed, solved
from dispatch.routing.solvers.phases import MOST_JOBS_A_TOUR, Search

#: Share of the search after which the pool is looked at: vehicles are saved, tours are not best.
LOOKED_AT: Final = 0.6
LIMIT_S: Final = 3.0
WAVES: Final = ((20, 3), (40, 4), (40, 6))


class ByProcessor:
    """A pace on this process's own seconds."""

    def __init__(self, budget_s: float, until: float) -> None:
        self._budget_s, self._until = budget_s, until
        self._began_s = time.process_time()
        self._steps = 50

    def share(self) -> float:
        share = (time.process_time() - self._began_s) / self._budget_s
        return 1.0 if share > self._until else share

    def steps(self) -> int:
        return self._steps

    def lasting_s(self, share: float) -> float:
        del share
        return 0.0  # no choice is made on the way


class Found(NamedTuple):
    """Columns, their price, whether nothing is cheaper."""

    columns: Sequence[int]
    price: int
    proven: bool


Way = Callable[[Choice, tuple[int, int], float], Found]


def whole(solver: Any, choice: Choice, fleet: tuple[int, int], deadline_s: float) -> Found:
    """The whole pool at once."""
    every = np.arange(len(choice.price))
    return Found(*chosen(choice, every, fleet, deadline_s, solver))


def sifted(solver: Any, choice: Choice, fleet: tuple[int, int], deadline_s: float) -> Found:
    """GLOP first, then what its prices leave."""
    best = select.Found(choice.own, choice.start_price, proven=True, bound=0.0)
    found = select.better(choice, best, relaxed(choice, fleet, deadline_s), deadline_s, solver)
    return Found(found.columns, found.price, found.proven)


def dived(choice: Choice, fleet: tuple[int, int], deadline_s: float) -> Found:
    """Take the tour that the linear program takes most of, and all it takes whole; again."""
    left = np.arange(len(choice.price))
    fixed: set[int] = set()
    jobs_of = [
        frozenset(choice.job[a:b].tolist()) for a, b in zip(choice.at, choice.at[1:], strict=False)
    ]
    while time.monotonic() < deadline_s:
        model, _ = model_of(choice, left, fleet, whole=False)
        result = solved(model, mathopt.SolverType.GLOP, deadline_s)
        if result is None or not result.has_primal_feasible_solution():
            break
        values = result.variable_values()
        taken = [values[one] for one in sorted(values, key=lambda one: one.id)][: len(left)]
        free = [
            (x, int(c))
            for x, c in zip(taken, left, strict=True)
            if int(c) not in fixed and x > 1e-6
        ]
        if not free:
            served = set().union(*(jobs_of[c] for c in fixed)) if fixed else set()
            out = sum(int(p) for j, p in enumerate(choice.out) if j not in served)
            return Found(tuple(fixed), int(choice.price[list(fixed)].sum()) + out, False)
        most = max(free)
        fixed |= {c for x, c in free if x > 0.999} | {most[1]}
        served = set().union(*(jobs_of[c] for c in fixed))
        left = np.array([c for c in left if int(c) in fixed or served.isdisjoint(jobs_of[int(c)])])
    return Found((), choice.start_price, False)


KIND = mathopt.SolverType
WAYS: Final[dict[str, Way]] = {
    "CP-SAT": partial(whole, KIND.CP_SAT),
    "HiGHS": partial(whole, KIND.HIGHS),
    "SCIP": partial(whole, KIND.GSCIP),
    "GLOP, then CP-SAT": partial(sifted, KIND.CP_SAT),
    "GLOP, then HiGHS": partial(sifted, KIND.HIGHS),
    "GLOP, then SCIP": partial(sifted, KIND.GSCIP),
    "GLOP and diving": dived,
}


def problems(folder: Path) -> Iterator[tuple[str, Problem]]:
    if (folder / "best_known.csv").exists():
        for row in csv.DictReader((folder / "best_known.csv").open()):
            yield row["instance"], read(folder / f"{row['instance']}.txt").problem
    for orders, couriers in WAVES:
        yield f"wave {orders}/{couriers}", town_wave(orders, couriers, seed=1)


def met(problem: Problem, budget_s: float) -> tuple[select.Pool, Sequences]:
    """Search, and return the tours met and the best plan."""
    nobody: Sequences = ((),) * len(problem.vehicles)
    search = Search(problem, nobody, ByProcessor(budget_s, LOOKED_AT), seed=1)
    search.put_in()
    search.serve_everybody()
    search.save_vehicles()
    search.cool_down()
    return select.pool_of(search.desk.memory, search.facts.twin), sequences_of(search.best)


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "no such folder")
    budget_s = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    ruin_recreate.warm_up()
    rows = []
    for name, problem in problems(folder):
        pool, start = met(problem, budget_s)
        if len(problem.jobs) > MOST_JOBS_A_TOUR * sum(map(bool, start)):
            print(f"{name:<12} tours are too long to choose among; skipped")
            continue
        price = total_cost(problem, start)
        choice = Choice(problem, pool, start, price)
        fleet = next(choice.fleets())
        ways_price = price - problem.weights.vehicle_used * len(choice.own)
        for way, solve in WAYS.items():
            began_s = time.process_time()
            found = solve(choice, fleet, time.monotonic() + LIMIT_S)
            took_s = time.process_time() - began_s
            gain = 100 * (price - min(price, found.price)) / ways_price
            rows.append(
                {"problem": name, "tours": len(pool.price), "way": way, "cpu_s": round(took_s, 3)}
                | {"gain_pct": round(gain, 3), "proven": found.proven}
            )
            print(
                f"{name:<12}{len(pool.price):>6} {way:<18}{took_s:>8.3f} s {gain:>8.3f} %", end=""
            )
            print("  proven" if found.proven else "", flush=True)
    print(keep("set-partitioning", {"budget_s": budget_s, "limit_s": LIMIT_S, "rows": rows}))


if __name__ == "__main__":
    main()
