"""An instance driven backwards in time: the last stop first, drops fetched, pickups brought.

A tour of it is a tour of the original read from its end, so that both have the same best
known answer; and it is another instance, which nobody has tuned a search on.
"""

from __future__ import annotations

from dataclasses import replace

from dispatch.routing.instance_text import Sheet, Task
from dispatch.routing.instances import Instance, instance_of


def backward(instance: Instance) -> Instance:
    """Turn *instance* round; its name ends with "-back"."""
    sheet = instance.sheet
    depot = sheet.tasks[0]
    tasks = (depot, *(_turned(task, depot) for task in sheet.tasks[1:]))
    return instance_of(
        Sheet(f"{sheet.name}-back", sheet.vehicles, sheet.capacity, tasks, sheet.distance.T.copy())
    )


def _turned(task: Task, depot: Task) -> Task:
    """What began at t and took s ends, seen from the end of the day, where it began."""
    day = depot.earliest + depot.latest
    return replace(
        task,
        demand=-task.demand,
        earliest=max(depot.earliest, day - task.latest - task.service),
        latest=day - task.earliest - task.service,
        pickup=task.delivery,
        delivery=task.pickup,
    )
