"""One wave's proof: the crews, the tours found for them so far, and the two steps of the proof.

Decides what is handed from one step to the next.  How long each may take is ``bound``'s.
"""

from __future__ import annotations

from time import monotonic
from typing import Final

import numpy as np

from dispatch.routing.bounds.columns import Bound, no_bound, tabulated
from dispatch.routing.bounds.exact import Chosen, all_tours, best_choice
from dispatch.routing.bounds.facts import Ints, crews_of
from dispatch.routing.bounds.flow import first_prices
from dispatch.routing.bounds.prices import ascend, mindful_of, tours_of, walks_of
from dispatch.routing.bounds.tours import Finder
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem, Sequences
from dispatch.routing.schedule import cost_of

#: Share of the guessed gains to begin with: walks come back to what brings in much.
FIRST_SHARE: Final = 0.3

#: First step, as in ``prices``, from prices that are good already.
SMALL_STEP: Final = 0.1

#: Share of the time for walks that their first prices may take.
FLOW_SHARE: Final = 0.6


class Wave:
    """The proof of one problem; it has jobs and vehicles.

    Given ``upper``, bounds hold for plans cheaper than that only: a bound at or above it
    says that there are none.
    """

    def __init__(self, problem: Problem, upper: int | None = None) -> None:
        self._problem = problem
        self._crews = crews_of(problem, upper)
        prices = [problem.weights.unserved * job.priority for job in problem.jobs]
        self.out_price: Ints = np.array(prices, dtype=np.int64)
        self._finder = Finder(self._crews)

    def first_gains(self, plan: Plan) -> Ints:
        """Every job is worth an equal part of the price of its tour in *plan*."""
        gains = self.out_price.copy()
        for tour in plan.tours:
            if tour.stops:
                jobs = sorted({self._problem.job_of[node] for node in tour.nodes})
                gains[jobs] = cost_of(self._problem, (tour,)).total // len(jobs)
        return gains

    @property
    def has_table(self) -> bool:
        """True when the wave is small enough to tabulate every state of a tour."""
        return self._finder.has_table

    def tabulated(self, deadline_s: float) -> Bound:
        """Return the bound of every set of jobs, where ``has_table``."""
        return tabulated(self._finder, self._crews, self.out_price, deadline_s)

    def walked(self, gains: Ints, upper: int, deadline_s: float) -> Bound:
        """Return the best bound from walks by ``deadline_s``, starting from *gains*."""
        nothing = no_bound(self._crews, self.out_price)
        look = walks_of(self._crews)
        if look is None:
            return nothing
        start = first_prices(self._crews, self.out_price, FLOW_SHARE * (deadline_s - monotonic()))
        if start is None:
            job_of = self._crews[0].facts.job_of
            shared = FIRST_SHARE * gains / np.bincount(job_of, minlength=len(gains))
            start = np.tile(shared.astype(np.int64)[job_of], (len(self._crews), 1))
        bound = ascend(self._crews, self.out_price, look, start, upper, deadline_s)
        return nothing if bound is None or bound.value < nothing.value else bound

    def minded(self, bound: Bound, upper: int, deadline_s: float) -> Bound | None:
        """Go on from *bound* with walks that remember; None where they cannot be looked at."""
        look = mindful_of(self._crews, deadline_s)
        if look is None:
            return None
        return ascend(
            self._crews, self.out_price, look, bound.brings, upper, deadline_s, SMALL_STEP
        )

    def sharpened(self, bound: Bound, upper: int, deadline_s: float) -> Bound | None:
        """Go on from *bound* with tours, which visit nothing twice.

        None when time or memory did not last for a single look.
        """
        look = tours_of(self._finder, self._crews, deadline_s)
        return ascend(self._crews, self.out_price, look, bound.brings, upper, deadline_s)

    def cheapest(self, bound: Bound, upper: int, deadline_s: float) -> Chosen | None:
        """Return the cheapest plan below *upper*, or *upper* without tours: there is none.

        None when time or memory did not last.
        """
        every = all_tours(self._finder, self._crews, bound, upper, deadline_s)
        if every is None:
            return None
        best = best_choice(self._crews, self.out_price, bound, every, upper, deadline_s)
        return best if best.proven else None

    def sequences(self, chosen: Chosen, bound: Bound) -> Sequences:
        """Return the nodes of every vehicle when the tours of *chosen* are driven."""
        nodes: list[tuple[int, ...]] = [()] * len(self._problem.vehicles)
        free = [list(reversed(crew.vehicles)) for crew in self._crews]
        for crew, jobs, price in chosen.tours or ():
            vehicle = free[crew].pop()
            nodes[vehicle] = self._finder.nodes_of(
                self._crews[crew], jobs, bound.brings[crew], price
            )
        return tuple(nodes)
