"""A contraction hierarchy, one node after the other.

Geisberger, Sanders, Schultes and Vetter, "Exact routing in large road networks using
contraction hierarchies", Transportation Science 46(3), 2012; sections are theirs.  Nodes are
states of a turn graph, so its shortcuts know about turns.  Decides the order and the
shortcuts; what a cost means (time, then metres) is the caller's business.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.streets.kernel.compiled import DIGEST, compiled, compiled_and_kept
from dispatch.streets.kernel.heap import drop_first, push

Ints32 = npt.NDArray[np.int32]
Ints64 = npt.NDArray[np.int64]

#: What ``contract`` returns: everything is ordered, a pause, no room for more shortcuts.
DONE: Final = 0
PAUSE: Final = 1
FULL: Final = 2

#: Nodes settled in the search for a way round (section 3.2): for a first guess of what a node
#: is worth, and when it is contracted.  More makes fewer shortcuts and takes longer.
GUESS: Final = 12
LOOK: Final = 48

#: Indexes of ``Work.at``.
SEEN: Final = 0  # nodes that had their first guess
WAITING: Final = 1  # nodes in the queue
RANK: Final = 2  # nodes contracted
USED: Final = 3  # arcs in the pool
STAMP: Final = 4  # searches made


class Pool(NamedTuple):
    """Arcs as two linked lists per node; -1 ends a list.

    first_out, first_in : (n,) int32 arc
    tail, head, via     : (p,) int32 nodes; via -1: no shortcut
    next_out, next_in   : (p,) int32 arc
    cost                : (p,) int64
    """

    first_out: Ints32
    first_in: Ints32
    tail: Ints32
    head: Ints32
    via: Ints32
    next_out: Ints32
    next_in: Ints32
    cost: Ints64


class Work(NamedTuple):
    """Scratch.  at (5,); per node (n,): rank, level, gone (neighbours contracted), priority
    and node in the queue, stamp and distance of the last search, wanted (a target of it).
    Found shortcuts (w,): tail, head, cost.  The search's heap (h,): key, node."""

    at: Ints64
    rank: Ints32
    level: Ints32
    gone: Ints32
    queue_key: Ints64
    queue_node: Ints32
    stamp: Ints64
    wanted: Ints64
    reached: Ints64
    new_tail: Ints32
    new_head: Ints32
    new_cost: Ints64
    heap_key: Ints64
    heap_node: Ints32


@compiled
def _ways_round(
    pool: Pool, work: Work, v: int, start: int, within: int, targets: int, look: int
) -> None:
    """Search from *start* without *v*, no further than *within*: the witness search."""
    stamp = work.at[STAMP]
    keys, nodes = work.heap_key, work.heap_node
    work.stamp[start] = stamp
    work.reached[start] = 0
    size = push(keys, nodes, 0, 0, start)
    while size > 0:
        cost, x = keys[0], nodes[0]
        if cost > within:
            return
        size = drop_first(keys, nodes, size)
        if cost > work.reached[x]:
            continue
        if work.wanted[x] == stamp:
            targets -= 1
            if targets == 0:
                return
        look -= 1
        if look < 0:
            return
        arc = pool.first_out[x]
        while arc >= 0:
            y = pool.head[arc]
            further = cost + pool.cost[arc]
            if (
                y != v
                and further <= within
                and (work.stamp[y] != stamp or further < work.reached[y])
            ):
                work.stamp[y] = stamp
                work.reached[y] = further
                if size < len(keys):
                    size = push(keys, nodes, size, further, y)
            arc = pool.next_out[arc]


@compiled
def _shortcuts(pool: Pool, work: Work, v: int, look: int) -> tuple[int, int]:
    """Find what must replace *v*; return the shortcuts (in ``work.new_…``) and its arcs."""
    found, arcs = 0, 0
    arc = pool.first_out[v]
    while arc >= 0:
        arcs += 1
        arc = pool.next_out[arc]
    into = pool.first_in[v]
    while into >= 0:
        arcs += 1
        u, cost_in = pool.tail[into], pool.cost[into]
        work.at[STAMP] += 1
        targets, within = 0, 0
        arc = pool.first_out[v]
        while arc >= 0:
            if pool.head[arc] != u:
                targets += 1
                work.wanted[pool.head[arc]] = work.at[STAMP]
                within = max(within, int(cost_in + pool.cost[arc]))
            arc = pool.next_out[arc]
        if targets > 0:
            _ways_round(pool, work, v, u, within, targets, look)
            arc = pool.first_out[v]
            while arc >= 0:
                w, need = pool.head[arc], cost_in + pool.cost[arc]
                around = work.stamp[w] == work.at[STAMP] and work.reached[w] <= need
                if w != u and not around and found < len(work.new_tail):
                    work.new_tail[found] = u
                    work.new_head[found] = w
                    work.new_cost[found] = need
                    found += 1
                arc = pool.next_out[arc]
        into = pool.next_in[into]
    return found, arcs


