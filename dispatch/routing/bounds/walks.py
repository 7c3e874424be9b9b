"""The cheapest walk of one crew through places and time, visiting nodes as often as it likes.

Decides a lower bound on the price of every tour, less what its nodes bring in, whatever the
number of nodes: a tour is a walk.  A walk need not pair pickups with drops, keeps no load and
may come back to a node, though not over one other only (Houck, Picard, Queyranne and
Vemuganti, *Opsearch* 17, 1980).  Time is looked at on a grid: rounded down, so never late.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from dispatch.routing.bounds.facts import NEVER_S, PRICELESS, Facts, Ints
from dispatch.routing.solvers.kernel.compiled import compiled, compiled_inline

#: Instants looked at between the beginning and the end of a shift: wanted, and at most.
INSTANTS: Final = 400
MOST_INSTANTS: Final = 2_000


class Grid(NamedTuple):
    """What leaving a node at an instant leads to; n nodes and the start, t instants.

    every_s : from one instant to the next; no step takes less
    best, other : (n + 1, t) least price to come, by the best first node and by any other
    first, second : (n + 1, t) these nodes; n: go home, -1: nothing is possible
    visits  : (n,) how often the cheapest walk visits each node
    """

    every_s: int
    best: Ints
    other: Ints
    first: Ints
    second: Ints
    visits: Ints


def new_grid(facts: Facts) -> Grid | None:
    """Room for the walks of one crew; None where some step takes next to no time."""
    n = len(facts.service_s)
    nodes = np.flatnonzero(facts.allowed[facts.job_of])
    rows = np.append(nodes, n)
    steps_s = facts.legs_s[np.ix_(rows, nodes)] + facts.service_s[nodes]
    np.fill_diagonal(steps_s, NEVER_S)
    span_s = facts.until_s - facts.from_s
    every_s = min(max(1, span_s // INSTANTS), int(steps_s.min(initial=NEVER_S)))
    if every_s < 1 or span_s // every_s >= MOST_INSTANTS:
        return None
    return _grid(n, every_s, span_s // every_s + 1)


def no_grid(nodes: int) -> Grid:
    """A grid without instants, which says nothing."""
    return _grid(nodes, 1, 0)


def _grid(n: int, every_s: int, instants: int) -> Grid:
    shape = (n + 1, instants)

    def cells() -> Ints:
        return np.empty(shape, dtype=np.int64)

    return Grid(every_s, cells(), cells(), cells(), cells(), np.zeros(n, dtype=np.int64))


@compiled
def walk(facts: Facts, brings: Ints, grid: Grid) -> int:
    """Fill *grid* backward in time; return the price of the cheapest walk, less what it brings.

    ``brings``: (n,) per visit of each node.  O(n² · instants).  PRICELESS: there is no walk.
    """
    n, instants = grid.best.shape[0] - 1, grid.best.shape[1]
    for t in range(instants - 1, -1, -1):
        for i in range(n):
            _look_ahead(facts, brings, grid, i, t)
    _look_ahead(facts, brings, grid, n, 0)
    for k in range(n):
        grid.visits[k] = 0
    if grid.first[n, 0] >= 0:
        _follow(facts, grid)
    return int(min(PRICELESS, grid.best[n, 0] + facts.used))


@compiled_inline
def then(facts: Facts, grid: Grid, i: int, t: int, k: int) -> tuple[int, int]:
    """When service at *k* begins after leaving *i* at instant *t*, and the instant of leaving."""
    arrive_s = facts.from_s + t * grid.every_s + facts.legs_s[i, k]
    for w in range(facts.window_at[k], facts.window_at[k + 1]):
        if arrive_s <= facts.window_s[w, 1]:
            begin_s = max(facts.window_s[w, 0], arrive_s)
            leave_s = begin_s + facts.service_s[k]
            if leave_s + facts.soonest_s[k, len(facts.service_s)] > facts.until_s:
                return NEVER_S, -1
            return begin_s, (leave_s - facts.from_s) // grid.every_s
    return NEVER_S, -1


@compiled_inline
def may_step(facts: Facts, i: int, k: int) -> bool:
    """False where no tour goes from *i* to *k*: back to one's own job, or out with a drop."""
    j = facts.job_of[k]
    if k == i or facts.legs_s[i, k] >= NEVER_S or not facts.allowed[j]:
        return False
    if i == len(facts.service_s):
        return bool(facts.fetch[k] or facts.nodes_at[j + 1] - facts.nodes_at[j] == 1)
    return bool(facts.job_of[i] != j or facts.fetch[i])


@compiled_inline
def _left_at(facts: Facts, grid: Grid, i: int, leave_s: int) -> bool:
    """True when node *i* can be left at this instant or before the next one."""
    first_s = facts.window_s[facts.window_at[i], 0] + facts.service_s[i]
    last_s = facts.window_s[facts.window_at[i + 1] - 1, 1] + facts.service_s[i]
    return bool(first_s < leave_s + grid.every_s and leave_s <= last_s)


@compiled
def _look_ahead(facts: Facts, brings: Ints, grid: Grid, i: int, t: int) -> None:
    """Find the two best first steps when *i* is left at instant *t*; later instants are done."""
    n = len(facts.service_s)
    best, other, first, second = PRICELESS, PRICELESS, -1, -1
    leave_s = facts.from_s + t * grid.every_s
    grid.best[i, t], grid.first[i, t] = best, first
    grid.other[i, t], grid.second[i, t] = other, second
    if i < n and not _left_at(facts, grid, i, leave_s):
        return
    if i < n and not facts.fetch[i] and leave_s + facts.legs_s[i, n] <= facts.until_s:
        best, first = facts.step[i, n], n
    for k in range(n):
        if not may_step(facts, i, k):
            continue
        begin_s, after = then(facts, grid, i, t, k)
        if after < 0:
            continue
        back = i < n and grid.first[k, after] == i  # as n it is the way home
        rest = grid.other[k, after] if back else grid.best[k, after]
        if rest >= PRICELESS:
            continue
        more = facts.step[i, k] - brings[k] + rest
        more += facts.late_per_s * max(0, begin_s - facts.due_s[k])
        if more < best:
            other, second = best, first
            best, first = more, k
        elif more < other:
            other, second = more, k
    grid.best[i, t], grid.first[i, t] = best, first
    grid.other[i, t], grid.second[i, t] = other, second


@compiled
def _follow(facts: Facts, grid: Grid) -> None:
    """Count the visits of the cheapest walk."""
    n = len(facts.service_s)
    before, here, t = -1, n, 0
    while True:
        k = grid.first[here, t]
        if k == before and before < n:
            k = grid.second[here, t]
        if k == n or k < 0:
            break
        grid.visits[k] += 1
        _, after = then(facts, grid, here, t, k)
        before, here, t = here, k, after
