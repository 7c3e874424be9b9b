"""The end of a contraction, where everybody is everybody's neighbour: a table of all pairs.

The last nodes of a town have so many arcs that searching for ways round each takes longer
than all the others did.  They are few: with the true cost between any two of them (Floyd,
"Algorithm 97: shortest path", Communications of the ACM 5(6), 1962) one look tells whether a
shortcut is needed, and none is made that is not.  Decides their order and their arcs.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.streets.kernel.compiled import DIGEST, compiled, compiled_and_kept

Ints32 = npt.NDArray[np.int32]
Ints64 = npt.NDArray[np.int64]

#: No arc.  Two of them can be added.
NO_ARC: Final = 1 << 61

#: A key beyond all others: the node is gone.
_GONE: Final = 1 << 60


@compiled_and_kept
def between(cost: Ints64) -> None:
    """Make *cost* (k, k), arcs and a diagonal of 0, the true cost between any two."""
    if DIGEST == 0:
        return
    k = len(cost)
    for v in range(k):
        for i in range(k):
            first = cost[i, v]
            if first < NO_ARC and i != v:
                for j in range(k):
                    cost[i, j] = min(cost[i, j], first + cost[v, j])


@compiled_and_kept
def eliminate(cost: Ints64, true: Ints64, via: Ints32, order: Ints32, scrap: Ints64) -> None:
    """Contract all, the one next whose absence needs the fewest shortcuts (``contract``'s rule).

    cost  : (k, k) arcs, NO_ARC for none and on the diagonal; shortcuts are added, and arcs
            that are no fastest way taken out
    true  : (k, k) what ``between`` made of them
    via   : (k, k) written where a shortcut is added: the index of who it stands for, -2 - index
    order : (k,) written: who is contracted first, second, …
    scrap : (5, k)
    """
    if DIGEST == 0:
        return
    k = len(cost)
    key, level, gone, into, out = scrap[0], scrap[1], scrap[2], scrap[3], scrap[4]
    for i in range(k):
        for j in range(k):
            if cost[i, j] > true[i, j]:
                cost[i, j] = NO_ARC
    level[:] = 0
    gone[:] = 0
    for v in range(k):
        key[v] = _worth(cost, true, key, into, out, v)
    for nth in range(k):
        while True:
            v, following = _least(key)
            worth = _worth(cost, true, key, into, out, v) + level[v] + gone[v]
            key[v] = worth
            if worth <= following:
                break
        _contracted(cost, true, via, scrap, v)
        key[v] = _GONE
        order[nth] = v


@compiled
def _least(key: Ints64) -> tuple[int, int]:
    """Return who has the least key, and the least of the others."""
    v, least, following = 0, _GONE, _GONE
    for i in range(len(key)):
        if key[i] < least:
            v, least, following = i, key[i], least
        elif key[i] < following:
            following = key[i]
    return v, following


@compiled
def _neighbours(cost: Ints64, key: Ints64, into: Ints64, out: Ints64, v: int) -> tuple[int, int]:
    """List who is still there and has an arc to *v*, or from it; return how many."""
    ins, outs = 0, 0
    for x in range(len(key)):
        if key[x] < _GONE and x != v:
            if cost[x, v] < NO_ARC:
                into[ins] = x
                ins += 1
            if cost[v, x] < NO_ARC:
                out[outs] = x
                outs += 1
    return ins, outs


@compiled
def _is_needed(cost: Ints64, true: Ints64, i: int, v: int, j: int) -> bool:
    """True when the way from *i* by *v* to *j* is a fastest one, and no arc is as good."""
    through = cost[i, v] + cost[v, j]
    return bool(i != j and through <= true[i, j] and through < cost[i, j])


@compiled
def _worth(cost: Ints64, true: Ints64, key: Ints64, into: Ints64, out: Ints64, v: int) -> int:
    """Return twice the shortcuts that *v* needs, less its arcs."""
    ins, outs = _neighbours(cost, key, into, out, v)
    new = 0
    for a in range(ins):
        i = into[a]
        for b in range(outs):
            j = out[b]
            new += _is_needed(cost, true, i, v, j)
    return 2 * new - ins - outs


@compiled
def _contracted(cost: Ints64, true: Ints64, via: Ints32, scrap: Ints64, v: int) -> None:
    key, level, gone, into, out = scrap[0], scrap[1], scrap[2], scrap[3], scrap[4]
    ins, outs = _neighbours(cost, key, into, out, v)
    for a in range(ins):
        i = into[a]
        for b in range(outs):
            j = out[b]
            if _is_needed(cost, true, i, v, j):
                cost[i, j] = cost[i, v] + cost[v, j]
                via[i, j] = -2 - v
    for a in range(ins):
        level[into[a]] = max(level[into[a]], level[v] + 1)
        gone[into[a]] += 1
    for b in range(outs):
        level[out[b]] = max(level[out[b]], level[v] + 1)
        gone[out[b]] += 1
