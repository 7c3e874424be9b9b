"""Lagrange's bound: with any price on every job, no plan costs less than this.

Decides the prices (*gains*) of small waves, by a linear programme over a bound on the tour of
every set of jobs; those of larger ones are ``prices``'.  With any gains at all, every plan
costs at least

    sum of the gains  +  what leaving a job out costs less than its gain
                      +  for every vehicle, its tour of least price less gains (or 0).

So no rounding of the linear programme can make the bound wrong: gains are rounded to whole
price units first, and everything after that is added up in whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

import numpy as np
from scipy.optimize import linprog

from dispatch.routing.bounds.facts import Crew, Ints
from dispatch.routing.bounds.tours import Finder


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A proven bound and what proves it.

    value  : no plan costs less
    gains  : (m,) per job
    brings : (c, n) the same, shared among each job's visits, for each crew
    least  : (c,) least net price of a tour of each crew, at most 0
    """

    value: int
    gains: Ints
    brings: Ints
    least: Ints


def bound_with(crews: Sequence[Crew], out_price: Ints, brings: Ints, least: Ints) -> Bound:
    """Return Lagrange's bound; ``least`` (c,) bounds the net prices of the crews' tours below."""
    job_of = crews[0].facts.job_of
    gains = np.zeros_like(out_price)
    np.add.at(gains, job_of, brings[0])
    count = np.array([len(crew.vehicles) for crew in crews], dtype=np.int64)
    least = np.minimum(least, 0)
    value = gains.sum() + np.minimum(out_price - gains, 0).sum() + (count * least).sum()
    return Bound(int(value), gains, brings, least)


def no_bound(crews: Sequence[Crew], out_price: Ints) -> Bound:
    """Nothing costs less than nothing."""
    brings = np.zeros((len(crews), len(crews[0].facts.job_of)), dtype=np.int64)
    return bound_with(crews, out_price, brings, np.zeros(len(crews), dtype=np.int64))


def tabulated(finder: Finder, crews: Sequence[Crew], out_price: Ints, deadline_s: float) -> Bound:
    """Return the best bound of tours at their least tabulated prices, for all sets of jobs.

    Only where ``finder.has_table``.  ``no_bound`` when it is not there by ``deadline_s``.
    """
    rows = []
    for c, crew in enumerate(crews):
        if monotonic() > deadline_s:
            return no_bound(crews, out_price)
        sets, price = finder.least_prices(crew)
        rows.append(np.stack([np.full_like(sets, c), sets, price], axis=1))
    tours = np.concatenate(rows)
    gains = _gains(tours, crews, out_price)
    does = tours[:, 1, None] >> np.arange(len(gains)) & 1
    net = tours[:, 2] - does @ gains
    least = [net[tours[:, 0] == c].min(initial=0) for c in range(len(crews))]
    facts = crews[0].facts
    brings = np.zeros((len(crews), len(facts.job_of)), dtype=np.int64)
    brings[:, facts.nodes_at[1:] - 1] = gains
    return bound_with(crews, out_price, brings, np.array(least, dtype=np.int64))


def _gains(tours: Ints, crews: Sequence[Crew], out_price: Ints) -> Ints:
    """What each job is worth where *tours* (rows of crew, jobs, price) are all there are.

    Solved by HiGHS through SciPy, which is there already: some ten milliseconds.
    """
    m = len(out_price)
    price = np.concatenate([tours[:, 2], out_price]).astype(np.float64)
    scale = max(1.0, float(price.max()))
    answer = linprog(
        price / scale,
        A_eq=np.hstack([(tours[:, 1] >> np.arange(m)[:, None]) & 1, np.eye(m)]),
        b_eq=np.ones(m),
        A_ub=np.hstack([tours[:, 0] == np.arange(len(crews))[:, None], np.zeros((len(crews), m))]),
        b_ub=[len(crew.vehicles) for crew in crews],
        method="highs-ds",
    )
    gains: Ints = np.rint(answer.eqlin.marginals * scale).astype(np.int64)
    return gains