@compiled
def _add(pool: Pool, used: int, u: int, w: int, cost: int, via: int) -> int:
    """Add the arc, or make the one that is there cheaper; return how many there are."""
    arc = pool.first_out[u]
    while arc >= 0:
        if pool.head[arc] == w:
            if cost < pool.cost[arc]:
                pool.cost[arc] = cost
                pool.via[arc] = via
            return used
        arc = pool.next_out[arc]
    pool.tail[used] = u
    pool.head[used] = w
    pool.cost[used] = cost
    pool.via[used] = via
    pool.next_out[used] = pool.first_out[u]
    pool.first_out[u] = used
    pool.next_in[used] = pool.first_in[w]
    pool.first_in[w] = used
    return used + 1


@compiled
def _unlink(first: Ints32, following: Ints32, node: int, gone: int) -> None:
    """Take arc *gone* out of the list of *node*."""
    arc = first[node]
    if arc == gone:
        first[node] = following[gone]
        return
    while following[arc] != gone:
        arc = following[arc]
    following[arc] = following[gone]


@compiled
def _leave(pool: Pool, work: Work, v: int) -> None:
    """Take *v* out of its neighbours' lists; its own two stay, as its part of the hierarchy."""
    arc = pool.first_out[v]
    while arc >= 0:
        x = pool.head[arc]
        _unlink(pool.first_in, pool.next_in, x, arc)
        work.level[x] = max(work.level[x], work.level[v] + 1)
        work.gone[x] += 1
        arc = pool.next_out[arc]
    arc = pool.first_in[v]
    while arc >= 0:
        x = pool.tail[arc]
        _unlink(pool.first_out, pool.next_out, x, arc)
        work.level[x] = max(work.level[x], work.level[v] + 1)
        work.gone[x] += 1
        arc = pool.next_in[arc]


@compiled_and_kept
def link(pool: Pool, turn_at: Ints32, turn_to: Ints32, cost: Ints64) -> int:
    """Put a graph's arcs in the pool; return how many.  An arc onto itself leads nowhere."""
    if DIGEST == 0:
        return 0
    used = 0
    for x in range(len(turn_at) - 1):
        for k in range(turn_at[x], turn_at[x + 1]):
            if turn_to[k] != x:
                used = _add(pool, used, x, turn_to[k], cost[k], -1)
    return used


@compiled_and_kept
def contract(pool: Pool, work: Work, steps: int) -> int:
    """Contract up to *steps* nodes, cheapest first (section 3.1: lazy updates).

    Returns DONE, PAUSE, or FULL when ``pool`` or ``work.new_…`` is too small to go on; then
    the same call with larger ones does.
    """
    if DIGEST == 0:
        return DONE
    at, n = work.at, len(work.rank)
    while at[SEEN] < n:
        v = at[SEEN]
        new, arcs = _shortcuts(pool, work, v, GUESS)
        at[WAITING] = push(work.queue_key, work.queue_node, at[WAITING], 2 * new - arcs, v)
        at[SEEN] += 1
    while at[WAITING] > 0:
        if steps == 0:
            return PAUSE
        v = work.queue_node[0]
        new, arcs = _shortcuts(pool, work, v, LOOK)
        if new == len(work.new_tail) or at[USED] + new > len(pool.tail):
            return FULL
        at[WAITING] = drop_first(work.queue_key, work.queue_node, at[WAITING])
        worth = 2 * new - arcs + work.level[v] + work.gone[v]
        if at[WAITING] > 0 and worth > work.queue_key[0]:
            at[WAITING] = push(work.queue_key, work.queue_node, at[WAITING], worth, v)
            continue
        for k in range(new):
            tail, head, cost = work.new_tail[k], work.new_head[k], work.new_cost[k]
            at[USED] = _add(pool, at[USED], tail, head, cost, v)
        _leave(pool, work, v)
        work.rank[v] = at[RANK]
        at[RANK] += 1
        steps -= 1
    return DONE
