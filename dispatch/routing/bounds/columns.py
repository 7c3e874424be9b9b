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
from dispatch.routing.bounds.labels import CHEAPEST, ROUGH
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


def tabulated(finder: Finder, crews: Sequence[Crew], out_price: Ints, deadline_s: float) -> Bound:
    """Return the bound of tours at their least tabulated prices: all of them are known.

    Only where ``finder.has_table``.  Past ``deadline_s`` prices are known to be no less than
    nothing, and that is all.
    """
    master, prices = Master(crews, out_price), []
    for c, crew in enumerate(crews):
        if monotonic() > deadline_s:
            return bound_with(crews, out_price, 0 * out_price, np.zeros(len(crews), np.int64))
        sets, price = finder.least_prices(crew)
        prices.append((sets, price))
        for jobs, one in zip(sets.tolist(), price.tolist(), strict=True):
            master.take_up(c, jobs, one)
    gains, _ = master.duals()
    jobs_at = np.arange(len(out_price))
    least = [
        int((price - (sets[:, None] >> jobs_at & 1) @ gains).min(initial=0))
        for sets, price in prices
    ]
    return bound_with(crews, out_price, gains, np.array(least, dtype=np.int64))


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
    best = bound_with(crews, out_price, 0 * out_price, np.zeros(len(crews), np.int64))
    middle, scope = first_gains, ROUGH
    gains, under = middle, best.least
    while monotonic() < deadline_s and best.value < upper:
        found = [
            finder.tours(crew, gains, int(under[c]), deadline_s, scope)
            for c, crew in enumerate(crews)
        ]
        new = sum(_take_up(master, c, one) for c, one in enumerate(found))
        if all(one.complete for one in found):
            least = [_least(one, int(under[c])) for c, one in enumerate(found)]
            here = bound_with(crews, out_price, gains, np.array(least, dtype=np.int64))
            if here.value > best.value:
                best, middle = here, gains
        at_duals, under = master.duals()
        if new:
            if scope == ROUGH:
                middle = gains
            gains = np.rint(middle + STEP * (at_duals - middle)).astype(np.int64)
        elif not np.array_equal(gains, at_duals):
            gains = at_duals
        elif scope == ROUGH:
            scope = CHEAPEST
        else:
            break
    return best


def _least(found: Found, under: int) -> int:
    return under if found.least_net is None else found.least_net


def _take_up(master: Master, crew: int, found: Found) -> int:
    best = np.argsort(found.net, kind="stable")[:MOST_NEW]
    return sum(master.take_up(crew, int(found.jobs[t]), int(found.price[t])) for t in best)
