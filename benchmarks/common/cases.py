"""The questions of the benchmark, each with its way of scoring an answer.

Decides which instances belong to which set.  Every answer, whoever gave it, is timed and
priced by the house and judged by its independent checker; of the public ones the authors'
own rules are checked too.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from benchmarks.common.backward import backward
from benchmarks.common.families import Layout, li_lim_like
from benchmarks.common.street_families import street_like
from benchmarks.common.waves import town_wave
from benchmarks.common.words import Sequences
from dispatch.core.errors import Broken
from dispatch.core.reasons import Refusal
from dispatch.routing.check import violations
from dispatch.routing.instances import Instance, answer, read
from dispatch.routing.plan import Plan, Unserved
from dispatch.routing.problem import Problem
from dispatch.routing.schedule import cost_of, schedule
from dispatch.routing.solvers.complete import left_out

#: Orders and couriers of the waves.
WAVES: Final = ((10, 2), (10, 3), (20, 2), (20, 3), (40, 3), (40, 4), (80, 5), (80, 6))

_Streets = tuple[tuple[int, int, int], ...]

#: By number of tasks: layouts (1: short day, 2: long), then minutes of the day, minutes of a
#: window and capacity of the street instances; as the public ones are mixed.
HELD_BACK: Final[Mapping[int, tuple[tuple[str, ...], _Streets]]] = MappingProxyType(
    {
        100: (
            ("c1", "c2", "r1", "r2", "rc1"),
            ((240, 60, 100), (240, 120, 300), (480, 60, 300)),
        ),
        200: (
            ("c1", "c2", "r1", "r2", "rc1", "rc2"),
            ((240, 60, 300), (480, 120, 100)),
        ),
        400: (("c1", "r1", "r2", "rc1"), ((240, 60, 100), (480, 120, 100))),
        1000: (("rc1", "c2"), ((240, 60, 100),)),
    }
)


class Score(NamedTuple):
    """Less is better, the first number first.

    missed : vehicles used in textbook instances; the price of orders left out in waves
    cost   : distance or minutes in textbook instances; all other terms of the price in waves
    """

    missed: float
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One instance.

    group     : the line of the table it is counted in
    make      : reads or draws it; only when its turn has come
    published : the best known answer of the literature; None: there is none
    """

    name: str
    group: str
    make: Callable[[], Problem | Instance]
    published: Score | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A case whose instance is there.

    unit        : what one more of ``Score.missed`` costs: 1 vehicle, or the price of one order
    fingerprint : of the instance itself, so that a changed generator is another instance
    """

    case: Case
    problem: Problem
    instance: Instance | None
    unit: float = field(init=False)
    fingerprint: str = field(init=False)

    def __post_init__(self) -> None:
        unit = 1.0 if self.instance is not None else float(self.problem.weights.unserved)
        object.__setattr__(self, "unit", unit)
        object.__setattr__(self, "fingerprint", _fingerprint(self.problem))

    @property
    def must_serve(self) -> bool:
        """The textbook leaves nobody out; a town has to."""
        return self.instance is not None

    def score(self, sequences: Sequences, engine: str) -> Score:
        """Time, price and check *sequences*; raises ``Broken`` when a rule is broken."""
        plan = _plan(self.problem, sequences, engine)
        if self.instance is not None:
            if plan.unserved:
                raise Broken(f"{len(plan.unserved)} pairs are left out")
            got = answer(self.instance, plan, 0.0, engine)
            return Score(float(str(got["vehicles"])), float(str(got["cost"])))
        if broken := violations(self.problem, plan):
            raise Broken(f"breaks {broken[0].rule} for {broken[0].subject} by {broken[0].by}")
        return Score(plan.cost.unserved, plan.cost.total - plan.cost.unserved)


def _plan(problem: Problem, sequences: Sequences, engine: str) -> Plan:
    """Time and price what an engine said, and no more: a peer may leave out what would fit."""
    tours = []
    for vehicle, nodes in enumerate(sequences):
        tour = schedule(problem, vehicle, nodes)
        if tour is None:
            raise Broken(f"{problem.vehicles[vehicle].vehicle_id} cannot drive its tour")
        if nodes:
            tours.append(tour)
    why = Refusal("solver_gave_up")
    unserved = [Unserved(problem.jobs[j].job_id, why) for j in left_out(problem, sequences)]
    price = cost_of(problem, tours, unserved)
    return Plan(tuple(tours), tuple(unserved), price, engine)


def asked(case: Case) -> Asked:
    """Read or draw the instance of *case*."""
    made = case.make()
    if isinstance(made, Instance):
        return Asked(case, made.problem, made)
    return Asked(case, made, None)


def _fingerprint(problem: Problem) -> str:
    digest = hashlib.sha256()
    for matrix in problem.travel_s:
        digest.update(matrix.tobytes())
    digest.update(repr((problem.vehicles, problem.jobs, problem.weights)).encode())
    return digest.hexdigest()[:12]


def public(folder: Path) -> Iterator[Case]:
    """Every instance of *folder*'s ``best_known.csv``; none when that file is not there."""
    table = folder / "best_known.csv"
    if not table.exists():
        return
    with table.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            best = Score(float(row["vehicles"]), float(row["cost"]))
            path = folder / f"{row['instance']}.txt"
            yield Case(row["instance"], "public", partial(read, path), best)


def turned_round(folder: Path) -> Iterator[Case]:
    """The public instances driven backwards in time, whose best known are the same."""
    for case in public(folder):
        path = folder / f"{case.name}.txt"
        yield Case(f"{case.name}-back", "backward", partial(_backward, path), case.published)


def _backward(path: Path) -> Instance:
    return backward(read(path))


def waves(seeds: int) -> Iterator[Case]:
    """*seeds* waves of each size: what every engine can say, and the real problem."""
    for seed, plain in product(range(1, seeds + 1), (True, False)):
        kind = "plain" if plain else "full"
        for orders, couriers in WAVES:
            group = f"{kind} waves {'to 40' if orders <= 40 else 'of 80'}"
            make = partial(town_wave, orders, couriers, seed, plain=plain)
            yield Case(f"{kind}-{orders}-{couriers}-s{seed}", group, make)


def families(seed: int = 1, largest: int = 1000) -> Iterator[Case]:
    """Sixteen held-back instances of 100 and 200 tasks, six of 400, three of 1000.

    largest : leave out those with more tasks
    """
    for tasks, (planar, streets) in HELD_BACK.items():
        if tasks > largest:
            continue
        group = "held back, 100 and 200" if tasks <= 200 else f"held back, {tasks}"
        for kind in planar:
            yield Case(f"{kind}-{tasks}-s{seed}", group, partial(_planar, kind, tasks, seed))
        for day_min, width_min, capacity in streets:
            sizes = {"day_min": day_min, "width_min": width_min, "capacity": capacity}
            name = f"street-{tasks}-{day_min}-{width_min}-s{seed}"
            yield Case(name, group, partial(street_like, tasks, seed, **sizes))


def _planar(kind: str, tasks: int, seed: int) -> Instance:
    """*kind*: a layout and 1 for short days, 2 for long ones."""
    long = kind.endswith("2")
    # Long days with a window for everybody would be easier than Solomon's.
    windowed = 0.5 if long else 1.0
    return li_lim_like(Layout(kind[:-1]), tasks, seed, long=long, windowed=windowed).instance
