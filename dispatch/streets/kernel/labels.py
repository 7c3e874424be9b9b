"""Labels: all that a place reaches on its way up a hierarchy, kept, and two of them compared.

Abraham, Delling, Goldberg and Werneck, "Hierarchical hub labelings for shortest paths", ESA
2012: the fastest way between two places leads over a node in the label of each.  Nodes that are
reached faster from above are left out: no fastest way has its top there.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.streets.kernel.compiled import DIGEST, compiled, compiled_and_kept
from dispatch.streets.kernel.sweep import drop_first, push

Ints32 = npt.NDArray[np.int32]
Ints64 = npt.NDArray[np.int64]
#: More than any way costs; the sum of it and such a way is still an int64.
FAR: Final = 2**62

#: (at, node, cost): arcs of nodes, by their lower end.
Way = tuple[Ints32, Ints32, Ints64]
#: (first, count, node, cost): of each place, where its label begins among the entries, how many
#: it has; the entries.
Entries = tuple[Ints64, Ints64, Ints32, Ints64]


@compiled
def _reach(
    x: int, cost: int, reached: Ints64, seen: Ints32, stamp: int, heap: Ints32, size: int
) -> int:
    """Reach *x* at *cost*, if not for less before; return how many wait on the *heap*."""
    if seen[x] != stamp:
        seen[x] = stamp
        reached[x] = cost
        return push(heap, size, x)
    reached[x] = min(reached[x], cost)
    return size


@compiled
def _from_above(x: int, back: Way, reached: Ints64, seen: Ints32, stamp: int) -> int:
    """Return what *x* costs by way of those above it, as far as these are reached."""
    at, node, cost = back
    best = FAR
    for arc in range(at[x], at[x + 1]):
        y = node[arc]
        if seen[y] == stamp:
            best = min(best, reached[y] + cost[arc])
    return best


@compiled_and_kept
def label(
    way: Way,
    back: Way,
    starts: Ints32,
    start_cost: Ints64,
    reached: Ints64,
    seen: Ints32,
    stamp: int,
    heap: Ints32,
    found: Ints32,
) -> int:
    """Write the nodes of a label into *found*, lowest first; return how many.

    What each costs is in ``reached``.  *back* are the arcs the other way, by their lower end;
    the others are those of ``climb``.
    """
    if DIGEST == 0:
        return 0
    at, node, cost = way
    size = 0
    for k in range(len(starts)):
        size = _reach(starts[k], start_cost[k], reached, seen, stamp, heap, size)
    many = 0
    while size > 0:
        x = heap[0]
        size = drop_first(heap, size)
        if _from_above(x, back, reached, seen, stamp) < reached[x]:
            continue
        found[many] = x
        many += 1
        for arc in range(at[x], at[x + 1]):
            further = reached[x] + cost[arc]
            size = _reach(node[arc], further, reached, seen, stamp, heap, size)
    # Once more from the top, now that all of those above are reached.
    for k in range(many - 1, -1, -1):
        x = found[k]
        best = _from_above(x, back, reached, seen, stamp)
        if best < reached[x]:
            reached[x] = best
            found[k] = -1
    kept = 0
    for k in range(many):
        if found[k] >= 0:
            found[kept] = found[k]
            kept += 1
    return kept


@compiled_and_kept
def compare(
    few: Ints64,
    few_entries: Entries,
    many: Ints64,
    many_entries: Entries,
    at_node: Ints64,
    none: int,
    out: Ints64,
) -> int:
    """Fill *out* (few, many) with the cheapest ways between places, *none* where there is none.

    few, many : numbers of places among their entries
    at_node   : work space, ``FAR`` at every node, and so again afterwards
    """
    if DIGEST == 0:
        return 0
    few_first, few_count, few_node, few_cost = few_entries
    many_first, many_count, many_node, many_cost = many_entries
    for i in range(len(few)):
        first = few_first[few[i]]
        until = first + few_count[few[i]]
        for k in range(first, until):
            at_node[few_node[k]] = few_cost[k]
        for j in range(len(many)):
            begin = many_first[many[j]]
            best = none
            for k in range(begin, begin + many_count[many[j]]):
                best = min(best, many_cost[k] + at_node[many_node[k]])
            out[i, j] = best
        for k in range(first, until):
            at_node[few_node[k]] = FAR
    return len(out)
