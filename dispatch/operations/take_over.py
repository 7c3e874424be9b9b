"""Who takes over what a courier leaves behind.

Decides it twice: one courier takes the whole rest in the order it was planned, when nobody
is late for it; else each order goes where it costs least, on time where that is possible,
and late rather than never.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from dispatch.core.ids import QuoteId
from dispatch.operations.carry_over import begins_s
from dispatch.operations.standing import Standing
from dispatch.routing.accepted import is_accepted
from dispatch.routing.insertion import cheapest_insertion
from dispatch.tracking.tours import Stop

Sequences = list[tuple[int, ...]]


def taken_over(
    day: Standing, rest: Sequence[Stop], booked: Collection[QuoteId], *, late: bool
) -> Sequences:
    """Return the tours of *day* with as much of *rest* in them as possible.

    rest   : the stops left behind, in the order planned; their orders are jobs of *day*
             that no sequence holds
    booked : the orders of *rest* that are paid for: they may be late, the others not
    late   : the whole rest goes to one courier even when some of it is late
    """
    whole = _by_one(day, rest, late=late)
    return whole if whole is not None else _one_by_one(day, rest, booked)


def _by_one(day: Standing, rest: Sequence[Stop], *, late: bool) -> Sequences | None:
    """The whole rest in one tour, in its order, where it makes least lateness; None: nowhere."""
    node_of = {stop.stop_id: node for node, stop in enumerate(day.stops)}
    moved = tuple(node_of[stop.stop_id] for stop in rest)
    before = begins_s(day, day.sequences)
    best: tuple[int, Sequences] | None = None
    for v, nodes in enumerate(day.sequences):
        for gap in range(len(nodes) + 1):
            tried = list(day.sequences)
            tried[v] = (*nodes[:gap], *moved, *nodes[gap:])
            if not is_accepted(day.problem, tried):
                continue
            late_s = _lateness_s(day, begins_s(day, tried), before, moved if not late else ())
            if late_s is not None and (best is None or late_s < best[0]):
                best = late_s, tried
    return None if best is None else best[1]


def _lateness_s(
    day: Standing,
    after: Mapping[int, int],
    before: Mapping[int, int],
    strict: Collection[int],
) -> int | None:
    """All lateness, in seconds; None when somebody is late who must not be."""
    total = 0
    for node, begin_s in after.items():
        due_s = day.problem.visits[node].due_s
        if due_s is None or begin_s <= due_s:
            continue
        if node in strict or (node in before and begin_s > before[node]):
            return None
        total += begin_s - due_s
    return total


def _one_by_one(day: Standing, rest: Sequence[Stop], booked: Collection[QuoteId]) -> Sequences:
    answer = list(day.sequences)
    names = dict.fromkeys(stop.quote_id for stop in rest)
    for may_be_late in (False, True):
        for name in list(names):
            # Nobody waits longer for a place that is not paid for.
            if may_be_late and name not in booked:
                continue
            job = day.job_named(name)
            if job is None:
                continue
            found = cheapest_insertion(day.problem, answer, job, may_be_late=may_be_late)
            if found is not None:
                answer[found.vehicle] = found.nodes
                del names[name]
    return answer
