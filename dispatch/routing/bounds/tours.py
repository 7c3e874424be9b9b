"""What the compiled search found, in words: the tours of one crew that are worth looking at.

Decides how long and in how much memory is searched.  Prices and rules are ``facts``' and
``labels``'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

import numpy as np

from dispatch.routing.bounds.facts import Crew, Facts, Ints
from dispatch.routing.bounds.kept import fill, go_on, walk
from dispatch.routing.bounds.shelf import FULL, Ask, Hints, Shelf, clear, new_shelf
from dispatch.routing.bounds.table import least_prices, new_table
from dispatch.routing.bounds.walks import Grid, new_grid, no_grid

#: How many labels are extended before the clock is looked at: some ten milliseconds.
LOOK_EVERY: Final = 2_000

#: Labels on the shelf, at first and at most, and how it grows: 120 bytes each.
FEW_LABELS: Final = 1 << 15
GROWTH: Final = 8
MOST_LABELS: Final = 1 << 21

#: How many sets of jobs one search may remember.
MOST_TOURS: Final = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Tours of one crew, no two for the same jobs.

    jobs     : (t,) as bits
    price    : (t,) each is the least of its jobs
    net      : (t,) ``price`` less the gains asked with
    complete : True when no tour below the asked net price is missing: all of them where
               all sets were asked for, else at least the cheapest
    """

    jobs: Ints
    price: Ints
    net: Ints
    complete: bool

    def lists(self) -> tuple[list[int], list[int]]:
        """Return jobs and prices."""
        return self.jobs.tolist(), self.price.tolist()

    @property
    def least_net(self) -> int | None:
        return int(self.net.min()) if len(self.net) else None


class Finder:
    """Looks for tours, always on the same shelf; grows it while memory allows."""

    def __init__(self, crews: Sequence[Crew]) -> None:
        self._dimensions = max(len(crew.facts.capacity) for crew in crews)
        self._shelf: Shelf = new_shelf(FEW_LABELS, self._dimensions, MOST_TOURS)
        self._table = new_table(crews[0].facts)

    @property
    def has_table(self) -> bool:
        """True when the wave is small enough to tabulate every state of a tour."""
        return len(self._table.to_come) > 0

    def least_prices(self, crew: Crew) -> tuple[Ints, Ints]:
        """Return every set of jobs, as bits, and what a tour of *crew* for it costs at least."""
        fill(crew.facts, np.zeros_like(crew.facts.service_s), self._table, True)
        return least_prices(crew.facts, self._table)

    def tours(
        self, crew: Crew, brings: Ints, under: int, deadline_s: float, *, every_set: bool
    ) -> Found:
        """Return tours of *crew* whose price less what they bring in is below *under*.

        ``brings``: (n,) by each visit.  ``deadline_s`` is on ``time.monotonic``.

        every_set : True for the cheapest tour of every set of jobs, False for the cheapest of
                    all and some more
        """
        facts = crew.facts
        ask = Ask(brings, int(under), every_set)
        hints = Hints(self._table, self._walked(facts, brings))
        done = self._search(facts, ask, hints, deadline_s)
        shelf = self._shelf
        slots = np.flatnonzero(shelf.tour_jobs)
        drops, net = shelf.tour_jobs[slots], shelf.tour_price[slots]
        gains = np.zeros(len(facts.allowed), dtype=np.int64)
        np.add.at(gains, facts.job_of, brings)
        jobs = _as_jobs(facts, drops)
        brought = (jobs[:, None] >> np.arange(len(gains)) & 1) @ gains
        return Found(jobs, net + brought, net, done)

    def _search(self, facts: Facts, ask: Ask, hints: Hints, deadline_s: float) -> bool:
        """Fill the shelf; True when everything asked for is on it.  Begin again on a larger one."""
        while True:
            shelf, done = self._shelf, False
            clear(shelf)
            while not done and not shelf.state[FULL] and monotonic() < deadline_s:
                done = go_on(facts, ask, hints, shelf, LOOK_EVERY)
            room = len(shelf.visited)
            if not shelf.state[FULL] or room >= MOST_LABELS:
                return done and not shelf.state[FULL]
            self._shelf = new_shelf(GROWTH * room, self._dimensions, MOST_TOURS)

    def _walked(self, facts: Facts, brings: Ints) -> Grid:
        """What is to come at least: from the table, else from walks where they take time."""
        grid = None
        if self.has_table:
            fill(facts, brings, self._table, False)
        else:
            grid = new_grid(facts)
        if grid is None:
            return no_grid(len(facts.service_s))
        walk(facts, brings, grid)
        return grid

    def nodes_of(self, crew: Crew, jobs: int, brings: Ints, price: int) -> tuple[int, ...]:
        """Return the nodes, in order, of a tour of *crew* that does *jobs* for *price*.

        ``brings``: (n,) whatever makes the search short.  Raises ``LookupError`` when there
        is no such tour.
        """
        m = len(crew.facts.allowed)
        only = np.array([bool(jobs >> j & 1) for j in range(m)])
        facts = crew.facts._replace(allowed=crew.facts.allowed & only)
        under = price - int(brings[only[facts.job_of]].sum()) + 1
        found = self.tours(Crew(crew.vehicles, facts), brings, under, np.inf, every_set=True)
        if jobs not in found.jobs:
            raise LookupError(f"no tour of vehicle {crew.vehicles[0]} for jobs {only.nonzero()[0]}")
        drops = sum(1 << int(facts.nodes_at[j + 1] - 1) for j in only.nonzero()[0])
        label = int(self._shelf.tour_label[np.flatnonzero(self._shelf.tour_jobs == drops)[0]])
        nodes = []
        while label > 0:
            nodes.append(int(self._shelf.last[label]))
            label = int(self._shelf.parent[label])
        return tuple(reversed(nodes))


def _as_jobs(facts: Facts, drops: Ints) -> Ints:
    jobs = np.zeros(len(drops), dtype=np.int64)
    for j in range(len(facts.allowed)):
        drop = int(facts.nodes_at[j + 1]) - 1
        jobs |= (drops >> drop & 1) << j
    return jobs
