"""VROOM's rules as its documentation states them, on plain JSON: question in, answer in.

Shares no code with ``dispatch.routing``: it is what a VROOM user would check by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

Json = dict[str, Any]
HOUR_S = 3600
NEVER_S = 10**12


def broken(question: Json, answer: Json) -> list[str]:
    """Return what *answer* does that VROOM would not allow, or tells differently."""
    tasks = dict(_tasks(question))
    vehicles = {vehicle["id"]: vehicle for vehicle in question["vehicles"]}
    found = list(_coverage(tasks, answer))
    for route in answer["routes"]:
        vehicle = vehicles[route["vehicle"]]
        found += _times(question, vehicle, route, tasks)
        found += _loads(vehicle, route, tasks)
        found += _breaks(vehicle, route)
        found += _told(vehicle, route)
    summary = answer["summary"]
    for name in ("cost", "setup", "service", "duration", "waiting_time", "priority"):
        if summary[name] != sum(route[name] for route in answer["routes"]):
            found.append(f"summary.{name} is not the sum of its routes")
    return found


def _tasks(question: Json) -> Iterator[tuple[tuple[str, int], Json]]:
    """Every halt by its kind and id, with what its shipment says of it."""
    for job in question.get("jobs", ()):
        yield ("job", job["id"]), {"pickup": None, "delivery": None, **job}
    for shipment in question.get("shipments", ()):
        own = {
            name: shipment[name] for name in ("amount", "skills", "priority") if name in shipment
        }
        fetched = shipment["pickup"]["id"]
        yield ("pickup", fetched), {**shipment["pickup"], **own}
        yield (
            ("delivery", shipment["delivery"]["id"]),
            {
                **shipment["delivery"],
                **own,
                "fetched": fetched,
            },
        )


def _coverage(tasks: dict[tuple[str, int], Json], answer: Json) -> Iterator[str]:
    done = [
        (step["type"], step["id"])
        for route in answer["routes"]
        for step in route["steps"]
        if step["type"] in ("job", "pickup", "delivery")
    ]
    left = [(task["type"], task["id"]) for task in answer["unassigned"]]
    if sorted(done + left) != sorted(tasks):
        yield f"not every task once: {sorted(done + left)}"
    if answer["summary"]["unassigned"] != len(left):
        yield "summary.unassigned is wrong"
    for route in answer["routes"]:
        seen = set()
        for step in route["steps"]:
            seen.add((step["type"], step.get("id")))
            fetched = tasks.get((step["type"], step.get("id")), {}).get("fetched")
            if fetched is not None and ("pickup", fetched) not in seen:
                yield f"delivery {step['id']} is not fetched before by {route['vehicle']}"


def _times(question: Json, vehicle: Json, route: Json, tasks: Any) -> Iterator[str]:
    legs = question["matrices"][vehicle.get("profile", "car")]["durations"]
    pace = round(100 / vehicle.get("speed_factor", 1))
    here: int | None = vehicle.get("start_index")
    steps = route["steps"]
    first_s, last_s = vehicle.get("time_window", (0, NEVER_S))
    if steps[0]["arrival"] < first_s or steps[-1]["arrival"] > last_s:
        yield f"vehicle {vehicle['id']} is out of its hours"
    driven, left = 0, 0
    for step, after in pairwise(steps):
        task = tasks.get((step["type"], step.get("id")))
        if task is not None:
            yield from _task_times(vehicle, step, task, here)
            here = task["location_index"]
        if step["type"] != "break":
            there = _next_row(vehicle, steps[steps.index(step) + 1 :], tasks)
            left = 0 if here is None or there is None else pace * legs[here][there]
            driven += left
        free_s = step["arrival"] + step["waiting_time"] + step["setup"] + step["service"]
        gone = 100 * (after["arrival"] - free_s)
        # A break may be anywhere on the way; the whole way is behind at the next place.
        if gone < (0 if after["type"] == "break" else left):
            yield f"{after['type']} {after.get('id')} comes too early"
        left = max(0, left - gone) if after["type"] == "break" else 0
    if route["duration"] != driven // 100:
        yield f"route.duration is {route['duration']}, the legs are {driven / 100}"


def _next_row(vehicle: Json, steps: list[Json], tasks: Any) -> int | None:
    for step in steps:
        if (step["type"], step.get("id")) in tasks:
            return int(tasks[step["type"], step["id"]]["location_index"])
    return vehicle.get("end_index")


def _task_times(vehicle: Json, step: Json, task: Json, here: int | None) -> Iterator[str]:
    name = f"{step['type']} {step['id']}"
    start_s = step["arrival"] + step["waiting_time"]
    windows = task.get("time_windows", [[0, NEVER_S]])
    if not any(first_s <= start_s <= last_s for first_s, last_s in windows):
        yield f"{name} starts at {start_s}, outside {windows}"
    if step["waiting_time"] < 0:
        yield f"{name} waits for {step['waiting_time']}"
    if step["service"] != task.get("service", 0):
        yield f"{name} is served for {step['service']}"
    if step["setup"] < (0 if here == task["location_index"] else task.get("setup", 0)):
        yield f"{name} is not set up"
    if not set(task.get("skills", ())) <= set(vehicle.get("skills", ())):
        yield f"{name} needs skills that {vehicle['id']} has not"


def _loads(vehicle: Json, route: Json, tasks: Any) -> Iterator[str]:
    capacity = vehicle["capacity"]
    done = [(step, tasks.get((step["type"], step.get("id")), {})) for step in route["steps"]]
    load = [0] * len(capacity)
    for step, task in done:
        if step["type"] == "job" and task["delivery"]:
            load = [a + b for a, b in zip(load, task["delivery"], strict=True)]
    for step, task in done:
        sign = -1 if step["type"] == "delivery" or task.get("delivery") else 1
        amount = (
            task.get("amount") or task.get("delivery") or task.get("pickup") or [0] * len(capacity)
        )
        load = [a + sign * b for a, b in zip(load, amount, strict=True)]
        if step["load"] != load:
            yield f"{step['type']} {step.get('id')} tells load {step['load']}, it is {load}"
        if any(a > c for a, c in zip(load, capacity, strict=True)):
            yield f"vehicle {vehicle['id']} carries {load}"


def _breaks(vehicle: Json, route: Json) -> Iterator[str]:
    said = {pause["id"]: pause for pause in vehicle.get("breaks", ())}
    taken = [step for step in route["steps"] if step["type"] == "break"]
    if sorted(step["id"] for step in taken) != sorted(said):
        yield f"vehicle {vehicle['id']} takes breaks {[step['id'] for step in taken]}"
    for step in taken:
        begin_s = step["arrival"] + step["waiting_time"]
        windows = said[step["id"]].get("time_windows", [[0, NEVER_S]])
        if not any(first_s <= begin_s <= last_s for first_s, last_s in windows):
            yield f"break {step['id']} begins at {begin_s}, outside {windows}"
        if step["service"] != said[step["id"]].get("service", 0):
            yield f"break {step['id']} takes {step['service']}"


def _told(vehicle: Json, route: Json) -> Iterator[str]:
    costs = vehicle.get("costs", {})
    hours = costs.get("per_hour", HOUR_S) * route["duration"]
    if abs(HOUR_S * (route["cost"] - costs.get("fixed", 0)) - hours) > HOUR_S // 2:
        yield f"route.cost is {route['cost']}"
    for name in ("setup", "service", "waiting_time"):
        if route[name] != sum(step[name] for step in route["steps"]):
            yield f"route.{name} is not the sum of its steps"
