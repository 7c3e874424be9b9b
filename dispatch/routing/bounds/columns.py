"""Column generation: a lower bound from tours that were never all written down.

Decides what each job is worth to a tour (*gains*), so that the bound is as high as can be.
The bound is Lagrange's: with any gains at all, every plan costs at least

    sum of the gains  +  what leaving a job out costs less than its gain
                      +  for every vehicle, its tour of least price less gains (or 0).

So a run that is stopped early keeps the best bound so far, and no rounding of the linear
programme can make it wrong: gains are rounded to whole price units before tours are
searched with them, and everything after that is added up in whole numbers.

Desaulniers, Desrosiers and Solomon (eds.), *Column Generation*, 2005; the steps between the
best gains and the linear programme's are Wentges' (1997).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

import numpy as np
from scipy.optimize import linprog

from dispatch.routing.bounds.facts import Crew, Ints
from dispatch.routing.bounds.tours import Finder, Found

#: How far from the best gains towards the linear programme's the next are looked for.
STEP: Final = 0.5

#: Tours taken up from one search.
MOST_NEW: Final = 100


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A proven bound and what proves it.

    value : no plan costs less
    gains : (m,) per job;  least : (c,) least net price of a tour of each crew, at most 0
    """

    value: int
    gains: Ints
    least: Ints


def bound_with(crews: Sequence[Crew], out_price: Ints, gains: Ints, least: Ints) -> Bound:
    """Return Lagrange's bound for *gains*; ``least`` (c,) bounds the tours' net prices below."""
    count = np.array([len(crew.vehicles) for crew in crews], dtype=np.int64)
    least = np.minimum(least, 0)
    value = gains.sum() + np.minimum(out_price - gains, 0).sum() + (count * least).sum()
    return Bound(int(value), gains, least)


class Master:
    """The linear programme over the tours found so far.

    Solved by HiGHS through SciPy: a few milliseconds each, a small part of finding tours.
    """

    def __init__(self, crews: Sequence[Crew], out_price: Ints) -> None:
        self._crews, self._out_price = crews, out_price
        self._price: dict[tuple[int, int], int] = {}

    def take_up(self, crew: int, jobs: int, price: int) -> bool:
        """Add a tour; False when it was known at this price or less."""
        known = self._price.get((crew, jobs))
        if known is not None and known <= price:
            return False
        self._price[crew, jobs] = price
        return True

    @property
    def tours(self) -> dict[tuple[int, int], int]:
        """Price by crew and jobs."""
        return self._price

    def duals(self) -> tuple[Ints, Ints]:
        """Return what each job and each vehicle of a crew is worth, in whole price units."""
        m, t = len(self._out_price), len(self._price)
        keys = np.array(list(self._price), dtype=np.int64).reshape(t, 2)
        does = keys[:, 1][None, :] >> np.arange(m)[:, None] & 1
        uses = keys[:, 0][None, :] == np.arange(len(self._crews))[:, None]
        price = np.array([*self._price.values(), *self._out_price], dtype=np.float64)
        scale = max(1.0, float(np.abs(price).max()))
        answer = linprog(
            price / scale,
            A_eq=np.hstack([does, np.eye(m)]),
            b_eq=np.ones(m),
            A_ub=np.hstack([uses, np.zeros((len(self._crews), m))]),
            b_ub=[len(crew.vehicles) for crew in self._crews],
            method="highs-ds",
        )
        gains = np.rint(answer.eqlin.marginals * scale).astype(np.int64)
        worth = np.rint(answer.ineqlin.marginals * scale).astype(np.int64)
        return gains, np.minimum(worth, 0)


def generate(
    finder: Finder,
    crews: Sequence[Crew],
    out_price: Ints,
    master: Master,
    first_gains: Ints,
    upper: int,
    deadline_s: float,
) -> Bound:
    """Raise the bound until it cannot be raised, is *upper*, or it is ``deadline_s``.

    ``first_gains``: (m,) any guess; a good one saves searches.
    """
    nothing = np.zeros(len(crews), dtype=np.int64)
    best = bound_with(crews, out_price, np.zeros_like(out_price), nothing)
    gains, under = first_gains, nothing
    while monotonic() < deadline_s and best.value < upper:
        found = _search(finder, crews, gains, under, deadline_s)
        new = sum(_take_up(master, c, one) for c, one in enumerate(found))
        if all(one.complete for one in found):
            least = [_least(one, int(under[c])) for c, one in enumerate(found)]
            here = bound_with(crews, out_price, gains, np.array(least, dtype=np.int64))
            best = max(best, here, key=lambda one: one.value)
        at_duals, worth = master.duals()
        if not new and np.array_equal(gains, at_duals):
            break
        gains = at_duals
        if new:
            gains = np.rint(best.gains + STEP * (at_duals - best.gains)).astype(np.int64)
        under = worth
    return best


def _search(
    finder: Finder, crews: Sequence[Crew], gains: Ints, under: Ints, deadline_s: float
) -> list[Found]:
    return [
        finder.tours(crew, gains, int(under[c]), deadline_s, all_sets=False)
        for c, crew in enumerate(crews)
    ]


def _least(found: Found, under: int) -> int:
    return under if found.least_net is None else found.least_net


def _take_up(master: Master, crew: int, found: Found) -> int:
    best = np.argsort(found.net, kind="stable")[:MOST_NEW]
    return sum(master.take_up(crew, int(found.jobs[t]), int(found.price[t])) for t in best)
