"""The two public text formats of pickup-and-delivery instances, line by line.

Li & Lim (2001): first line vehicles, capacity, speed; then one task a line: id, x, y,
demand, earliest, latest, service, pickup id, delivery id.  Distances are Euclidean.
Sartori & Buriol (2019): ``KEY: value`` lines, ``NODES`` (the same columns, latitude and
longitude for x and y) and ``EDGES`` (travel times in minutes), closed by ``EOF``.

Decides what the text says and refuses what contradicts itself.  Does not know problems.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
import numpy.typing as npt

from dispatch.core.errors import Invalid

COLUMNS = "id, x, y, demand, earliest, latest, service, pickup id, delivery id"


@dataclass(frozen=True, slots=True)
class Task:
    """One line of tasks: a pickup names its *delivery*, a delivery its *pickup*; 0: none."""

    line: int
    number: int
    x: float
    y: float
    demand: float
    earliest: float
    latest: float
    service: float
    pickup: int
    delivery: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """What an instance's text says, in its own units.

    vehicles : None when the format does not say
    tasks    : the depot first, then in the file's order
    distance : (n, n) between tasks, in that order
    """

    name: str
    vehicles: int | None
    capacity: float
    tasks: tuple[Task, ...]
    distance: npt.NDArray[np.float64]


def parse(text: str, name: str = "") -> Sheet:
    """Read either format, recognised by its content.

    Raises ``Invalid`` naming the line and what was expected there.
    """
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    if ":" in first:
        return _sartori_buriol(lines, name)
    if len(first.split()) == 3:
        return _li_lim(lines, name)
    raise Invalid(
        "line 1: unknown format; expected Li & Lim (vehicles, capacity, speed) "
        "or Sartori & Buriol (NAME: …)",
        field="line 1",
    )


def _refuse(line: int, message: str) -> Invalid:
    return Invalid(f"line {line}: {message}", field=f"line {line}")


def _numbers(line: int, text: str, count: int, what: str) -> list[float]:
    words = text.split()
    if len(words) != count:
        raise _refuse(line, f"{len(words)} columns, expected {count}: {what}")
    values = []
    for word in words:
        try:
            value = float(word)
        except ValueError:
            raise _refuse(line, f"{word!r} is not a number; expected {what}") from None
        if not isfinite(value):
            raise _refuse(line, f"{word!r} is not a finite number; expected {what}")
        values.append(value)
    return values


def _task(line: int, text: str) -> Task:
    values = _numbers(line, text, 9, COLUMNS)
    for value, column in ((values[0], "id"), (values[7], "pickup id"), (values[8], "delivery id")):
        if value != int(value) or value < 0:
            raise _refuse(line, f"{value:g} is not a task number; expected a whole {column}")
    number, x, y, demand, earliest, latest, service, pickup, delivery = values
    task = Task(
        line, int(number), x, y, demand, earliest, latest, service, int(pickup), int(delivery)
    )
    if task.latest < task.earliest:
        raise _refuse(line, f"the window is empty: {task.earliest:g} to {task.latest:g}")
    if task.service < 0:
        raise _refuse(line, f"the service time is negative: {task.service:g}")
    return task


def _li_lim(lines: list[str], name: str) -> Sheet:
    filled = [(n, text) for n, text in enumerate(lines, 1) if text.strip()]
    line, head = filled[0]
    vehicles, capacity, _speed = _numbers(line, head, 3, "vehicles, capacity, speed")
    if vehicles != int(vehicles) or vehicles < 1:
        raise _refuse(line, f"{vehicles:g} vehicles, expected a whole number from 1")
    _refuse_negative(capacity, line)
    tasks = tuple(_task(n, text) for n, text in filled[1:])
    _refuse_broken(tasks, line, len(lines))
    xy = np.array([(task.x, task.y) for task in tasks])
    step = xy[:, None, :] - xy[None, :, :]
    return Sheet(name, int(vehicles), capacity, tasks, np.hypot(step[..., 0], step[..., 1]))


def _sartori_buriol(lines: list[str], name: str) -> Sheet:
    facts: dict[str, tuple[int, str]] = {}
    at = 0
    while at < len(lines) and lines[at].strip() != "NODES":
        key, colon, value = lines[at].partition(":")
        if lines[at].strip() and not colon:
            raise _refuse(at + 1, f"{lines[at].strip()!r}, expected KEY: value or NODES")
        facts[key.strip().upper()] = (at + 1, value.strip())
        at += 1
    if at == len(lines):
        raise _refuse(at, "the file ends before NODES")
    size, capacity = _fact(facts, "SIZE"), _fact(facts, "CAPACITY")
    if size != int(size) or size < 1:
        raise _refuse(facts["SIZE"][0], f"SIZE is {size:g}, expected a whole number from 1")
    _refuse_negative(capacity, facts["CAPACITY"][0])
    n, begin = int(size), at + 1
    rows = lines[begin : begin + n]
    tasks = tuple(_task(begin + 1 + i, row) for i, row in enumerate(rows) if row != "EDGES")
    edges = begin + n
    if len(tasks) < n or edges >= len(lines) or lines[edges].strip() != "EDGES":
        raise _refuse(min(edges + 1, len(lines)), f"expected EDGES after {n} nodes")
    _refuse_broken(tasks, begin + 1, len(lines))
    matrix = lines[edges + 1 : edges + 1 + n]
    if len(matrix) < n:
        raise _refuse(len(lines), f"the file ends after {len(matrix)} of {n} lines of EDGES")
    if not any(row.strip() == "EOF" for row in lines[edges + 1 + n :]):
        raise _refuse(len(lines), "the file ends before EOF; is it cut off?")
    what = f"{n} travel times"
    distance = np.array([_numbers(edges + 2 + i, row, n, what) for i, row in enumerate(matrix)])
    for i, row in enumerate(distance):
        if row.min() < 0:
            raise _refuse(edges + 2 + i, f"a travel time is negative: {row.min():g}")
    return Sheet(facts.get("NAME", (0, name))[1] or name, None, capacity, tasks, distance)


def _refuse_negative(capacity: float, line: int) -> None:
    if capacity < 0:
        raise _refuse(line, f"the capacity is negative: {capacity:g}")


def _fact(facts: dict[str, tuple[int, str]], key: str) -> float:
    if key not in facts:
        raise _refuse(1, f"the head has no {key}")
    line, value = facts[key]
    return _numbers(line, value, 1, f"{key}: a number")[0]


def _refuse_broken(tasks: tuple[Task, ...], line: int, last: int) -> None:
    """Refuse what the tasks contradict together: no depot, twins, half a pair."""
    if not tasks:
        raise _refuse(last, f"the file ends before the depot; expected {COLUMNS}")
    depot = tasks[0]
    if depot.number != 0 or depot.pickup or depot.delivery or depot.demand:
        raise _refuse(depot.line, "expected the depot first: id 0, no demand, no partner")
    by_number: dict[int, Task] = {}
    for task in tasks:
        if task.number in by_number:
            raise _refuse(task.line, f"task {task.number} is there twice")
        by_number[task.number] = task
    for task in tasks[1:]:
        _refuse_half_pair(task, by_number)


def _refuse_half_pair(task: Task, by_number: dict[int, Task]) -> None:
    if (task.pickup == 0) == (task.delivery == 0):
        raise _refuse(
            task.line,
            f"task {task.number} names {task.pickup} as its pickup and "
            f"{task.delivery} as its delivery; expected exactly one of them",
        )
    number = task.pickup or task.delivery
    partner = by_number.get(number)
    if partner is None or number == 0:
        raise _refuse(
            task.line,
            f"task {task.number} belongs with task {number}, which the "
            "file does not have; is it cut off?",
        )
    back = partner.delivery if task.pickup else partner.pickup
    if back != task.number:
        raise _refuse(
            task.line,
            f"task {task.number} belongs with task {number}, but that one points to {back}",
        )
    if task.delivery and (task.demand < 0 or partner.demand != -task.demand):
        raise _refuse(
            task.line,
            f"task {task.number} fetches {task.demand:g} but task {number} "
            f"drops {-partner.demand:g}",
        )
