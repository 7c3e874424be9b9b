"""Every tour that a better plan could have, and the best choice among them.

Decides the least price of a plan, where time and memory allow it: a tour belongs to a plan
cheaper than *upper* only if its net price is less than the gap above the least one
(Baldacci, Christofides and Mingozzi, *Mathematical Programming* 115, 2008).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

import numpy as np

from dispatch.routing.bounds.columns import Bound
from dispatch.routing.bounds.facts import PRICELESS, Crew, Ints
from dispatch.routing.bounds.kept import choose
from dispatch.routing.bounds.partition import BEST, Choices, answer_of, new_desk
from dispatch.routing.bounds.tours import Finder

#: Steps of the choice between two looks at the clock.
LOOK_EVERY: Final = 20_000


#: A tour that may be chosen: its crew, its jobs as bits, its price.
Priced = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The cheapest choice of tours.

    price  : of the whole plan, with the jobs left out; what was asked to be below when
             ``tours`` is None: nothing is
    proven : False when the search was stopped, so that there may be a cheaper choice
    """

    price: int
    tours: tuple[Priced, ...] | None
    proven: bool


def all_tours(
    finder: Finder, crews: Sequence[Crew], bound: Bound, upper: int, deadline_s: float
) -> list[Priced] | None:
    """Return the tours that a plan cheaper than *upper* can have; None when they are too many."""
    every: list[Priced] = []
    for c, crew in enumerate(crews):
        under = int(bound.least[c]) + upper - bound.value
        found = finder.tours(crew, bound.brings[c], under, deadline_s, every_set=True)
        if not found.complete:
            return None
        every += [(c, jobs, price) for jobs, price in zip(*found.lists(), strict=True)]
    return every


def best_choice(
    crews: Sequence[Crew],
    out_price: Ints,
    bound: Bound,
    tours: Sequence[Priced],
    upper: int,
    deadline_s: float,
) -> Chosen:
    """Return the cheapest plan below *upper* that has only *tours*."""
    choices, order = _choices(crews, out_price, bound, tours)
    desk = new_desk(choices, upper - bound.value)
    over = False
    while not over and monotonic() < deadline_s:
        over = choose(choices, desk, LOOK_EVERY)
    answer = answer_of(desk)
    if answer is None:
        return Chosen(upper, None, over)
    picked = tuple(tours[order[t]] for t in answer)
    return Chosen(bound.value + int(desk.state[BEST]), picked, over)


def _choices(
    crews: Sequence[Crew], out_price: Ints, bound: Bound, tours: Sequence[Priced]
) -> tuple[Choices, Ints]:
    """Lay *tours* out for the compiled choice; return also which tour is where."""
    m = len(out_price)
    table = np.array(tours, dtype=np.int64).reshape(len(tours), 3)
    crew, jobs, price = table.T
    does = jobs[:, None] >> np.arange(m) & 1
    excess = price - does @ bound.gains - bound.least[crew]
    lowest = does.argmax(axis=1) if m else np.zeros(0, dtype=np.int64)
    order = np.lexsort((excess, lowest))
    out = out_price - bound.gains
    idle = [PRICELESS if c.must_go else -int(bound.least[i]) for i, c in enumerate(crews)]
    choices = Choices(
        jobs=jobs[order],
        crew=crew[order],
        excess=excess[order],
        first=np.searchsorted(lowest[order], np.arange(m + 1)).astype(np.int64),
        served=-np.minimum(out, 0),
        out=out - np.minimum(out, 0),
        idle=np.array(idle, dtype=np.int64),
        size=np.array([len(c.vehicles) for c in crews], dtype=np.int64),
    )
    return choices, order
