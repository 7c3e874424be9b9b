"""A binary heap in two arrays: the cheapest node first.

Decides nothing about costs.  The caller makes the arrays, long enough for all it will push.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dispatch.streets.kernel.compiled import compiled

Ints32 = npt.NDArray[np.int32]
Ints64 = npt.NDArray[np.int64]


@compiled
def push(keys: Ints64, nodes: Ints32, size: int, key: int, node: int) -> int:
    """Put *node* among the first *size*; return how many there are then."""
    i = size
    while i > 0:
        above = (i - 1) >> 1
        if keys[above] <= key:
            break
        keys[i] = keys[above]
        nodes[i] = nodes[above]
        i = above
    keys[i] = key
    nodes[i] = node
    return size + 1


@compiled
def drop_first(keys: Ints64, nodes: Ints32, size: int) -> int:
    """Take the cheapest out of *size*; return how many are left."""
    size -= 1
    key, node = keys[size], nodes[size]
    i = 0
    while True:
        below = 2 * i + 1
        if below >= size:
            break
        if below + 1 < size and keys[below + 1] < keys[below]:
            below += 1
        if keys[below] >= key:
            break
        keys[i] = keys[below]
        nodes[i] = nodes[below]
        i = below
    keys[i] = key
    nodes[i] = node
    return size
