"""Prices on nodes that make walks as dear as tours: a lower bound for waves of any size.

Decides what each visit brings in, by the volume algorithm (Barahona and Anbil, *Mathematical
Programming* 87, 2000): nodes visited too often bring less, nodes visited too seldom more, and
the visits of one job by one crew bring in together what the job is worth to all.  With any
prices at all the bound holds, so it can be stopped at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.routing.bounds.columns import Bound, bound_with
from dispatch.routing.bounds.facts import Crew, Ints
from dispatch.routing.bounds.kept import walk
from dispatch.routing.bounds.walks import Grid, new_grid

Floats = npt.NDArray[np.float64]

#: Share of the guessed gains to begin with: walks come back to what brings in much.
FIRST_SHARE: Final = 0.3

#: First and last length of a step, as shares of what is known to be missing.
FIRST_STEP: Final = 1.0
LAST_STEP: Final = 1e-3

#: A step gets longer after each better bound, shorter after so many that were none.
LONGER: Final = 1.3
SHORTER: Final = 0.66
PATIENCE: Final = 5

#: Weight of the newest walks in the mean of all so far, which the next step follows.
NEWEST: Final = 0.1

#: Visits this near to one each are as good as done.
TINY: Final = 1e-9


def ascend(
    crews: Sequence[Crew], out_price: Ints, first_gains: Ints, upper: int, deadline_s: float
) -> Bound | None:
    """Return the best bound from walks by ``deadline_s``; None where walks take no time.

    ``first_gains``: (m,) a guess;  ``upper``: the price of some plan.
    """
    grids = [new_grid(crew.facts) for crew in crews]
    known = [grid for grid in grids if grid is not None]
    if len(known) < len(crews):
        return None
    job_of = crews[0].facts.job_of
    split = _Split(job_of, len(out_price))
    here = _Point((first_gains * FIRST_SHARE).astype(np.int64), np.zeros((len(crews), len(job_of))))
    best = _valued(crews, known, out_price, here, split)
    seen, step, since = best.seen, FIRST_STEP, 0
    while monotonic() < deadline_s and best.bound.value < upper and step > LAST_STEP:
        mean = split.mean(seen.visits)
        up = 1 - seen.out - mean.sum(axis=0)
        aside = mean[:, job_of] - seen.visits
        size = float(up @ up + (aside * aside).sum())
        if size < TINY:
            break
        length = step * (upper - best.bound.value) / size
        there = _Point(
            np.rint(best.point.gains + length * up).astype(np.int64),
            best.point.tilt + length * aside,
        )
        tried = _valued(crews, known, out_price, there, split)
        seen = _Seen(
            NEWEST * tried.seen.visits + (1 - NEWEST) * seen.visits,
            NEWEST * tried.seen.out + (1 - NEWEST) * seen.out,
        )
        if tried.bound.value > best.bound.value:
            best, since, step = tried, 0, min(step * LONGER, FIRST_STEP)
        else:
            since += 1
        if since >= PATIENCE:
            step, since = step * SHORTER, 0
    return best.bound


class _Point(NamedTuple):
    """Prices: ``gains`` (m,) of each job, ``tilt`` (c, n) between its visits, for each crew."""

    gains: Ints
    tilt: Floats


class _Seen(NamedTuple):
    """``visits`` (c, n) by the cheapest walks;  ``out`` (m,) who is left out; or means of both."""

    visits: Floats
    out: Floats


class _Valued(NamedTuple):
    point: _Point
    bound: Bound
    seen: _Seen


class _Split:
    """How a job's gain is shared among its visits."""

    def __init__(self, job_of: Ints, jobs: int) -> None:
        self._job_of = job_of
        self._size = np.bincount(job_of, minlength=jobs)
        self._drop = np.searchsorted(job_of, np.arange(jobs), side="right") - 1

    def mean(self, visits: Floats) -> Floats:
        """(c, n) per node to (c, m): the mean of each job's nodes."""
        sums = [np.bincount(self._job_of, weights=one, minlength=len(self._size)) for one in visits]
        answer: Floats = np.array(sums) / self._size
        return answer

    def brings(self, gains: Ints, tilt: Floats) -> Ints:
        """Whole prices of the nodes that add up to each job's gain."""
        brings = np.rint((gains / self._size)[self._job_of] + tilt).astype(np.int64)
        over = np.bincount(self._job_of, weights=brings, minlength=len(gains)).astype(np.int64)
        brings[self._drop] += gains - over
        return brings


def _valued(
    crews: Sequence[Crew], grids: Sequence[Grid], out_price: Ints, point: _Point, split: _Split
) -> _Valued:
    """Let every crew walk: the bound with these prices, and what the walks look like."""
    gains = point.gains
    visits = np.zeros_like(point.tilt)
    brings = np.array([split.brings(gains, one) for one in point.tilt])
    least = np.zeros(len(crews), dtype=np.int64)
    for c, (crew, grid) in enumerate(zip(crews, grids, strict=True)):
        least[c] = walk(crew.facts, brings[c], grid)
        if least[c] < 0:
            visits[c] = len(crew.vehicles) * grid.visits
    bound = bound_with(crews, out_price, brings, least)
    return _Valued(point, bound, _Seen(visits, (out_price < gains).astype(np.float64)))
