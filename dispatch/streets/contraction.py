"""Building a hierarchy: one node after the other, the last ones all at once.

Decides how many are last, and lays the arcs out for ``hierarchy``.  The order and the
shortcuts are ``kernel.contract``'s and ``kernel.core``'s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.streets.hierarchy import DM_BITS, Hierarchy, Ints32, Ints64
from dispatch.streets.kernel import contract
from dispatch.streets.kernel import core as dense
from dispatch.streets.turns import TurnGraph

#: The last so many nodes, one in twenty at most, are contracted by a table of all pairs
#: (``kernel.core``), and twice as many where each has so many arcs.  The table takes 0.4 s, or
#: 4 s; a walker's 2,000 of a city of 63,000 crossings took half a minute one by one.
CORE: Final = 1_000
CORE_SHARE: Final = 20
DENSE: Final = 30

#: Nodes contracted between two reports of progress.
_STEPS: Final = 2_000


def build(
    graph: TurnGraph,
    progress: Callable[[int, int], None] | None = None,
    *,
    room: int = 4,
    core: int | None = None,
) -> Hierarchy:
    """Return the hierarchy of *graph*; *progress* is told (contracted, of how many).

    room : arcs there is room for at first, per turn of the graph; more is made when needed
    core : how many are contracted last, by a table of all pairs; None: as many as pay
    """
    n, turns = graph.states, len(graph.turn_to)
    arc = graph.arc_of_state()
    state = np.repeat(np.arange(n), np.diff(graph.turn_at))
    ms = graph.ms[arc[state]].astype(np.int64) + graph.turn_ms
    cost = (ms << DM_BITS) | graph.dm[arc[state]]
    pool = _pool(n, room * turns)
    work = _work(n)
    work.at[contract.USED] = contract.link(pool, graph.turn_at, graph.turn_to, cost)
    contract.contract(pool, work, 0)  # what each node is worth at first
    for left in (2 * CORE, CORE) if core is None else (core,):
        last = n - min(left, n // CORE_SHARE if core is None else n)
        while (ranked := int(work.at[contract.RANK])) < last:
            if contract.contract(pool, work, min(_STEPS, last - ranked)) == contract.FULL:
                pool, work = _roomier(pool, work)
            elif progress is not None:
                progress(int(work.at[contract.RANK]), n)
        inside = _inside(pool, work, n)
        if np.count_nonzero(inside) > DENSE * left:
            break
    arcs = _with_core(pool, work, inside)
    if progress is not None and work.at[contract.WAITING]:
        progress(n, n)
    return Hierarchy(_arrays(arcs, work.rank, n))


class _Arcs(NamedTuple):
    """Between nodes; via -1: no shortcut."""

    tail: Ints32
    head: Ints32
    via: Ints32
    cost: Ints64

    def only(self, some: npt.NDArray[np.bool_]) -> _Arcs:
        return _Arcs(self.tail[some], self.head[some], self.via[some], self.cost[some])

    def and_(self, more: _Arcs) -> _Arcs:
        tail, head = np.append(self.tail, more.tail), np.append(self.head, more.head)
        return _Arcs(tail, head, np.append(self.via, more.via), np.append(self.cost, more.cost))


def _with_core(pool: contract.Pool, work: contract.Work, inside: npt.NDArray[np.bool_]) -> _Arcs:
    """Contract whoever is left, all at once; return all arcs, and write all ranks.

    inside : ``_inside`` of the arcs there are
    """
    nodes, n, used = _waiting(work), len(work.rank), len(inside)
    k = len(nodes)
    arcs = _Arcs(pool.tail[:used], pool.head[:used], pool.via[:used], pool.cost[:used])
    within = arcs.only(inside)
    ends = np.searchsorted(nodes, within.tail), np.searchsorted(nodes, within.head)
    cost, via = np.full((k, k), dense.NO_ARC, dtype=np.int64), np.full((k, k), -1, dtype=np.int32)
    cost[ends], via[ends] = within.cost, within.via
    true, order = cost.copy(), np.empty(k, dtype=np.int32)
    np.fill_diagonal(true, 0)
    dense.between(true)
    dense.eliminate(cost, true, via, order, np.empty((5, k), dtype=np.int64))
    work.rank[nodes[order]] = np.arange(n - k, n)
    tail, head = np.nonzero(cost < dense.NO_ARC)
    by = via[tail, head]
    by[by < -1] = nodes[-2 - by[by < -1]]
    return arcs.only(~inside).and_(_Arcs(nodes[tail], nodes[head], by, cost[tail, head]))


def _waiting(work: contract.Work) -> Ints32:
    return np.sort(work.queue_node[: work.at[contract.WAITING]])


def _inside(pool: contract.Pool, work: contract.Work, n: int) -> npt.NDArray[np.bool_]:
    """Tell of each arc whether both its ends are still to be contracted."""
    waiting, used = np.zeros(n, dtype=np.bool_), int(work.at[contract.USED])
    waiting[_waiting(work)] = True
    return np.asarray(waiting[pool.tail[:used]] & waiting[pool.head[:used]])


def _pool(n: int, arcs: int) -> contract.Pool:
    return contract.Pool(
        first_out=np.full(n, -1, np.int32),
        first_in=np.full(n, -1, np.int32),
        tail=np.empty(arcs, np.int32),
        head=np.empty(arcs, np.int32),
        via=np.empty(arcs, np.int32),
        next_out=np.empty(arcs, np.int32),
        next_in=np.empty(arcs, np.int32),
        cost=np.empty(arcs, np.int64),
    )


def _work(n: int) -> contract.Work:
    shortcuts, heap = 4_096, 4_096
    return contract.Work(
        at=np.zeros(5, np.int64),
        rank=np.zeros(n, np.int32),
        level=np.zeros(n, np.int32),
        gone=np.zeros(n, np.int32),
        queue_key=np.empty(n, np.int64),
        queue_node=np.empty(n, np.int32),
        stamp=np.zeros(n, np.int64),
        wanted=np.zeros(n, np.int64),
        reached=np.zeros(n, np.int64),
        new_tail=np.empty(shortcuts, np.int32),
        new_head=np.empty(shortcuts, np.int32),
        new_cost=np.empty(shortcuts, np.int64),
        heap_key=np.empty(heap, np.int64),
        heap_node=np.empty(heap, np.int32),
    )


def _roomier(pool: contract.Pool, work: contract.Work) -> tuple[contract.Pool, contract.Work]:
    """Return both with twice the room for arcs and for shortcuts at once."""

    def twice(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.concatenate([array, np.empty_like(array)])

    grown = contract.Pool(pool.first_out, pool.first_in, *(twice(array) for array in pool[2:]))
    shortcuts = {name: twice(getattr(work, name)) for name in ("new_tail", "new_head", "new_cost")}
    return grown, work._replace(**shortcuts)


def _arrays(arcs: _Arcs, rank: Ints32, n: int) -> dict[str, npt.NDArray[Any]]:
    """The arcs that contraction left behind, as CSR by lower end, numbered from the top."""
    order = (n - 1 - rank).astype(np.int32)
    tail, head, via = order[arcs.tail], order[arcs.head], arcs.via
    arrays: dict[str, npt.NDArray[Any]] = {"order": order}
    for way, low, high in (("up", tail, head), ("down", head, tail)):
        mine = np.flatnonzero(low > high)
        mine = mine[np.lexsort((high[mine], low[mine]))]
        at = np.zeros(n + 1, dtype=np.int32)
        np.cumsum(np.bincount(low[mine], minlength=n), out=at[1:])
        arrays[f"{way}_at"] = at
        arrays[f"{way}_node"] = high[mine]
        arrays[f"{way}_ms"] = (arcs.cost[mine] >> DM_BITS).astype(np.int32)
        arrays[f"{way}_dm"] = (arcs.cost[mine] & ((1 << DM_BITS) - 1)).astype(np.int32)
        arrays[f"{way}_via"] = np.where(via[mine] < 0, -1, order[via[mine]]).astype(np.int32)
    return arrays
