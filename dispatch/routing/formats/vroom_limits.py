"""What VROOM can ask and this house cannot say, refused by the name of its field.

A limit that cannot bind is no limit: such a value is accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dispatch.core.errors import Invalid
from dispatch.routing.formats.vroom_words import QuestionSaid, VehicleSaid


def refuse_unsayable(said: QuestionSaid) -> None:
    """Raise ``Invalid`` for the first field that has no word here, or that contradicts others."""
    for path, why in (*_vehicles(said), *_amounts(said), *_twins(said)):
        raise Invalid(f"{path}: {why}", field=path)


def _vehicles(said: QuestionSaid) -> Iterator[tuple[str, str]]:
    tasks = len(said.jobs) + 2 * len(said.shipments)
    fixed = said.vehicles[0].costs.fixed
    for v, one in enumerate(said.vehicles):
        window, most, costs = one.time_window or (0, 0), one.max_tasks, one.costs
        bases = (one.start, one.end, one.start_index, one.end_index)
        for wrong, field, why in (
            (bases == (None,) * 4, "", "has neither start nor end"),
            (window[1] < window[0], ".time_window", f"is empty: {list(window)}"),
            (most is not None and most < tasks, ".max_tasks", "tasks are not counted here"),
            (not _never_reached(one), ".max_travel_time", "not here; shorten the time_window"),
            (one.max_distance is not None, ".max_distance", "distances are not limited here"),
            (costs.per_km, ".costs.per_km", "tours are priced by time here; use per_hour"),
            (costs.per_task_hour, ".costs.per_task_hour", "time at a stop is not priced here"),
            (costs.fixed != fixed, ".costs.fixed", f"the first vehicle's is {fixed}; one for all"),
        ):
            if wrong:
                yield f"vehicles[{v}]{field}", why
        for b, pause in enumerate(one.breaks):
            if pause.max_load is not None and _binds(pause.max_load, one.capacity):
                yield f"vehicles[{v}].breaks[{b}].max_load", "breaks do not look at the load here"


def _never_reached(vehicle: VehicleSaid) -> bool:
    """True when the shift is over before the longest travel time is used up."""
    if vehicle.max_travel_time is None:
        return True
    if vehicle.time_window is None:
        return False
    return vehicle.max_travel_time >= vehicle.time_window[1] - vehicle.time_window[0]


def _binds(limit: Sequence[int], capacity: Sequence[int]) -> bool:
    return len(limit) != len(capacity) or any(a < b for a, b in zip(limit, capacity, strict=True))


def _amounts(said: QuestionSaid) -> Iterator[tuple[str, str]]:
    first = next((one.capacity for one in said.vehicles if one.capacity), ())
    amounts: list[tuple[str, Sequence[int] | None]] = [
        (f"vehicles[{v}].capacity", one.capacity or None) for v, one in enumerate(said.vehicles)
    ]
    for j, job in enumerate(said.jobs):
        path = f"jobs[{j}]"
        amounts += [
            (f"{path}.{name}", getattr(job, name)) for name in ("delivery", "pickup", "amount")
        ]
        if any(job.delivery or ()) and any(job.pickup or ()):
            yield f"{path}.pickup", "a job that also has a delivery cannot be said; make it two"
    amounts += [(f"shipments[{s}].amount", one.amount) for s, one in enumerate(said.shipments)]
    for path, amount in amounts:
        if amount is not None and len(amount) != len(first):
            yield path, f"{len(amount)} amounts, capacities have {len(first)}"


def _twins(said: QuestionSaid) -> Iterator[tuple[str, str]]:
    yield from _twice("vehicles[{}].id", [one.id for one in said.vehicles])
    yield from _twice("jobs[{}].id", [one.id for one in said.jobs])
    yield from _twice("shipments[{}].pickup.id", [one.pickup.id for one in said.shipments])
    yield from _twice("shipments[{}].delivery.id", [one.delivery.id for one in said.shipments])
    for v, vehicle in enumerate(said.vehicles):
        yield from _twice(f"vehicles[{v}].breaks[{{}}].id", [one.id for one in vehicle.breaks])


def _twice(path: str, ids: Iterable[int]) -> Iterator[tuple[str, str]]:
    seen: set[int] = set()
    for i, one in enumerate(ids):
        if one in seen:
            yield path.format(i), f"{one} stands twice"
        seen.add(one)
