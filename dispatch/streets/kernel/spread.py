"""All that can be reached within a time, by Dijkstra over states of a turn graph.

A plain search: whatever it settles is part of the answer, so a hierarchy would save nothing
as long as the limit is minutes and not the whole country.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.streets.kernel.compiled import DIGEST, compiled_and_kept
from dispatch.streets.kernel.heap import drop_first, push

Ints32 = npt.NDArray[np.int32]
Ints64 = npt.NDArray[np.int64]


class Turns(NamedTuple):
    """The graph: turns ``at[s]`` … ``at[s + 1] - 1`` leave state s; all costs in ms.

    at, to, ms : (s + 1,), (t,) state, (t,) what the junction adds
    over_ms    : (s,) from the beginning of a state's arc to its end
    """

    at: Ints32
    to: Ints32
    ms: Ints32
    over_ms: Ints32


@compiled_and_kept
def spread(
    turns: Turns,
    start: Ints32,
    start_ms: Ints32,
    limit_ms: int,
    reached_ms: Ints32,
    heap_key: Ints64,
    heap_node: Ints32,
) -> int:
    """Write when each state is entered, up to *limit_ms*, into *reached_ms*.

    reached_ms : (s,) filled with more than the limit; what is not reached keeps that
    heap_…     : (at least t + starts,) each turn is pushed once at most

    Returns how many states were settled.
    """
    if DIGEST == 0:
        return 0
    size, settled = 0, 0
    for k in range(len(start)):
        if start_ms[k] <= limit_ms and start_ms[k] < reached_ms[start[k]]:
            reached_ms[start[k]] = start_ms[k]
            size = push(heap_key, heap_node, size, start_ms[k], start[k])
    while size > 0:
        since, x = heap_key[0], heap_node[0]
        size = drop_first(heap_key, heap_node, size)
        if since > reached_ms[x]:
            continue  # reached sooner by another way meanwhile
        settled += 1
        for k in range(turns.at[x], turns.at[x + 1]):
            y, further = turns.to[k], since + turns.over_ms[x] + turns.ms[k]
            if further <= limit_ms and further < reached_ms[y]:
                reached_ms[y] = further
                size = push(heap_key, heap_node, size, further, y)
    return settled
