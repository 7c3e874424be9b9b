"""Ruin and recreate: take neighbouring strings out of a few tours, put the jobs back, repeat.

Decides how a budget is spent: on serving what is left out, on saving vehicles, on ever
cooler improvement.  One step of it is ``kernel.search``; times, prices and reasons of the
plan are ``complete``'s.

The kernel is compiled when first used on a machine and kept on disk: see ``warm_up``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final, Protocol

import numpy as np

from dispatch.routing.plan import Plan
from dispatch.routing.problem import Job, Problem, Sequences, Vehicle, Visit
from dispatch.routing.solvers.complete import (
    completed,
    first_broken,
    known_start,
    plan_of,
    total_cost,
)
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
from dispatch.routing.solvers.select import pool_of, select

#: Up to so many visits greedy, which is not compiled, is asked too: 0.05 s for a hundred.
GREEDY_UP_TO: Final = 100

#: How long the kernel runs before the clock is looked at.
LOOK_EVERY_S: Final = 0.01

#: The same for a search that counts steps instead.
LOOK_EVERY_STEPS: Final = 100

#: What such a search gives to whatever does not count steps.
UNHURRIED_S: Final = 10.0

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


def solve(
    problem: Problem,
    *,
    budget_s: float,
    seed: int = 0,
    start: Sequence[tuple[int, ...]] | None = None,
) -> Plan:
    """Answer *problem* in *budget_s*, never dearer than *start* completed.

    Nor, up to ``GREEDY_UP_TO`` visits, than greedy completed: beyond, that alone would take
    a noticeable part of the budget, and the search begins with the kernel's own insertion.

    In a process that has not called ``warm_up``, loading or compiling the kernel comes on
    top of the budget.  Raises ``Invalid`` when *start* breaks a rule.
    """
    warm_up()
    started_s = monotonic()
    best = _first(problem, start, seed)
    # What completing and explaining the answer will take is what it takes for this one.
    finishing_s = monotonic()
    fallback = _finished(problem, best)
    finishing_s = monotonic() - finishing_s
    pace = ByClock(started_s + budget_s - finishing_s)
    if not problem.jobs or not problem.vehicles or pace.share() >= 1:
        return fallback
    found = improved(problem, best, pace, seed)
    if first_broken(problem, found) is None:
        best = min(best, completed(problem, found), key=lambda one: total_cost(problem, one))
    return _finished(problem, best)


def _first(problem: Problem, start: Sequence[tuple[int, ...]] | None, seed: int) -> Sequences:
    """Return the cheapest of what can be had at once, completed: *start*, greedy, the kernel's."""
    nobody = ((),) * len(problem.vehicles)
    answers = [] if start is None else [completed(problem, known_start(problem, start))]
    if len(problem.visits) <= GREEDY_UP_TO or not problem.vehicles:
        answers.append(completed(problem, nobody))
    elif not answers:
        found = improved(problem, nobody, ByCount(0), seed)
        allowed = first_broken(problem, found) is None
        answers.append(completed(problem, found if allowed else nobody))
    return min(answers, key=lambda one: total_cost(problem, one))


def _finished(problem: Problem, sequences: Sequences) -> Plan:
    return plan_of(problem, completed(problem, sequences), "ruin_recreate")


def warm_up() -> float:
    """Compile the kernel, or load what is on disk; return the seconds it took, 0.0 if ready.

    Called once before the first customer: compiling takes tens of seconds, loading under one.
    """
    if _ready:
        return 0.0
    started_s = monotonic()
    halt = Visit(0, ((0, 1),), 0, (1,))
    problem = Problem(
        (np.zeros((1, 1), dtype=np.int64),),
        (Vehicle("warm", 0, None, 0, 1, (1,)),),
        (Job("up", (halt,), halt),),
    )
    improved(problem, ((),), ByCount(LOOK_EVERY_STEPS), seed=0)
    _ready.append(True)
    return monotonic() - started_s


_ready: list[bool] = []


class Pace(Protocol):
    """How far a search is, and how many steps to take before asking again."""

    def share(self) -> float:
        """0 at the beginning, 1 or more at the end."""

    def steps(self) -> int: ...

    def lasting_s(self, share: float) -> float:
        """Seconds that *share* of the whole takes, or what is left of it."""


@dataclass(slots=True)
class ByClock:
    """Until ``deadline_s`` on ``time.monotonic``: anytime, not repeatable step by step."""

    deadline_s: float
    began_s: float = field(default_factory=monotonic)
    _asked_s: float = 0.0
    _steps: int = 0

    def share(self) -> float:
        left_s = self.deadline_s - LOOK_EVERY_S - monotonic()
        whole_s = self.deadline_s - LOOK_EVERY_S - self.began_s
        return 1.0 if left_s <= 0 else 1.0 - left_s / whole_s

    def steps(self) -> int:
        now_s = monotonic()
        if self._steps == 0:
            self._steps = 1
        else:
            took_s = max(now_s - self._asked_s, 1e-6)
            fair = int(self._steps * LOOK_EVERY_S / took_s)
            self._steps = max(1, min(fair, 2 * self._steps))
        self._asked_s = now_s
        return self._steps

    def lasting_s(self, share: float) -> float:
        left_s = self.deadline_s - LOOK_EVERY_S - monotonic()
        return min(left_s, share * (self.deadline_s - self.began_s))


