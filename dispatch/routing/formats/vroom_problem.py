"""From VROOM's question to a ``Problem`` whose every plan is valid in VROOM's eyes.

Decides how VROOM's words are said here, always on the safe side, and refuses what cannot
be said with the path of the field:

- a window of VROOM's bounds the moment before setup, ours the moment after it.  Setup
  that is never shared counts as service, which is the same thing exactly; setup that may
  be shared keeps its word, and its windows begin later by as much;
- goods of single jobs are loaded at the start or brought to the end (``vroom_places``);
- breaks are mandatory there, so each must leave room for itself and those after it;
- first as much priority as possible is served, then as many tasks, then time is saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import gcd
from typing import Final

from dispatch.core.errors import Invalid
from dispatch.core.places import UNREACHABLE_S
from dispatch.routing.formats.strict import MOST_COST, told_at
from dispatch.routing.formats.vroom_breaks import breaks_of
from dispatch.routing.formats.vroom_limits import refuse_unsayable
from dispatch.routing.formats.vroom_places import Map, draw, key_of, travel_s
from dispatch.routing.formats.vroom_tasks import Halt, Task, nodes_of, size_of, tasks_of
from dispatch.routing.formats.vroom_words import BreakSaid, QuestionSaid, StepSaid, VehicleSaid
from dispatch.routing.problem import IntMatrix, Problem, Sequences, Weights
from dispatch.routing.work import FOREVER_S, Job, Vehicle, Visit, Windows

_HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A document, its problem, and what each node of it is there.

    halts   : per node; None in the yard and in the store
    nobody  : tasks whose skills no vehicle has; not in *problem*
    start   : sequences of nodes that the document's ``steps`` describe; None without any
    map     : the travel matrices as the document says them
    """

    said: QuestionSaid
    problem: Problem
    tasks: tuple[Task, ...]
    halts: tuple[Halt | None, ...]
    nobody: tuple[Task, ...]
    start: Sequences | None
    map: Map


def question_of(said: QuestionSaid, kmh: float | None = None) -> Question:
    """Return the problem that *said* says; *kmh*: travel in straight lines at that speed.

    Raises ``Invalid`` naming the field that contradicts others or cannot be said here.
    """
    refuse_unsayable(said)
    drawn = draw(said, kmh)
    starts = [drawn.base(f"vehicles[{v}]", one, "start") for v, one in enumerate(said.vehicles)]
    ends = [drawn.base(f"vehicles[{v}]", one, "end") for v, one in enumerate(said.vehicles)]
    everything = tuple(tasks_of(said, drawn, starts))
    tasks = tuple(task for task in everything if task.allowed)
    rows = drawn.size
    if None in starts or any(task.loaded for task in tasks):
        drawn.yard, rows = rows, rows + 1
    if any(task.brought for task in tasks):
        drawn.store = rows
    longest_s = _longest_s(said, drawn)
    keys = [
        key_of(drawn, one, start, end)
        for one, start, end in zip(said.vehicles, starts, ends, strict=True)
    ]
    kinds = list(dict.fromkeys(keys))
    matrices = travel_s(drawn, kinds, longest_s)
    unit = _price_unit(said.vehicles)
    vehicles = tuple(
        Vehicle(
            vehicle_id=str(one.id),
            start=_or(drawn.yard, starts[v]),
            end=ends[v] if drawn.store is None else drawn.store,
            from_s=one.time_window[0] if one.time_window else 0,
            until_s=min(one.time_window[1], longest_s) if one.time_window else longest_s,
            capacity=one.capacity or (0,) * size_of(said),
            profile=kinds.index(keys[v]),
            travel_price=one.costs.per_hour // unit,
            breaks=breaks_of(f"vehicles[{v}]", one, longest_s),
        )
        for v, one in enumerate(said.vehicles)
    )
    weights, priorities = _weights(said, tasks, vehicles, matrices, unit)
    jobs = tuple(
        _job(task, drawn, len(vehicles), longest_s, priority)
        for task, priority in zip(tasks, priorities, strict=True)
    )
    problem = Problem(matrices, vehicles, jobs, weights)
    halts = tuple(halt for task in tasks for halt in nodes_of(task))
    return Question(
        said,
        problem,
        tasks,
        halts,
        tuple(task for task in everything if not task.allowed),
        _start(said, problem, tasks, halts),
        drawn,
    )


def _or(special: int | None, usual: int | None) -> int:
    found = usual if special is None else special
    assert found is not None  # no vehicle lacks a start unless there is a yard
    return found


