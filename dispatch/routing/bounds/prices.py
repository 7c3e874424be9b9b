"""Prices on nodes that make walks as dear as tours: a lower bound for waves of any size.

Decides what each visit brings in, by the volume algorithm (Barahona and Anbil, *Mathematical
Programming* 87, 2000): nodes visited too often bring less, nodes visited too seldom more, and
the visits of one job by one crew bring in together what the job is worth to all.  With any
prices at all the bound holds, so it can be stopped at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.routing.bounds.columns import Bound, bound_with
from dispatch.routing.bounds.facts import Crew, Ints
from dispatch.routing.bounds.kept import mind, relate, walk
from dispatch.routing.bounds.memory import bits_for, new_memory, spans
from dispatch.routing.bounds.mindful import new_cells
from dispatch.routing.bounds.tours import Finder
from dispatch.routing.bounds.walks import new_grid

Floats = npt.NDArray[np.float64]

#: From a crew and what each visit brings in: the least price less that, at most 0, and how
#: often each node is visited for it.  None: not known.
Look = Callable[[int, Ints], tuple[int, Ints] | None]

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
    crews: Sequence[Crew],
    out_price: Ints,
    look: Look,
    start: Ints,
    upper: int,
    deadline_s: float,
    first_step: float = FIRST_STEP,
) -> Bound | None:
    """Return the best bound by ``deadline_s``; None where there is not even a first one.

    look  : finds the cheapest walk, or tour, of a crew
    start : (c, n) what visits bring in at first; the same in all for a job in each crew
    upper : the price of some plan
    """
    job_of = crews[0].facts.job_of
    split = _Split(job_of, len(out_price))
    best = _valued(crews, look, out_price, split.point(start), split)
    if best is None:
        return None
    seen, step, since = best.seen, first_step, 0
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
        tried = _valued(crews, look, out_price, there, split)
        if tried is None:
            break
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

    def point(self, brings: Ints) -> _Point:
        """(c, n) prices of visits as gains and tilts."""
        gains = np.zeros(len(self._size), dtype=np.int64)
        np.add.at(gains, self._job_of, brings[0])
        return _Point(gains, brings - (gains / self._size)[self._job_of])

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
    crews: Sequence[Crew], look: Look, out_price: Ints, point: _Point, split: _Split
) -> _Valued | None:
    """Look at every crew: the bound with these prices, and what the walks look like."""
    visits = np.zeros_like(point.tilt)
    brings = np.array([split.brings(point.gains, one) for one in point.tilt])
    least = np.zeros(len(crews), dtype=np.int64)
    for c, crew in enumerate(crews):
        found = look(c, brings[c])
        if found is None:
            return None
        least[c], done = found
        visits[c] = len(crew.vehicles) * done
    bound = bound_with(crews, out_price, brings, least)
    return _Valued(point, bound, _Seen(visits, (out_price < point.gains).astype(np.float64)))


def walks_of(crews: Sequence[Crew]) -> Look | None:
    """Look at walks; None where some step takes next to no time."""
    grids = [new_grid(crew.facts) for crew in crews]

    def look(c: int, brings: Ints) -> tuple[int, Ints]:
        grid = grids[c]
        assert grid is not None
        net = walk(crews[c].facts, brings, grid)
        return (net, grid.visits) if net < 0 else (0, 0 * grid.visits)

    return None if any(grid is None for grid in grids) else look


def mindful_of(crews: Sequence[Crew], deadline_s: float) -> Look | None:
    """Look at walks that remember; None where time stands still, or room or time is short."""
    grids = []
    for crew in crews:
        grid = new_grid(crew.facts)
        if grid is None:
            return None
        grids.append(grid)
    sizes = [
        spans(crew.facts, grid.every_s)[1].sum() for crew, grid in zip(crews, grids, strict=True)
    ]
    bits = bits_for(int(max(sizes)), len(crews) * len(crews[0].facts.job_of) ** 2)
    if bits == 0:
        return None
    memories = []
    for crew, grid in zip(crews, grids, strict=True):
        if monotonic() > deadline_s:
            return None
        memories.append(new_memory(crew.facts, grid.every_s, bits))
        relate(crew.facts, memories[-1])
    cells = new_cells(int(max(sizes)), bits)

    def look(c: int, brings: Ints) -> tuple[int, Ints]:
        grid, facts = grids[c], crews[c].facts
        walk(facts, brings, grid)
        return mind(facts, brings, memories[c], grid, cells), grid.visits

    return look


def tours_of(finder: Finder, crews: Sequence[Crew], deadline_s: float) -> Look:
    """Look at tours, which visit nothing twice; nothing is found when time or memory is out."""

    def look(c: int, brings: Ints) -> tuple[int, Ints] | None:
        facts = crews[c].facts
        found = finder.tours(crews[c], brings, 0, deadline_s, every_set=False)
        if not found.complete:
            return None
        if not len(found.net):
            return 0, np.zeros_like(brings)
        best = int(found.net.argmin())
        return int(found.net[best]), int(found.jobs[best]) >> facts.job_of & 1

    return look
