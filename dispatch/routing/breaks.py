"""Where in a tour the breaks are taken.

Decides the leg of each break: where the tour ends earliest, as late as that allows.
Whether what comes out is allowed is ``check``'s question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.routing.plan import PlannedBreak
from dispatch.routing.problem import Problem
from dispatch.routing.spans import first_allowed
from dispatch.routing.work import Break


def on_the_way(
    leave_s: int, leg_s: int, breaks: Sequence[Break], before: int
) -> tuple[int, list[PlannedBreak]] | None:
    """Drive a leg of *leg_s* from *leave_s* with *breaks*; return the arrival and the pauses.

    Each break begins as soon as its windows allow, on the road or, when that is over,
    waiting at the far end.  None when one comes too late.  ``before``: the stop the leg leads to.
    """
    now_s, left_s, taken = leave_s, leg_s, []
    for pause in breaks:
        begin_s = first_allowed(pause.windows, now_s)
        if begin_s is None:
            return None
        left_s -= min(left_s, begin_s - now_s)
        now_s = begin_s + pause.duration_s
        taken.append(PlannedBreak(pause.break_id, begin_s, now_s, before))
    return now_s + left_s, taken


@dataclass(frozen=True, slots=True)
class _SoFar:
    """The earliest way to be free at ``now_s`` with this many breaks taken on each leg."""

    now_s: int
    on_legs: tuple[int, ...]


def legs_with_breaks(
    problem: Problem, vehicle: int, nodes: Sequence[int], legs_s: Sequence[int]
) -> list[tuple[Break, ...]] | None:
    """Return which breaks of *vehicle* are taken on each leg; None when one must be missed.

    ``legs_s``: one per stop, and the way home when there is one.  Earlier is never worse
    later on, so for every number of breaks taken only the earliest way is kept:
    O(legs · breaks²).
    """
    breaks = problem.vehicles[vehicle].breaks
    reached: list[_SoFar | None] = [_SoFar(problem.vehicles[vehicle].from_s, ())]
    reached += [None] * len(breaks)
    for g, leg_s in enumerate(legs_s):
        reached = [
            _earliest(problem, nodes, g, leg_s, breaks, reached, taken)
            for taken in range(len(breaks) + 1)
        ]
    ends = [
        (so_far.now_s, taken, so_far)
        for taken, so_far in enumerate(reached)
        if so_far is not None and all(b.windows[-1][1] >= so_far.now_s for b in breaks[taken:])
    ]
    if not ends:
        return None
    _, _, best = min(ends, key=lambda end: end[:2])
    answer, first = [], 0
    for count in best.on_legs:
        answer.append(breaks[first : first + count])
        first += count
    return answer


def _earliest(
    problem: Problem,
    nodes: Sequence[int],
    g: int,
    leg_s: int,
    breaks: Sequence[Break],
    reached: Sequence[_SoFar | None],
    taken: int,
) -> _SoFar | None:
    """The earliest way over leg *g* that has *taken* breaks behind it at the end."""
    best: _SoFar | None = None
    for before in range(taken, -1, -1):
        so_far = reached[before]
        if so_far is None:
            continue
        arrived = on_the_way(so_far.now_s, leg_s, breaks[before:taken], g)
        if arrived is None:
            continue
        now_s: int | None = arrived[0]
        if g < len(nodes):
            visit = problem.visits[nodes[g]]
            begin_s = first_allowed(visit.windows, arrived[0])
            now_s = None if begin_s is None else begin_s + visit.service_s
        # Equal ends: the later legs take the break, so that what can be done first is.
        if now_s is not None and (best is None or now_s <= best.now_s):
            best = _SoFar(now_s, (*so_far.on_legs, taken - before))
    return best
