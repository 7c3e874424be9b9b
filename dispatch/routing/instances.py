"""Public pickup-and-delivery instances as problems, and their answers in the file's words.

Decides how decimals become whole ticks and what an answer file says.  Does not read
the text (``instance_text``) and does not solve.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.core.errors import Broken, Invalid
from dispatch.routing.check import violations
from dispatch.routing.instance_text import Sheet, Task, parse
from dispatch.routing.plan import Plan
from dispatch.routing.problem import FOREVER_S, Job, Problem, Vehicle, Visit, Weights

#: Ticks per unit where the file has decimals.  Every leg is rounded *up*, so a tour that
#: holds in ticks holds in doubles.  What rounding takes away over a tour of 1000 legs is
#: 0.001 units; windows are whole units, so a best-known tour is lost only if it arrives
#: within that of a closing time without being exactly on it.
FINEST_SCALE: Final = 10**6

#: How far apart two doubles may be and still be called equal, in the file's units.
TOLERANCE: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One instance, ready to solve.

    problem  : times in ticks, ``scale`` of them per unit of the file
    distance : (n, n) between the file's tasks, depot first, in the file's units
    node_ids : the file's number of each node of *problem*
    rows     : the row of *distance* and of ``sheet.tasks`` of each node
    """

    name: str
    problem: Problem
    distance: npt.NDArray[np.float64]
    node_ids: tuple[int, ...]
    rows: tuple[int, ...]
    scale: int
    sheet: Sheet


def read(source: Path | str) -> Instance:
    """Read a Li & Lim or Sartori & Buriol instance from a path or from its text.

    A string with a line break is the text itself.  Raises ``Invalid`` naming the line
    and what was expected there, or the file that cannot be read.
    """
    if isinstance(source, str) and "\n" in source:
        return instance_of(parse(source))
    path = Path(source)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Invalid(f"cannot read {path}: {error.strerror}", field="instance") from None
    except UnicodeDecodeError:
        raise Invalid(f"{path} is not a text file", field="instance") from None
    return instance_of(parse(text, path.stem))


def instance_of(sheet: Sheet) -> Instance:
    """Make the problem of *sheet*: fewest vehicles first, then least travel."""
    tasks = sheet.tasks
    row_of = {task.number: row for row, task in enumerate(tasks)}
    scale = _scale(sheet)
    pairs = [(row, row_of[task.delivery]) for row, task in enumerate(tasks) if task.delivery]
    depot = _visit(tasks[0], 0, scale)
    ((from_s, until_s),) = depot.windows
    vehicles = tuple(
        Vehicle(f"v{v}", 0, 0, from_s, until_s, (_whole(tasks[0], sheet.capacity, "capacity"),))
        for v in range(len(pairs) if sheet.vehicles is None else sheet.vehicles)
    )
    jobs = tuple(
        Job(
            f"{tasks[p].number}-{tasks[d].number}",
            (_visit(tasks[p], p, scale),),
            _visit(tasks[d], d, scale),
        )
        for p, d in pairs
    )
    travel_s = np.ceil(sheet.distance * scale).astype(np.int64)
    rows = tuple(row for pair in pairs for row in pair)
    return Instance(
        sheet.name,
        Problem((travel_s,), vehicles, jobs, _vehicles_first(travel_s, len(vehicles))),
        sheet.distance,
        tuple(tasks[row].number for row in rows),
        rows,
        scale,
        sheet,
    )


def _scale(sheet: Sheet) -> int:
    """1 where every time is whole, else the finest power of ten that keeps shifts countable."""
    times = [t for task in sheet.tasks for t in (task.earliest, task.latest, task.service)]
    if not (np.any(sheet.distance % 1) or any(t % 1 for t in times)):
        return 1
    scale = FINEST_SCALE
    while sheet.tasks[0].latest * scale > FOREVER_S and scale > 1:
        scale //= 10
    return scale


