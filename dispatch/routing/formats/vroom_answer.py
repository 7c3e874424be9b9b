"""A plan in the words of VROOM's answer, documented in its docs/API.md.

Decides how arrivals, waiting and loads are told: VROOM's arrival is before setup, ours
after it; a vehicle leaves as late as its first halt allows; breaks that a tour does not
need are taken when it is over.  Every other number is the plan's.

One field is not VROOM's: ``reason`` of what is unassigned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from dispatch.routing.formats.vroom_places import HUNDRED
from dispatch.routing.formats.vroom_problem import Question
from dispatch.routing.formats.vroom_steps import Step, Steps, where
from dispatch.routing.formats.vroom_words import Answer, VehicleSaid
from dispatch.routing.plan import Plan, PlannedTour

_HOUR_S: Final = 3600

#: What a route and a summary add up.
_SUMS: Final = ("setup", "service", "duration", "waiting_time", "priority")


def answer(question: Question, plan: Plan, seconds: float) -> Answer:
    """Return *plan*, an answer to *question* found in *seconds*, as VROOM's answer with code 0."""
    routes = [_route(question, tour) for tour in plan.tours if tour.stops]
    unassigned = list(_unassigned(question, plan))
    counted = any(vehicle.capacity for vehicle in question.said.vehicles)
    summary: dict[str, Any] = {
        "cost": sum(route["cost"] for route in routes),
        "routes": len(routes),
        "unassigned": len(unassigned),
        **{name: sum(route[name] for route in routes) for name in _SUMS},
        "violations": [],
        "computing_times": {"loading": 0, "solving": round(1000 * seconds)},
    }
    for name in ("delivery", "pickup") if counted else ():
        summary[name] = _added(question, (route[name] for route in routes))
    if all(vehicle.profile in question.map.metres for vehicle in question.said.vehicles):
        summary["distance"] = sum(route["distance"] for route in routes)
    return {"code": 0, "summary": summary, "unassigned": unassigned, "routes": routes}


def refusal(code: int, message: str) -> Answer:
    """Return VROOM's answer to what went wrong: code 1 inside, 2 in the question."""
    return {"code": code, "error": message}


def _added(question: Question, amounts: Iterable[Sequence[int]]) -> list[int]:
    nothing = [0] * len(question.problem.vehicles[0].capacity)
    return [sum(parts) for parts in zip(nothing, *amounts, strict=True)]


def _unassigned(question: Question, plan: Plan) -> Iterable[Step]:
    why = {item.job_id: item.refusal.code for item in plan.unserved}
    for task in (*question.tasks, *question.nobody):
        reason = why.get(task.task_id) if task.allowed else "skills"
        for halt in task.halts if reason is not None else ():
            yield {"id": halt.step.id, "type": halt.kind, **where(halt.step), "reason": reason}


def _price(vehicle: VehicleSaid, duration_s: int) -> int:
    """The route's cost: whole seconds, and a half is rounded up."""
    return vehicle.costs.fixed + (vehicle.costs.per_hour * duration_s + _HOUR_S // 2) // _HOUR_S


def _route(question: Question, tour: PlannedTour) -> Step:
    vehicle, job_of = question.said.vehicles[tour.vehicle], question.problem.job_of
    tasks = [question.tasks[j] for j in dict.fromkeys(job_of[n] for n in tour.nodes)]
    loaded = [task.amount for task in tasks if task.loaded]
    brought = [task.amount for task in tasks if task.brought]
    carried = [task.amount for task in tasks if len(task.halts) > 1]
    told = Steps(question, tour, _added(question, loaded))
    route: Step = {
        "vehicle": vehicle.id,
        "cost": _price(vehicle, told.hundredths // HUNDRED),
        "setup": sum(step["setup"] for step in told.steps),
        "service": sum(step["service"] for step in told.steps),
        "duration": told.hundredths // HUNDRED,
        "waiting_time": sum(step["waiting_time"] for step in told.steps),
        "priority": sum(len(task.halts) * task.priority for task in tasks),
        "steps": told.steps,
        "violations": [],
    }
    if vehicle.description:
        route["description"] = vehicle.description
    if vehicle.capacity:
        route["delivery"] = _added(question, (*loaded, *carried))
        route["pickup"] = _added(question, (*brought, *carried))
    if vehicle.profile in question.map.metres:
        route["distance"] = told.metres
    return route
