"""One wave's proof: the crews, the tours found for them so far, and the two steps of the proof.

Decides what is handed from one step to the next.  How long each may take is ``bound``'s.
"""

from __future__ import annotations

from time import monotonic
from typing import Final

import numpy as np

from dispatch.routing.bounds.columns import Bound, Master, generate, tabulated
from dispatch.routing.bounds.exact import Chosen, Priced, all_tours, best_choice
from dispatch.routing.bounds.facts import Ints, crews_of
from dispatch.routing.bounds.tours import Finder
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem, Sequences
from dispatch.routing.schedule import cost_of

#: Labels on the shelf while gains are looked for, and while all tours are: 150 bytes each.
FEW_LABELS: Final = 1 << 17
MANY_LABELS: Final = 1 << 21

#: Share of what is left of the budget for a cheaper plan from the tours known already.
GUESSING_SHARE: Final = 0.1


class Wave:
    """A problem whose nodes fit into ``facts.MOST_NODES``; raises ``ValueError`` where not."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._crews = crews_of(problem)
        prices = [problem.weights.unserved * job.priority for job in problem.jobs]
        self.out_price: Ints = np.array(prices, dtype=np.int64)
        self._finder = Finder(self._crews, FEW_LABELS)
        self._master = Master(self._crews, self.out_price)

    def first_gains(self, plan: Plan) -> Ints:
        """Every job is worth an equal part of the price of its tour in *plan*."""
        gains = self.out_price.copy()
        for tour in plan.tours:
            if tour.stops:
                jobs = sorted({self._problem.job_of[node] for node in tour.nodes})
                gains[jobs] = cost_of(self._problem, (tour,)).total // len(jobs)
        return gains

    def generate(self, gains: Ints, upper: int, deadline_s: float) -> Bound:
        """Return the best bound to be had by ``deadline_s``, starting from *gains*."""
        if self._finder.has_table:
            return tabulated(self._finder, self._crews, self.out_price, deadline_s)
        return generate(
            self._finder, self._crews, self.out_price, self._master, gains, upper, deadline_s
        )

    def cheapest(self, bound: Bound, upper: int, deadline_s: float) -> Chosen | None:
        """Return the cheapest plan below *upper*, or *upper* without tours: there is none.

        None when time or memory did not last.
        """
        known = [(crew, jobs, price) for (crew, jobs), price in self._master.tours.items()]
        soon_s = monotonic() + GUESSING_SHARE * (deadline_s - monotonic())
        best = best_choice(self._crews, self.out_price, bound, known, upper, soon_s)
        self._finder.make_room(MANY_LABELS)
        every = all_tours(self._finder, self._crews, bound, best.price, deadline_s)
        if every is None:
            return None
        better = best_choice(self._crews, self.out_price, bound, every, best.price, deadline_s)
        if not better.proven:
            return None
        return better if better.price < best.price else best

    def sequences(self, chosen: Chosen, bound: Bound) -> Sequences:
        """Return the nodes of every vehicle when the tours of *chosen* are driven."""
        nodes: list[tuple[int, ...]] = [()] * len(self._problem.vehicles)
        free = [list(reversed(crew.vehicles)) for crew in self._crews]
        for crew, jobs, price in chosen.tours:
            vehicle = free[crew].pop()
            nodes[vehicle] = self._finder.nodes_of(self._crews[crew], jobs, bound.gains, price)
        return tuple(nodes)