def _whole(task: Task, amount: float, what: str) -> int:
    if amount != int(amount):
        field = f"line {task.line}"
        raise Invalid(f"{field}: {what} is {amount:g}, expected a whole number", field=field)
    return int(amount)


def _visit(task: Task, row: int, scale: int) -> Visit:
    window = (ceil(task.earliest * scale), floor(task.latest * scale))
    load = (abs(_whole(task, task.demand, "demand")),)
    return Visit(row, (window,), ceil(task.service * scale), load)


def _vehicles_first(travel_s: npt.NDArray[np.int64], vehicles: int) -> Weights:
    """One vehicle outweighs all travel of any plan, one job outweighs all vehicles."""
    longest = int(travel_s.max(axis=1).sum()) + vehicles * int(travel_s[0].max())
    return Weights(unserved=(vehicles + 1) * (longest + 1), late_per_s=0, vehicle_used=longest + 1)


def answer(instance: Instance, plan: Plan, seconds: float, engine: str) -> dict[str, object]:
    """Return *plan* in the file's words, after checking it twice.

    ``routes``: the file's task numbers in order, the depot (0) not listed; ``unserved``:
    the numbers of tasks left out; ``cost``: travel in doubles from the file's distances.
    ``checked`` is True because a broken rule, of the house or of the textbook, raises
    ``Broken`` instead.
    """
    if broken := violations(instance.problem, plan):
        raise Broken(f"{instance.name}: the plan breaks {broken[0]}")
    tours = [[instance.rows[node] for node in tour.nodes] for tour in plan.tours if tour.stops]
    problems = list(_textbook(instance.sheet, tours))
    if problems:
        raise Broken(f"{instance.name}: {problems[0]}")
    left_out = {item.job_id for item in plan.unserved}
    return {
        "instance": instance.name,
        "vehicles": len(tours),
        "cost": sum(_length(instance.sheet, rows) for rows in tours),
        "routes": [[instance.sheet.tasks[row].number for row in rows] for rows in tours],
        "unserved": [
            instance.node_ids[node]
            for j, job in enumerate(instance.problem.jobs)
            if job.job_id in left_out
            for node in instance.problem.nodes_of[j]
        ],
        "seconds": seconds,
        "engine": engine,
        "checked": True,
    }


def _length(sheet: Sheet, rows: Sequence[int]) -> float:
    return float(sheet.distance[[0, *rows], [*rows, 0]].sum())


def _textbook(sheet: Sheet, tours: Sequence[Sequence[int]]) -> Iterator[str]:
    """The rules as the instance's authors state them, in doubles and the file's units."""
    halts = [row for rows in tours for row in rows]
    if len(set(halts)) < len(halts):
        yield "a task is done twice"
    if sheet.vehicles is not None and len(tours) > sheet.vehicles:
        yield f"{len(tours)} vehicles, the file has {sheet.vehicles}"
    for rows in tours:
        yield from _textbook_tour(sheet, rows)


def _textbook_tour(sheet: Sheet, rows: Sequence[int]) -> Iterator[str]:
    depot = sheet.tasks[0]
    here, free, load = 0, depot.earliest, 0.0
    waiting: set[int] = set()
    for row in rows:
        task = sheet.tasks[row]
        begin = max(free + float(sheet.distance[here, row]), task.earliest)
        if begin > task.latest + TOLERANCE:
            yield f"task {task.number} begins {begin - task.latest:g} after its window"
        load += task.demand
        if load > sheet.capacity + TOLERANCE:
            yield f"the load is {load:g} after task {task.number}, capacity {sheet.capacity:g}"
        if task.delivery:
            waiting.add(task.delivery)
        elif task.number in waiting:
            waiting.remove(task.number)
        else:
            yield f"task {task.number} is delivered before it is fetched"
        here, free = row, begin + task.service
    if waiting:
        yield f"task {min(waiting)} is never delivered"
    if (over := free + float(sheet.distance[here, 0]) - depot.latest) > TOLERANCE:
        yield f"a vehicle is back {over:g} after the depot closes"
