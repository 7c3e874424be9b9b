"""Until when may a tour wait where it is, and break nothing it would keep by leaving now?

Decides an instant, not whether to wait: that is a policy's question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dispatch.core.errors import Invalid
from dispatch.routing.plan import PlannedTour
from dispatch.routing.problem import Problem
from dispatch.routing.schedule import schedule


def latest_start_s(problem: Problem, vehicle: int, nodes: Sequence[int]) -> int:
    """Return the last second at which *vehicle* may set out for *nodes* and lose nothing by it.

    Lost is what would not be lost by setting out at ``from_s``: a window, the end of the
    shift, or a stop beginning both later than then and after its ``due_s`` (of an ``aimed``
    problem, that leaves something to chance).
    ``from_s`` where nothing can wait.  Later starts make no stop earlier (travel keeps no
    appointments), so the answer is found by halving: O(log(shift)) schedules.

    Raises ``Invalid`` when *nodes* is empty or cannot be driven at all.
    """
    courier = problem.vehicles[vehicle]
    now = schedule(problem, vehicle, nodes)
    if now is None or not now.stops:
        raise Invalid(f"vehicle {courier.vehicle_id} has no tour it could drive", field="nodes")
    end_s = max(courier.until_s, now.end_s)

    def keeps(from_s: int) -> bool:
        later = replace(courier, from_s=from_s, until_s=max(from_s, courier.until_s))
        crew = (*problem.vehicles[:vehicle], later, *problem.vehicles[vehicle + 1 :])
        tour = schedule(replace(problem, vehicles=crew), vehicle, nodes)
        return tour is not None and tour.end_s <= end_s and _in_time(problem, now, tour)

    first_s, last_s = courier.from_s, max(courier.from_s, now.stops[-1].begin_s, end_s)
    while first_s < last_s:
        middle_s = (first_s + last_s + 1) // 2
        if keeps(middle_s):
            first_s = middle_s
        else:
            last_s = middle_s - 1
    return first_s


def _in_time(problem: Problem, now: PlannedTour, later: PlannedTour) -> bool:
    for before, after in zip(now.stops, later.stops, strict=True):
        due_s = problem.visits[before.node].due_s
        if due_s is not None and after.begin_s > max(before.begin_s, due_s):
            return False
    return True
