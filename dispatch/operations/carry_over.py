"""A solved plan, put into the day as it is by now.

The solver thinks without a lock, so the day has moved on: stops are over or
frozen, orders were cancelled, others came in.  Decides whether the plan can still
be handed out; when it cannot, the standing plan is.
"""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.operations.lateness import lateness
from dispatch.operations.standing import Standing
from dispatch.routing.accepted import is_accepted
from dispatch.routing.insertion import cheapest_insertion
from dispatch.routing.schedule import schedule

Sequences = list[tuple[int, ...]]


def carried_over(day: Standing, solved: Sequence[Sequence[str]]) -> Sequences | None:
    """Return the solved order for the day as it is now; None when it may not be handed out.

    It may when the independent checker accepts it, every order that had a place has
    one, and none of them is later than promised, or than it stood already.

    solved : per vehicle, the ids of the stops in the order the solver gave them
    """
    node_of = {stop.stop_id: n for n, stop in enumerate(day.stops)}
    known = [tuple(node_of[s] for s in stop_ids if s in node_of) for stop_ids in solved]
    whole = _whole_jobs(day, known)
    sequences = [tuple(n for n in nodes if day.problem.job_of[n] in whole) for nodes in known]
    if any(schedule(day.problem, v, nodes) is None for v, nodes in enumerate(sequences)):
        return None
    settled = _with_everybody(day, sequences)
    if settled is None or not _keeps_promises(day, settled):
        return None
    return settled if is_accepted(day.problem, settled) else None


def with_newcomers(day: Standing) -> Sequences:
    """Return the standing plan, with the orders that hope for a place where they fit."""
    return _with_everybody(day, list(day.sequences)) or list(day.sequences)


def _with_everybody(day: Standing, sequences: Sequences) -> Sequences | None:
    """Insert who is missing; None when somebody who has a place in the standing plan finds none."""
    answer = list(sequences)
    served = {day.problem.job_of[n] for nodes in answer for n in nodes}
    placed = _placed(day)
    # Those who have a place first, then those who hope for one.
    missing = sorted(set(range(len(day.problem.jobs))) - served, key=lambda job: job not in placed)
    for job in missing:
        found = cheapest_insertion(day.problem, answer, job)
        if found is not None:
            answer[found.vehicle] = found.nodes
        elif job in placed:
            return None
    return answer


def _placed(day: Standing) -> set[int]:
    return {day.problem.job_of[n] for nodes in day.sequences for n in nodes}


def _keeps_promises(day: Standing, sequences: Sequences) -> bool:
    """True when nobody who had a place begins later than promised, or than before."""
    placed = {day.stops[node].quote_id for nodes in day.sequences for node in nodes}
    newcomers = {stop.quote_id for stop in day.stops} - placed
    before, after = lateness(day, day.sequences), lateness(day, sequences)
    return not after.losers(before, strangers=newcomers)


def _whole_jobs(day: Standing, sequences: Sequence[Sequence[int]]) -> set[int]:
    """Jobs whose every visit is in one sequence, of a vehicle that may do them."""
    whole: set[int] = set()
    for v, nodes in enumerate(sequences):
        for job in {day.problem.job_of[n] for n in nodes}:
            allowed = day.problem.jobs[job].vehicles
            if set(day.problem.nodes_of[job]) <= set(nodes) and (allowed is None or v in allowed):
                whole.add(job)
    return whole