def _longest_s(said: QuestionSaid, drawn: Map) -> int:
    """An instant by which every tour that does not dawdle is over."""
    if all(one.time_window for one in said.vehicles):
        return max(one.time_window[1] for one in said.vehicles if one.time_window)
    halts: list[StepSaid] = [*said.jobs]
    halts += [half for one in said.shipments for half in (one.pickup, one.delivery)]
    pauses = [pause for one in said.vehicles for pause in one.breaks]
    begun: list[StepSaid | BreakSaid] = [*halts, *pauses]
    last_opening_s = max(
        (first_s for one in begun for first_s, _ in one.time_windows or ()), default=0
    )
    begin_s = max((one.time_window[0] for one in said.vehicles if one.time_window), default=0)
    slowest = min(one.speed_factor for one in said.vehicles)
    leg_s = int(max(int(legs.max()) for legs in drawn.legs.values()) / slowest) + 1
    work_s = sum(_longest_work_s(halt) for halt in halts) + sum(pause.service for pause in pauses)
    return min(FOREVER_S, last_opening_s + begin_s + work_s + (len(halts) + 2) * leg_s)


def _longest_work_s(halt: StepSaid) -> int:
    setup_s = max((halt.setup, *halt.setup_per_type.values()))
    return setup_s + max((halt.service, *halt.service_per_type.values()))


def _price_unit(vehicles: Sequence[VehicleSaid]) -> int:
    """Prices here are whole: VROOM's, times an hour, divided by this."""
    prices = [vehicle.costs.per_hour for vehicle in vehicles]
    return reduce(gcd, [*prices, vehicles[0].costs.fixed * _HOUR_S]) or 1


def _weights(
    said: QuestionSaid,
    tasks: Sequence[Task],
    vehicles: Sequence[Vehicle],
    matrices: Sequence[IntMatrix],
    unit: int,
) -> tuple[Weights, list[int]]:
    """One unit of priority outweighs all tasks, one task all that any plan may cost."""
    halts = sum(len(task.halts) for task in tasks)
    leg_s = max(int(matrix[matrix < UNREACHABLE_S].max(initial=0)) for matrix in matrices)
    setup_s = max((halt.setup_s for task in tasks for halt in task.halts), default=0)
    # A tour has one leg more than it has halts.
    legs = halts + len(vehicles)
    dearest = max(vehicle.travel_price for vehicle in vehicles)
    used = said.vehicles[0].costs.fixed * _HOUR_S // unit
    whole = legs * (leg_s + setup_s) * dearest + len(vehicles) * used
    several = len({task.priority for task in tasks}) > 1
    priorities = [
        len(task.halts) * (1 + (task.priority * (halts + 1) if several else 0)) for task in tasks
    ]
    if (whole + 1) * (sum(priorities) + 1) > MOST_COST:
        raise Invalid("matrices: travel times are too large to be added up", field="matrices")
    return Weights(unserved=whole + 1, late_per_s=0, vehicle_used=used), priorities


def _job(task: Task, drawn: Map, vehicles: int, longest_s: int, priority: int) -> Job:
    load, always = task.amount, ((0, longest_s),)
    visits = []
    for node, halt in enumerate(nodes_of(task)):
        if halt is not None:
            visits.append(_visit(halt, load, longest_s))
            continue
        place = drawn.yard if node == 0 else drawn.store
        assert place is not None  # they are there when a task needs them
        visits.append(Visit(place, always, 0, load))
    *pickups, drop = visits
    everybody = len(task.allowed) == vehicles
    with told_at(task.halts[0].path):
        return Job(
            task.task_id, tuple(pickups), drop, None if everybody else task.allowed, priority
        )


def _visit(halt: Halt, load: tuple[int, ...], longest_s: int) -> Visit:
    windows: Windows = tuple(sorted(halt.step.time_windows or ((0, longest_s),)))
    with told_at(f"{halt.path}.time_windows"):
        if halt.folded:
            return Visit(halt.row, windows, halt.setup_s + halt.service_s, load)
        later = tuple((first_s + halt.setup_s, last_s) for first_s, last_s in windows)
        Visit(halt.row, windows, 0, load)  # what overlaps is refused even if it ends apart
        return Visit(halt.row, later, halt.service_s, load, setup_s=halt.setup_s)


def _start(
    said: QuestionSaid, problem: Problem, tasks: Sequence[Task], halts: Sequence[Halt | None]
) -> Sequences | None:
    """The routes that the document begins from, as sequences of nodes."""
    if not any(vehicle.steps for vehicle in said.vehicles):
        return None
    node_of: dict[tuple[str, int | None], int] = {
        (halt.kind, halt.step.id): n for n, halt in enumerate(halts) if halt is not None
    }
    sequences = []
    for v, vehicle in enumerate(said.vehicles):
        nodes = []
        for i, step in enumerate(vehicle.steps):
            if step.type in ("start", "end", "break"):
                continue
            node = node_of.get((step.type, step.id))
            if node is None:
                path = f"vehicles[{v}].steps[{i}]"
                raise Invalid(f"{path}: there is no {step.type} {step.id}", field=path)
            nodes.append(node)
        jobs = [problem.job_of[node] for node in nodes]
        loading = [problem.nodes_of[j][0] for j in jobs if tasks[j].loaded]
        bringing = [problem.nodes_of[j][-1] for j in jobs if tasks[j].brought]
        sequences.append((*loading, *nodes, *bringing))
    return tuple(sequences)
