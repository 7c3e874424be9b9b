"""The cheapest walk of one crew that remembers: what is on board, and its neighbours.

Decides a lower bound on the price of every tour, less what its nodes bring in, between those
of ``walks`` and ``labels``.  Uses the grid of ``walks`` for time, and its prices to come to
give up early.  What is remembered is ``memory``'s.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dispatch.routing.bounds.facts import PRICELESS, Facts, Ints
from dispatch.routing.bounds.memory import Memory
from dispatch.routing.bounds.walks import Grid, may_step, then
from dispatch.routing.solvers.kernel.compiled import compiled


class Cells(NamedTuple):
    """``price``, ``before`` (cells, 2^b): the least so far of leaving a node at an instant with
    a memory, and where it came from, -1: the start.  ``masks`` (2^b,): those in use.
    """

    price: Ints
    before: Ints
    masks: Ints


def new_cells(cells: int, bits: int) -> Cells:
    """Room for the walks of any crew with so many cells at most."""
    masks = 1 << bits
    price, before = np.empty((2, cells, masks), dtype=np.int64)
    return Cells(price, before, np.empty(masks, dtype=np.int64))


@compiled
def mind(facts: Facts, brings: Ints, memory: Memory, grid: Grid, cells: Cells) -> int:
    """Return the net price of the cheapest walk that remembers, at most 0; fill its visits.

    ``grid``: as ``walks.walk`` left it with the same ``brings``; its visits are replaced.
    """
    n, instants = grid.best.shape[0] - 1, grid.best.shape[1]
    masks = memory.may_end.shape[1]
    for k in range(n):
        grid.visits[k] = 0
    _begin(facts, brings, memory, grid, cells)
    best, end = 0, -1
    for t in range(instants):
        leave_s = facts.from_s + t * grid.every_s
        for i in range(n):
            if not memory.first[i] <= t < memory.first[i] + memory.lasts[i]:
                continue
            cell = memory.base[i] + t
            used = _in_use(cells, cell, grid.best[i, t], best)
            if used == 0:
                continue
            if leave_s + facts.legs_s[i, n] <= facts.until_s:
                for u in range(used):
                    mask = cells.masks[u]
                    price = cells.price[cell, mask] + facts.step[i, n]
                    if memory.may_end[i, mask] and price < best:
                        best, end = price, cell * masks + mask
            _spread(facts, brings, memory, grid, cells, i, t, used, best)
    _count(memory, cells, grid, end)
    return int(best)


@compiled
def _begin(facts: Facts, brings: Ints, memory: Memory, grid: Grid, cells: Cells) -> None:
    """Forget what was there, and put the first steps into the cells."""
    n = len(grid.visits)
    for cell in range(len(memory.node)):
        for mask in range(memory.may_end.shape[1]):
            cells.price[cell, mask] = PRICELESS
    for k in range(n):
        if may_step(facts, n, k):
            begin_s, there = then(facts, grid, n, 0, k)
            if there >= 0:
                late = facts.late_per_s * max(0, begin_s - facts.due_s[k])
                cell = memory.base[k] + there
                cells.price[cell, 0] = facts.used + facts.step[n, k] - brings[k] + late
                cells.before[cell, 0] = -1


@compiled
def _in_use(cells: Cells, cell: int, rest: int, best: int) -> int:
    """List the memories of *cell* that can still lead below *best* when *rest* is to come."""
    used = 0
    for mask in range(cells.price.shape[1]):
        if cells.price[cell, mask] + rest < best:
            cells.masks[used] = mask
            used += 1
    return used


@compiled
def _spread(
    facts: Facts,
    brings: Ints,
    memory: Memory,
    grid: Grid,
    cells: Cells,
    i: int,
    t: int,
    used: int,
    best: int,
) -> None:
    """Go on from node *i*, left at instant *t*, to every node."""
    n, masks = grid.best.shape[0] - 1, memory.may_end.shape[1]
    here = memory.base[i] + t
    for k in range(n):
        if not may_step(facts, i, k):
            continue
        begin_s, there = then(facts, grid, i, t, k)
        if there < 0 or grid.best[k, there] >= PRICELESS:
            continue
        more = facts.step[i, k] - brings[k]
        more += facts.late_per_s * max(0, begin_s - facts.due_s[k])
        rest, cell = grid.best[k, there], memory.base[k] + there
        for u in range(used):
            mask = cells.masks[u]
            after = memory.after[i, k, mask]
            price = cells.price[here, mask] + more
            if after >= 0 and price + rest < best and price < cells.price[cell, after]:
                cells.price[cell, after] = price
                cells.before[cell, after] = here * masks + mask


@compiled
def _count(memory: Memory, cells: Cells, grid: Grid, end: int) -> None:
    """Count the visits of the walk that ends in place *end* of the cells."""
    masks = memory.may_end.shape[1]
    place = end
    while place >= 0:
        grid.visits[memory.node[place // masks]] += 1
        place = cells.before[place // masks, place % masks]
