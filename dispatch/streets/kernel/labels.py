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
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
#: More than any way costs; the sum of it and such a way is still an int64.
FAR: Final = 2**62

#: (at, node, cost): arcs of nodes, by their lower end.
Way = tuple[Ints32, Ints32, Ints64]
#: (edge, usable, at_ms, walk_ms, point): of each place, as in ``doors.Doors``, and its degrees.
Touching = tuple[Ints64, Flags, Ints64, Ints64, Floats]
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


@compiled
def _spread(place: int, entries: Entries, at_node: Ints64) -> None:
    """Write into *at_node* what *place* pays for each node of its label."""
    first, count, node, cost = entries
    for k in range(first[place], first[place] + count[place]):
        at_node[node[k]] = cost[k]


@compiled
def _gathered(place: int, entries: Entries, at_node: Ints64) -> None:
    """Take what `_spread` wrote out of *at_node* again."""
    first, count, node, _ = entries
    for k in range(first[place], first[place] + count[place]):
        at_node[node[k]] = FAR


@compiled
def _cheapest(place: int, entries: Entries, at_node: Ints64, none: int) -> int:
    """Return what the best way between *place* and the one in *at_node* costs, or *none*."""
    first, count, node, cost = entries
    best = none
    for k in range(first[place], first[place] + count[place]):
        best = min(best, cost[k] + at_node[node[k]])
    return best


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
    for i in range(len(few)):
        _spread(few[i], few_entries, at_node)
        for j in range(len(many)):
            out[i, j] = _cheapest(many[j], many_entries, at_node, none)
        _gathered(few[i], few_entries, at_node)
    return len(out)


@compiled
def _along_ms(start: int, finish: int, places: Touching) -> int:
    """Return milliseconds along the edge that both touch, ``FAR`` where it leads the other way."""
    _, usable, at_ms, _, _ = places
    best = FAR
    for direction in range(2):
        ahead_ms = at_ms[finish, direction] - at_ms[start, direction]
        if usable[start, direction] and ahead_ms >= 0:
            best = min(best, ahead_ms)
    return best


@compiled
def _trip_s(
    start: int, finish: int, ride_ms: int, places: Touching, none_ms: int, never_s: int
) -> int:
    """Return the seconds of a trip that rides for *ride_ms* where it goes over nodes."""
    edge, _, _, walk_ms, point = places
    if edge[start] == edge[finish]:
        if point[start, 0] == point[finish, 0] and point[start, 1] == point[finish, 1]:
            return 0
        ride_ms = min(ride_ms, _along_ms(start, finish, places))
    if ride_ms >= none_ms:
        return never_s
    return int((ride_ms + walk_ms[start] + walk_ms[finish] + 999) // 1000)


@compiled_and_kept
def seconds(
    few: Ints64,
    few_entries: Entries,
    many: Ints64,
    many_entries: Entries,
    leave: bool,
    places: Touching,
    at_node: Ints64,
    unit: int,
    none_ms: int,
    never_s: int,
    out: Ints64,
) -> int:
    """Fill *out* (few, many) with whole seconds of trips between doors, rounded up.

    leave   : trips begin at *few*; else they begin at *many* and end at *few*
    unit    : bits of a cost below its milliseconds
    none_ms, never_s : what stands for "no road" among milliseconds, and among seconds
    The rest is as for ``compare``.
    """
    if DIGEST == 0:
        return 0
    none = none_ms << unit
    for i in range(len(few)):
        _spread(few[i], few_entries, at_node)
        for j in range(len(many)):
            ride_ms = _cheapest(many[j], many_entries, at_node, none) >> unit
            start, finish = (few[i], many[j]) if leave else (many[j], few[i])
            out[i, j] = _trip_s(start, finish, ride_ms, places, none_ms, never_s)
        _gathered(few[i], few_entries, at_node)
    return len(out)