@dataclass(slots=True)
class ByCount:
    """For *total* steps: the same seed gives the same answer on any machine."""

    total: int
    _done: int = 0

    def share(self) -> float:
        return self._done / self.total if self.total else 1.0

    def steps(self) -> int:
        steps = min(LOOK_EVERY_STEPS, self.total - self._done)
        self._done += steps
        return steps

    def lasting_s(self, share: float) -> float:
        """What takes no steps takes as long as it takes."""
        del share
        return UNHURRIED_S


def improved(problem: Problem, start: Sequences, pace: Pace, seed: int) -> Sequences:
    """Search from *start*, which is allowed, as long as *pace* says; return the cheapest met."""
    search = _Search(problem, start, pace, seed)
    if not search.begun:
        return start  # travel times or loads beyond what the kernel counts with
    search.put_in()
    search.serve_everybody()
    search.save_vehicles()
    search.cool_down()
    return sequences_of(search.best)


class _Search:
    """The three phases of one search over the same arrays.

    Between two calls of the kernel ``tours`` and ``kept`` are the same solution; ``best``
    is the cheapest met.
    """

    def __init__(self, problem: Problem, start: Sequences, pace: Pace, seed: int) -> None:
        self.facts: Facts = facts_of(problem)
        self.desk: Desk = clean_desk(self.facts, seed)
        self.tours, self.kept, self.best = (no_tours(self.facts) for _ in range(3))
        self.pace, self.problem = pace, problem
        self.begun = self._set(start)
        _copy(self.tours, self.best)
        n = len(self.facts.visits)
        legs_s = self.facts.legs_s[:, :n, :n]
        mean_s = float(np.mean(legs_s[legs_s < legs_s.max()])) if legs_s.max() > 0 else 0.0
        self.leg_price = max(1.0, mean_s * float(np.mean(self.facts.per_s)))

    def _set(self, sequences: Sequences) -> bool:
        written(self.tours, sequences, self.facts)
        allowed = settle(self.facts, self.desk, self.tours)
        _copy(self.tours, self.kept)
        return allowed

    def _run(self, warmth: float, way: int) -> bool:
        """Run until the clock is to be looked at; True when saving and nobody is left out."""
        return improve(
            self.facts,
            self.desk,
            self.tours,
            self.kept,
            self.best,
            self.pace.steps(),
            warmth * self.leg_price,
            way,
        )

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

    def save_vehicles(self) -> None:
        """Do without one vehicle after another, where one outweighs all other prices."""
        while self.pace.share() < SAVING_ENDS and np.all(self.best.carrier >= 0):
            moving = self.best.size > 0
            used = self.facts.used * int(np.count_nonzero(moving))
            if self.facts.used <= int(self.best.total[0]) - used:
                return
            spared = self._lightest()
            if spared is None:
                return
            self.desk.open[:] = moving
            self.desk.open[spared] = False
            if not self._without(spared):
                break
        self._back_to_best()

    def _lightest(self) -> int | None:
        """The moving vehicle of fewest stops that has nothing on board."""
        order = np.argsort(self.best.size, kind="stable")
        free = [int(v) for v in order if self.best.size[v] and not np.any(self.facts.aboard[v])]
        moving = int(np.count_nonzero(self.best.size))
        return free[0] if free and moving > 1 else None

    def _without(self, spared: int) -> bool:
        """True when everybody is served by the open vehicles, which are all but *spared*."""
        rest = list(sequences_of(self.best))
        rest[spared] = ()
        self.desk.absences[:] = 0
        self.desk.fewest[:] = len(self.desk.absences)
        self.desk.failures[:] = 1
        self.desk.since[:] = 0
        self._set(tuple(rest))
        return self._saved(SAVING_ENDS, SAVING_TRIES)

    def cool_down(self) -> None:
        """Simulated annealing over what is left of the budget."""
        begun = self.pace.share()
        due = True
        while (share := self.pace.share()) < 1:
            done = (share - begun) / (1 - begun)
            self._run(FIRST_WARMTH * (LAST_WARMTH / FIRST_WARMTH) ** done, ANNEALING)
            if due and share >= CHOOSE_AT and done >= CHOOSE_COOLED:
                due = False
                self._choose()

    def _choose(self) -> None:
        """Go on from the best plan that can be made of all tours met, where it is better."""
        moving = int(np.count_nonzero(self.best.size))
        if len(self.best.carrier) > MOST_JOBS_A_TOUR * moving:
            return
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
