"""What a budget is spent on: serving everybody, saving vehicles, ever cooler improvement.

Decides the order and the shares.  One step is ``kernel.search``; how long the whole lasts
is ``pace``'s.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from dispatch.routing.problem import Problem, Sequences
from dispatch.routing.solvers.kernel.arrays import (
    Desk,
    Facts,
    Tours,
    clean_desk,
    facts_of,
    no_tours,
    sequences_of,
    written,
)
from dispatch.routing.solvers.kernel.search import (
    ANNEALING,
    AS_IT_IS,
    BY_ABSENCE,
    BY_EJECTION,
    improve,
    settle,
)
from dispatch.routing.solvers.pace import Pace

#: Looks at the clock after which the search for one job's place begins again.  Of 281 windows on
#: nearly full days 2,000 steps found a place in 119 without, and in 127, 133, 137, 121 and 122
#: beginning again after 1, 2, 3, 6 and 12 looks of 100 steps; 16,000 without found 153.
AGAIN_AFTER_LOOKS: Final = 3

#: Share of the budget after which serving what is left out must end.
SERVING_ENDS: Final = 0.1

#: The same for saving vehicles where at best one job was left out without the present one;
#: it ends sooner for every further job, but every vehicle is tried for so long.  Half the
#: public instances are at their fewest vehicles at once and leave out 2 to 22 from there on;
#: the others leave out one, whether or not it goes in at last.
SAVING_ENDS: Final = 0.55
SAVING_ENDS_SOONER: Final = 0.2
SAVING_TRIES: Final = 0.15

#: Vehicles are saved in two ways; so many looks at the clock long each in its turn.
SLICES_BY_TURNS: Final = 10

#: Shares of the budget and of the cooling after which the best plan made of all tours met is
#: asked for, and the share that may take: docs/decisions/0008-set-partitioning.md.
CHOOSE_AT: Final = 0.5
CHOOSE_COOLED: Final = 1 / 6
CHOICE_TAKES: Final = 0.03

#: With more jobs a tour than this, tours seldom fit each other but in the plan they were met in.
MOST_JOBS_A_TOUR: Final = 12

#: Warmth, in mean legs: at first, at last, and while vehicles are saved.
FIRST_WARMTH: Final = 1.0
LAST_WARMTH: Final = 0.01
SAVING_WARMTH: Final = 0.3

#: With as few vehicles as can be, hardly one step in twenty changes anything, and a plan stays
#: in the neighbourhood where the last vehicle was saved.  So one is lent for a while and taken
#: back, which ends in another: each such turn anneals for so many steps a job, and takes as
#: long again to lend and take back; all turns together take this share of the cooling.
#: Fewer steps a job (500) made the plans of 100 jobs dearer at 5 s than no turn at all.
TURN_STEPS: Final = 1500
TURNS_TAKE: Final = 0.7
#: Share of the lending half of a turn with the vehicle, and the warmth after all turns.
LENT: Final = 0.1
LATE_WARMTH: Final = 0.3


class Search:
    """The three phases of one search over the same arrays.

    Between two calls of the kernel ``tours`` and ``kept`` are the same solution; ``best``
    is the cheapest met.
    """

    def __init__(
        self,
        problem: Problem,
        start: Sequences,
        pace: Pace,
        seed: int,
        facts: Facts | None = None,
    ) -> None:
        """*facts*: of *problem*, when they are known already."""
        self.facts: Facts = facts_of(problem) if facts is None else facts
        self.desk: Desk = clean_desk(self.facts, seed)
        self.tours, self.kept, self.best = (no_tours(self.facts) for _ in range(3))
        self.pace, self.problem = pace, problem
        self.nearly = False  # the last try to save a vehicle left out one job at best
        self.steps_taken = 0
        self.begun = self.begin(start)
        n = len(self.facts.visits)
        legs_s = self.facts.legs_s[:, :n, :n]
        mean_s = float(np.mean(legs_s[legs_s < legs_s.max()])) if legs_s.max() > 0 else 0.0
        self.leg_price = max(1.0, mean_s * float(np.mean(self.facts.per_s)))

    def begin(self, start: Sequences) -> bool:
        """Forget what was met, and go on from *start*; False: it is not allowed."""
        allowed = self._set(start)
        _copy(self.tours, self.best)
        return allowed

    def _set(self, sequences: Sequences) -> bool:
        written(self.tours, sequences, self.facts)
        allowed = settle(self.facts, self.desk, self.tours)
        _copy(self.tours, self.kept)
        return allowed

    def _run(self, warmth: float, way: int) -> bool:
        """Run until the clock is to be looked at; True when saving and nobody is left out."""
        steps = self.pace.steps()
        self.steps_taken += steps
        warmth *= self.leg_price
        desk, tours, kept, best = self.desk, self.tours, self.kept, self.best
        served = improve(self.facts, desk, tours, kept, best, steps, warmth, way)
        if served:
            self.pace.cut_short()
        return served

    def put_in(self) -> None:
        """Put whoever is left out where it is cheapest: the start where there is none."""
        if np.any(self.best.carrier < 0):
            improve(self.facts, self.desk, self.tours, self.kept, self.best, 1, 0.0, AS_IT_IS)

    def _saved(self, most: float, tries: float) -> bool:
        """Take out and put in, in either way by turns, until nobody is left out.

        It lasts until the share *most* of the budget, but for so much less per job still
        left out at best; and for the share *tries* in any case.
        """
        slices, at_least = 0, self.pace.share() + tries
        while (share := self.pace.share()) < most:
            sooner = SAVING_ENDS_SOONER * (int(self.desk.fewest[0]) - 1)
            if share >= max(at_least, most - sooner):
                break
            way = BY_EJECTION if slices // SLICES_BY_TURNS % 2 else BY_ABSENCE
            if self._run(SAVING_WARMTH, way):
                return True
            slices += 1
        return False

    def serve_everybody(self) -> None:
        """While somebody is left out, prefer those left out most often so far."""
        if np.all(self.best.carrier >= 0):
            return
        self._saved(SERVING_ENDS, SERVING_ENDS)
        self._back_to_best()

    def serve_one_more(self, start: Sequences) -> bool:
        """Look for a place for who is left out of *start*; True when all are served.

        Who is moved far from *start* seldom comes to one: it is begun again from there.
        """
        self.put_in()
        looks = 0
        while np.any(self.best.carrier < 0) and self.pace.share() < 1.0:
            if looks and looks % AGAIN_AFTER_LOOKS == 0:
                self._set(start)
            self._run(SAVING_WARMTH, BY_ABSENCE)
            looks += 1
        return bool(np.all(self.best.carrier >= 0))

    def save_vehicles(self) -> None:
        """Do without one vehicle after another, where one outweighs all other prices."""
        while self.pace.share() < SAVING_ENDS and np.all(self.best.carrier >= 0):
            spared = self._lightest()
            if not self._vehicle_outweighs() or spared is None:
                return
            if not self._without(spared, SAVING_ENDS, SAVING_TRIES):
                self.nearly = int(self.desk.fewest[0]) == 1
                break
        self._back_to_best()

    def _vehicle_outweighs(self) -> bool:
        """True when a vehicle costs more than all else of the best plan."""
        used = self.facts.used * _moving(self.best)
        return self.facts.used > int(self.best.total[0]) - used

    def _lightest(self) -> int | None:
        """The moving vehicle of fewest stops that has nothing on board."""
        order = np.argsort(self.best.size, kind="stable")
        free = [int(v) for v in order if self.best.size[v] and not np.any(self.facts.aboard[v])]
        moving = _moving(self.best)
        return free[0] if free and moving > 1 else None

    def _without(self, spared: int, most: float, tries: float) -> bool:
        """True when everybody is served by the vehicles that move now, all but *spared*.

        *most* and *tries* are ``_saved``'s.
        """
        self.desk.open[:] = self.best.size > 0
        self.desk.open[spared] = False
        rest = list(sequences_of(self.best))
        rest[spared] = ()
        self.desk.absences[:] = 0
        self.desk.fewest[:] = len(self.desk.absences)
        self.desk.failures[:] = 1
        self.desk.since[:] = 0
        self._set(tuple(rest))
        return self._saved(most, tries)

    def cool_down(self) -> None:
        """Simulated annealing over what is left of the budget, in turns where vehicles are few."""
        until = self.pace.share()
        turns = self._turns()
        turn = (1 - until) * TURNS_TAKE / (turns + 0.5)  # the last half is annealed without
        champion = no_tours(self.facts)
        _copy(self.best, champion)
        for nth in range(turns + 1 if turns else 0):
            self._anneal(until + turn / 2, FIRST_WARMTH)
            if self.best.total[0] < champion.total[0]:
                _copy(self.best, champion)
            _copy(champion, self.best)
            self._back_to_best()
            if nth < turns:
                until += turn
                self._lend(until)
                if _moving(self.best) > _moving(champion):
                    _copy(champion, self.best)
                self._back_to_best()
        self._anneal(1.0, LATE_WARMTH if turns else FIRST_WARMTH)

    def _turns(self) -> int:
        """How often a vehicle is lent: only where one outweighs all other prices."""
        share, jobs = self.pace.share(), len(self.best.carrier)
        if not (share and self._vehicle_outweighs() and np.any(self.best.size == 0)):
            return 0
        steps = self.steps_taken / share * (1 - share) * TURNS_TAKE
        return int(steps / (2 * TURN_STEPS * jobs))

    def _anneal(self, until: float, warmth: float) -> None:
        """Cool from *warmth* to the last one until the share *until*."""
        begun, choosing = self.pace.share(), until == 1.0
        while (share := self.pace.share()) < until:
            done = (share - begun) / (until - begun)
            self._run(warmth * (LAST_WARMTH / warmth) ** done, ANNEALING)
            if choosing and share >= CHOOSE_AT and done >= CHOOSE_COOLED:
                choosing = False
                self._choose()

    def _lend(self, until: float) -> None:
        """Give half a tour to one vehicle more, anneal, and do without the lightest again.

        ``best`` is what came of it, with the vehicle where it could not be taken back.  One
        more is saved where that nearly worked before.
        """
        lent_at, few = self.pace.share(), _moving(self.best)
        if not self._split():
            return
        _copy(self.kept, self.best)
        self._anneal(lent_at + LENT * (until - lent_at), FIRST_WARMTH)
        self._back_to_best()
        while _moving(self.best) > (few - 1 if self.nearly else few):
            spared = self._lightest()
            if spared is None or not self._without(spared, until, 1.0):
                break

    def _split(self) -> bool:
        """Move every other job of the fullest tour to an idle vehicle that can do the same."""
        rows = list(sequences_of(self.best))
        v = max(range(len(rows)), key=lambda v: len(rows[v]))
        job_of, twin = self.facts.job_of, self.facts.twin
        idle = [w for w, nodes in enumerate(rows) if not nodes and twin[w] == twin[v]]
        jobs = list(dict.fromkeys(int(job_of[node]) for node in rows[v]))
        if not idle or len(jobs) < 2 or np.any(self.facts.aboard[v]):
            return False
        moved = set(jobs[::2])
        rows[idle[0]] = tuple(node for node in rows[v] if int(job_of[node]) in moved)
        rows[v] = tuple(node for node in rows[v] if int(job_of[node]) not in moved)
        return self._set(tuple(rows))

    def _choose(self) -> None:
        """Go on from the best plan that can be made of all tours met, where it is better."""
        moving = _moving(self.best)
        if len(self.best.carrier) > MOST_JOBS_A_TOUR * moving:
            return
        # OR-Tools, which a search for one order's place never comes to, nor a web process needs.
        from dispatch.routing.solvers.select import pool_of, select

        pool = pool_of(self.desk.memory, self.facts.twin)
        budget_s = self.pace.lasting_s(CHOICE_TAKES)
        found = select(self.problem, pool, budget_s=budget_s, start=sequences_of(self.best))
        if found.price < int(self.best.total[0]):
            if self._set(found.sequences):
                _copy(self.kept, self.best)
            else:
                self._back_to_best()  # allowed, but beyond what the kernel counts with

    def _back_to_best(self) -> None:
        self.desk.open[:] = True
        self.desk.absences[:] = 0
        _copy(self.best, self.tours)
        _copy(self.best, self.kept)


def _copy(source: Tours, target: Tours) -> None:
    for there, here in zip(target, source, strict=True):
        there[:] = here


def _moving(tours: Tours) -> int:
    """How many vehicles move."""
    return int(np.count_nonzero(tours.size))
