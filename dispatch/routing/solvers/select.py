"""Choose the final tours from all good tours met on the way.

Decides which of the offered tours are driven, at most one by each vehicle, every job once
or left out at its price.  Makes no new tour; whether a tour is allowed was the search's
question, and the answer is judged again like any engine's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from time import monotonic
from typing import Final

import numpy as np
from ortools.math_opt.python import mathopt

from dispatch.routing.problem import Problem, Sequences
from dispatch.routing.rules import lived
from dispatch.routing.solvers.complete import first_broken, total_cost
from dispatch.routing.solvers.kernel.memory import Memory
from dispatch.routing.solvers.partition import (
    CHOOSER,
    SLACK,
    Choice,
    Ints,
    Pool,
    Relaxed,
    chosen,
    relaxed,
)

__all__ = ["Pool", "Selection", "pool_of", "select"]

#: Tours offered to one choice: those of the cheapest plans.  The linear program of as many
#: takes about 0.04 s; of 4,000, which chose nothing better, 0.1 s.
MOST_OFFERED: Final = 1_500

#: So many of the tours that may be in a better plan are looked at first, then all.
FIRST_LOOK: Final = 300


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen, and what is known about it.

    sequences           : one per vehicle
    price               : their ``total_cost``
    best_of_pool        : True when no plan made of the offered tours is cheaper
    restricted_lp_bound : no plan made of the *offered* tours costs less, by linear
                          programming; it says nothing about any other plan, so it is no
                          bound of the problem.  -inf when there was no time for it
    """

    sequences: Sequences
    price: int
    best_of_pool: bool
    restricted_lp_bound: float


def pool_of(memory: Memory, kind_of: Ints, most: int = MOST_OFFERED) -> Pool:
    """Return the *most* tours in *memory* that were met in the cheapest plans."""
    places = np.flatnonzero(memory.name)
    if len(places) > most:
        places = places[np.argpartition(memory.plan[places], most)[:most]]
    sizes = memory.size[places].tolist()
    rows = memory.stops[places]
    nodes = tuple(tuple(row[:size].tolist()) for row, size in zip(rows, sizes, strict=True))
    return Pool(kind_of, memory.kind[places], memory.price[places], nodes)


def select(
    problem: Problem, pool: Pool, *, budget_s: float, start: Sequence[tuple[int, ...]]
) -> Selection:
    """Return the cheapest plan made of tours of *pool* and of *start* that *budget_s* finds.

    Never dearer than *start*, an allowed plan, which is returned when nothing cheaper is
    found, or when what is found breaks a rule the pool's prices knew nothing of.
    """
    deadline_s = monotonic() + budget_s
    known = tuple(tuple(nodes) for nodes in start)
    price = total_cost(problem, known)
    choice = Choice(problem, pool, known, price)
    bounds = [relaxed(choice, fleet, deadline_s) for fleet in choice.fleets()]
    # First what can be known of all plans, then what takes long.
    best = Found(choice.own, price, proven=True, bound=min(price, *(one.bound for one in bounds)))
    for one in bounds:
        best = better(choice, best, one, deadline_s)
    if best.price == price:
        return Selection(known, price, best.proven, best.bound)
    found = choice.driven(best.columns)
    if not _allowed(problem, found) or (paid := total_cost(problem, found)) >= price:
        return Selection(known, price, False, -inf)
    if paid != best.price:
        return Selection(found, paid, False, -inf)
    return Selection(found, paid, best.proven, best.bound)


def _allowed(problem: Problem, sequences: Sequences) -> bool:
    """False when a tour breaks a rule that the pool's prices knew nothing of."""
    drivable = all(lived(problem, v, nodes) for v, nodes in enumerate(sequences) if nodes)
    return drivable and first_broken(problem, sequences) is None


@dataclass(frozen=True, slots=True)
class Found:
    """The columns of a choice, what is known of their price, and of all others."""

    columns: tuple[int, ...]
    price: int
    proven: bool
    bound: float


def better(
    choice: Choice,
    best: Found,
    relaxed: Relaxed,
    deadline_s: float,
    solver: mathopt.SolverType = CHOOSER,
) -> Found:
    """Return the cheapest choice that is left by *relaxed*, or *best* where none is cheaper."""
    if relaxed.bound == -inf:
        return replace(best, proven=False)
    for most in (FIRST_LOOK, len(relaxed.over)):
        room = best.price - 1 - relaxed.bound + SLACK * best.price  # prices are whole
        wanted = np.flatnonzero(relaxed.over <= room)
        if room < 0 or not len(wanted):
            return best
        every = len(wanted) <= most
        if not every:
            wanted = wanted[np.argpartition(relaxed.over[wanted], most)[:most]]
        keep = np.union1d(wanted, np.array(choice.own, dtype=np.int64))  # a plan to begin with
        columns, price, proven = chosen(choice, keep, relaxed.fleet, deadline_s, solver)
        if price < best.price:
            best = replace(best, columns=columns, price=price)
        if every:
            return replace(best, proven=best.proven and proven)
    raise AssertionError("the second look is at all of them")
