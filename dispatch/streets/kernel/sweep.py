"""Fastest ways on a hierarchy: up from every source, then down once for many of them.

Delling, Goldberg and Werneck, "Faster batched shortest paths in road networks" (RPHAST),
ATMOS 2011: a table needs only the nodes from which its targets are reached downwards, and
one pass over them serves a block of sources.  Nodes are numbered from the top: 0 is the last
contracted, and arcs lead up to smaller numbers.

Compiled twice, for int32 (times) and int64 (time and metres in one number).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dispatch.streets.kernel.compiled import DIGEST, compiled, compiled_and_kept

Ints32 = npt.NDArray[np.int32]
Ints64 = npt.NDArray[np.int64]
#: int32 or int64: costs, and what they add up to.
Costs = npt.NDArray[Any]

#: Sources swept together, at most, and what their number is rounded up to (a vector).
LANES: Final = 64
VECTOR: Final = 8


@compiled_and_kept
def below(at: Ints32, node: Ints32, starts: Ints32, seen: Ints32, stamp: int, found: Ints32) -> int:
    """Write into *found* every node reached upwards from *starts*; return how many."""
    if DIGEST == 0:
        return 0
    many = 0
    for x in starts:
        if seen[x] != stamp:
            seen[x] = stamp
            found[many] = x
            many += 1
    k = 0
    while k < many:
        x = found[k]
        k += 1
        for arc in range(at[x], at[x + 1]):
            y = node[arc]
            if seen[y] != stamp:
                seen[y] = stamp
                found[many] = y
                many += 1
    return many


@compiled
def push(heap: Ints32, size: int, x: int) -> int:
    """Put *x* among the *size* numbers of *heap*, the largest first; return how many they are."""
    i = size
    while i > 0:
        above = (i - 1) >> 1
        if heap[above] >= x:
            break
        heap[i] = heap[above]
        i = above
    heap[i] = x
    return size + 1


@compiled
def drop_first(heap: Ints32, size: int) -> int:
    """Take the largest of the *size* numbers of *heap* away; return how many are left."""
    size -= 1
    x, i = heap[size], 0
    while True:
        under = 2 * i + 1
        if under >= size:
            break
        if under + 1 < size and heap[under + 1] > heap[under]:
            under += 1
        if heap[under] <= x:
            break
        heap[i] = heap[under]
        i = under
    heap[i] = x
    return size


@compiled_and_kept
def climb(
    at: Ints32,
    node: Ints32,
    cost: Ints64,
    starts: Ints32,
    start_cost: Ints64,
    reached: Ints64,
    by: Ints32,
    seen: Ints32,
    stamp: int,
    heap: Ints32,
    found: Ints32,
) -> int:
    """Go up from *starts*: ``reached`` and ``by`` (the node before, -1: none) of all above.

    Nodes are taken lowest first, which is an order in which every arc leads on: one look at
    each is enough.  They are written into *found*; returns how many.
    """
    if DIGEST == 0:
        return 0
    size = 0
    for k in range(len(starts)):
        x = starts[k]
        if seen[x] != stamp:
            seen[x] = stamp
            reached[x] = start_cost[k]
            by[x] = -1
            size = push(heap, size, x)
        elif start_cost[k] < reached[x]:
            reached[x] = start_cost[k]
    many = 0
    while size > 0:
        x = heap[0]
        size = drop_first(heap, size)
        found[many] = x
        many += 1
        for arc in range(at[x], at[x + 1]):
            y, further = node[arc], reached[x] + cost[arc]
            if seen[y] != stamp:
                seen[y] = stamp
                reached[y] = further
                by[y] = x
                size = push(heap, size, y)
            elif further < reached[y]:
                reached[y] = further
                by[y] = x
    return many


@compiled_and_kept
def cut(
    at: Ints32,
    node: Ints32,
    cost: Costs,
    nodes: Ints32,
    first: int,
    place: Ints32,
    small: tuple[Ints32, Ints32, Costs],
) -> int:
    """Fill *small* with the arcs of *nodes*, by the positions of their ends; return how many.

    nodes : (r,) of which no arc leads to one without a position
    place : per node, its position; *nodes* get theirs from *first* on
    small : at (r + 1,), node, cost
    """
    if DIGEST == 0:
        return 0
    small_at, small_node, small_cost = small
    for i in range(len(nodes)):
        place[nodes[i]] = first + i
    many = 0
    for i in range(len(nodes)):
        small_at[i] = many
        x = nodes[i]
        for arc in range(at[x], at[x + 1]):
            small_node[many] = place[node[arc]]
            small_cost[many] = cost[arc]
            many += 1
    small_at[len(nodes)] = many
    return many


@compiled
def _through(best: Costs, other: Costs, way: Any, lanes: int) -> None:
    """In every lane: *best* is what it was, or *other* and *way* where that is less."""
    # ``lanes`` is no constant on purpose: a loop of known length is unrolled into single
    # steps (17 ns for 32 lanes), one of unknown length into vectors (4.4 ns).
    for lane in range(lanes):
        # Numba adds in 64 bits: cast back, or only half as many lanes fit a vector.
        through = best.dtype.type(other[lane] + way)
        best[lane] = through if through < best[lane] else best[lane]


@compiled
def _meet(i: int, block: int, none: int, above: Costs, met: Ints32) -> None:
    """Clear the row of node *i* where *block* comes to it for the first time."""
    if met[i] != block:
        met[i] = block
        above[i, :] = none


@compiled
def _set_out(
    starts: tuple[Ints32, Ints32, Costs], block: int, none: int, above: Costs, met: Ints32
) -> None:
    """One source in each lane, from *block* on: what it begins with, elsewhere *none*."""
    start_at, start_node, start_cost = starts
    for lane in range(min(above.shape[1], len(start_at) - 1 - block)):
        for k in range(start_at[block + lane], start_at[block + lane + 1]):
            i = start_node[k]
            _meet(i, block, none, above, met)
            above[i, lane] = min(above[i, lane], start_cost[k])


@compiled
def _ascend(
    up: tuple[Ints32, Ints32, Costs], block: int, none: int, above: Costs, met: Ints32
) -> None:
    """Carry what *block* begins with to all nodes above it, and to those alone."""
    at, node, cost = up
    width = above.shape[1]
    for i in range(len(above) - 1, -1, -1):
        if met[i] == block:
            for arc in range(at[i], at[i + 1]):
                j = node[arc]
                _meet(j, block, none, above, met)
                _through(above[j], above[i], cost[arc], width)


@compiled
def _descend(
    down: tuple[Ints32, Ints32, Costs],
    join: Ints32,
    block: int,
    none: int,
    above: Costs,
    below: Costs,
    met: Ints32,
) -> None:
    """Carry what *block* comes to on top down to all nodes above the targets."""
    at, node, cost = down
    width = below.shape[1]
    for i in range(len(below)):
        both = join[i] >= 0 and met[join[i]] == block
        for lane in range(width):
            below[i, lane] = above[join[i], lane] if both else none
        for arc in range(at[i], at[i + 1]):
            _through(below[i], below[node[arc]], cost[arc], width)


@compiled
def _arrive(
    ends: tuple[Ints32, Ints32, Costs], block: int, none: int, below: Costs, out: Costs
) -> None:
    """Read off, for the sources in the lanes, the cheapest way into each target."""
    end_at, end_node, end_cost = ends
    lanes = min(below.shape[1], out.shape[1] - block)
    for t in range(len(out)):
        row = out[t, block : block + lanes]
        row[:] = none
        for k in range(end_at[t], end_at[t + 1]):
            _through(row, below[end_node[k]], end_cost[k], lanes)


@compiled_and_kept
def table(
    up: tuple[Ints32, Ints32, Costs],
    down: tuple[Ints32, Ints32, Costs],
    join: Ints32,
    starts: tuple[Ints32, Ints32, Costs],
    ends: tuple[Ints32, Ints32, Costs],
    rows: tuple[Costs, Costs, Ints32],
    none: int,
    out: Costs,
) -> int:
    """Fill *out* (targets, sources) with the cheapest ways, *none* where there is no way.

    up     : (at, node, cost) of all nodes above the sources, top first
    down   : the same of all nodes above the targets, arcs read backwards
    join   : per node of *down*, its position in *up*; -1: it is not there
    starts : (at (sources + 1,), position in *up*, cost) what each source begins with
    ends   : (at (targets + 1,), position in *down*, cost)
    rows   : work space, one row of lanes per node of *up* and of *down*, one number per node
             of *up*: the last block of sources that it lies above
    """
    if DIGEST == 0:
        return 0
    above, below, met = rows
    met[:] = -1
    width = above.shape[1]
    for block in range(0, out.shape[1], width):
        _set_out(starts, block, none, above, met)
        _ascend(up, block, none, above, met)
        _descend(down, join, block, none, above, below, met)
        _arrive(ends, block, none, below, out)
    return len(out)


@compiled_and_kept
def whole_seconds(
    ride_ms: Ints32, row_ms: Ints32, column_ms: Ints32, none: int, never: int, out: Ints64
) -> int:
    """Write into *out* rides and what rows and columns add, in seconds, rounded up.

    none, never : what stands for "no road" among milliseconds, and among seconds
    """
    if DIGEST == 0:
        return 0
    for i in range(len(ride_ms)):
        more = row_ms[i] + 999
        for j in range(len(column_ms)):
            # Unsigned, because only then Numba's division is done in vectors.
            time_ms = np.uint32(ride_ms[i, j] + column_ms[j] + more)
            out[i, j] = never if ride_ms[i, j] >= none else time_ms // np.uint32(1000)
    return len(out)


@compiled
def _stands_for(at: Ints32, node: Ints32, via: Ints32, low: int, high: int) -> int:
    """Return the node that the arc between *low* and *high* is a shortcut over, or -1."""
    for arc in range(at[low], at[low + 1]):
        if node[arc] == high:
            return int(via[arc])
    return -1


@compiled_and_kept
def unpack(
    up: tuple[Ints32, Ints32, Ints32],
    down: tuple[Ints32, Ints32, Ints32],
    climbed: Ints32,
    stack: Ints32,
    out: Ints32,
) -> int:
    """Write into *out* the nodes of the way through *climbed*, shortcuts replaced.

    up, down : (at, node, via) of the hierarchy.  Returns how many, -1 where *out* or *stack*
    (pairs of nodes) is too small.
    """
    if DIGEST == 0:
        return 0
    out[0] = climbed[0]
    many = 1
    for k in range(len(climbed) - 1):
        stack[0], stack[1] = climbed[k], climbed[k + 1]
        size = 2
        while size > 0:
            x, y = stack[size - 2], stack[size - 1]
            size -= 2
            if y < x:
                via = _stands_for(up[0], up[1], up[2], x, y)
            else:
                via = _stands_for(down[0], down[1], down[2], y, x)
            if via < 0:
                if many == len(out):
                    return -1
                out[many] = y
                many += 1
                continue
            if size + 4 > len(stack):
                return -1
            stack[size], stack[size + 1] = via, y
            stack[size + 2], stack[size + 3] = x, via
            size += 4
    return many
