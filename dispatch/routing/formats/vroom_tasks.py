"""VROOM's jobs and shipments, resolved: where each halt is, how long it takes, who may do it.

Decides what can be said of setup (shared or not) and of goods.  How that becomes a
``Problem`` is ``vroom_problem``'s question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from dispatch.core.errors import Invalid
from dispatch.routing.formats.vroom_places import Map
from dispatch.routing.formats.vroom_words import QuestionSaid, StepSaid

Kind = Literal["job", "pickup", "delivery"]


@dataclass(frozen=True, slots=True)
class Halt:
    """One halt of VROOM's: what it is there, how far its row is, how long it takes.

    folded : setup counts as service
    """

    kind: Kind
    path: str
    step: StepSaid
    row: int
    setup_s: int
    service_s: int
    folded: bool


@dataclass(frozen=True, slots=True)
class Task:
    """A job or a shipment: its one or two halts and what is common to them.

    loaded  : on board from the start of the tour; ``brought``: until its end.  A shipment
              has neither but ``amount``
    allowed : indices of vehicles with all its skills
    """

    task_id: str
    halts: tuple[Halt, ...]
    amount: tuple[int, ...]
    loaded: bool
    brought: bool
    allowed: frozenset[int]
    priority: int


def size_of(said: QuestionSaid) -> int:
    """How many things are counted; one, of which there is nothing, where none is."""
    return max(1, *(len(vehicle.capacity) for vehicle in said.vehicles))


def tasks_of(said: QuestionSaid, drawn: Map, starts: Sequence[int | None]) -> Iterator[Task]:
    """Every job and shipment, in the document's order."""
    steps: list[tuple[Kind, str, StepSaid]] = []
    steps += [("job", f"jobs[{j}]", job) for j, job in enumerate(said.jobs)]
    for s, shipment in enumerate(said.shipments):
        steps.append(("pickup", f"shipments[{s}].pickup", shipment.pickup))
        steps.append(("delivery", f"shipments[{s}].delivery", shipment.delivery))
    rows = [drawn.row(path, step) for _, path, step in steps]
    used = Counter(row for row in (*rows, *starts) if row is not None)
    paused = any(vehicle.breaks for vehicle in said.vehicles)
    halts = [
        _halt(said, kind, path, step, row, alone=paused or used[row] == 1)
        for (kind, path, step), row in zip(steps, rows, strict=True)
    ]
    nothing = (0,) * size_of(said)
    for j, job in enumerate(said.jobs):
        delivery = job.delivery
        if delivery is None and job.pickup is None:
            delivery = job.amount
        loaded, brought = any(delivery or ()), any(job.pickup or ())
        yield Task(
            task_id=f"job {job.id}",
            halts=(halts[j],),
            amount=(delivery if loaded else job.pickup if brought else None) or nothing,
            loaded=loaded,
            brought=brought,
            allowed=_allowed(said, job.skills),
            priority=job.priority,
        )
    for s, shipment in enumerate(said.shipments):
        first = len(said.jobs) + 2 * s
        yield Task(
            task_id=f"shipment {shipment.pickup.id} to {shipment.delivery.id}",
            halts=(halts[first], halts[first + 1]),
            amount=shipment.amount or nothing,
            loaded=False,
            brought=False,
            allowed=_allowed(said, shipment.skills),
            priority=shipment.priority,
        )


def _allowed(said: QuestionSaid, skills: frozenset[int]) -> frozenset[int]:
    return frozenset(v for v, one in enumerate(said.vehicles) if skills <= one.skills)


def _halt(
    said: QuestionSaid, kind: Kind, path: str, step: StepSaid, row: int, *, alone: bool
) -> Halt:
    """*alone*: nothing else is at this row, so that setup is always needed and never shared.

    With breaks setup is not shared either: ours may be taken between setup and service.
    """
    setup_s = _for_all(said, f"{path}.setup_per_type", step.setup, step.setup_per_type)
    service_s = _for_all(said, f"{path}.service_per_type", step.service, step.service_per_type)
    narrow = any(last_s - first_s < setup_s for first_s, last_s in step.time_windows or ())
    return Halt(kind, path, step, row, setup_s, service_s, folded=alone or narrow)


def _for_all(said: QuestionSaid, path: str, usual: int, per_type: dict[str, int]) -> int:
    """The one length that all vehicles need; refused where they differ."""
    found = {per_type.get(vehicle.type, usual) for vehicle in said.vehicles}
    if len(found) > 1:
        raise Invalid(f"{path}: takes the same time with every vehicle here", field=path)
    return found.pop()


def nodes_of(task: Task) -> tuple[Halt | None, ...]:
    """What the nodes of the task's job are; None: in the yard or in the store."""
    if task.loaded:
        return (None, *task.halts)
    return (*task.halts, None) if task.brought else task.halts
