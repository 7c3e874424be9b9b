"""Would this changed problem serve the job, and nobody be worse off?

Decides one attempt at a time: into the tours as they are, or solved again.  Which
attempts to make is ``unlocks``'s question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

from dispatch.core.reasons import Refusal
from dispatch.routing.changes import Change, with_job, with_one_more
from dispatch.routing.check import violations
from dispatch.routing.insertion import cheapest_insertion
from dispatch.routing.plan import Plan, PlannedTour, Unserved
from dispatch.routing.problem import Problem, Visit
from dispatch.routing.schedule import cost_of, schedule
from dispatch.routing.solvers import Solve

#: Seconds one answer of a solver may take; there may be a dozen for one change.
ANSWER_S: Final = 0.15

#: Price of leaving an order out that has to be served, where the problem's own is lower.
MUST: Final = 1_000_000


class OutOfTime(Exception):
    """The budget is spent."""


@dataclass(frozen=True, slots=True)
class Found:
    """A plan that serves the job.

    by         : how much of the change it takes
    tours      : by vehicle
    added_cost : to the plan as it is, the price of leaving out not counted
    rearranged : True when others' stops were free to move
    """

    by: int
    tours: Mapping[int, PlannedTour]
    added_cost: int
    rearranged: bool


class Attempts:
    """*plan* of *problem*, against which every changed plan is judged.

    Raises ``OutOfTime`` from every attempt once ``monotonic`` is past *deadline_s*.
    """

    def __init__(self, problem: Problem, plan: Plan, solve: Solve, deadline_s: float) -> None:
        self.problem = problem
        self._solve, self._deadline_s = solve, deadline_s
        nodes = {tour.vehicle: tour.nodes for tour in plan.tours}
        self._sequences = [nodes.get(v, ()) for v in range(len(problem.vehicles))]
        self._begins_s = {stop.node: stop.begin_s for t in plan.tours for stop in t.stops}
        self._served = {problem.job_of[n] for n in self._begins_s if problem.is_drop(n)}
        self._cost = cost_of(problem, plan.tours).total

    def put_in(self, changed: Problem, job: int, vehicle: int | None = None) -> Found | None:
        """Put *job* into the tours as they are (of *vehicle* only, where one is given)."""
        self._look_at_the_clock()
        asked = changed
        if vehicle is not None:
            only = replace(changed.jobs[job], vehicles=frozenset({vehicle}))
            asked = with_job(changed, job, only)
        more = len(changed.vehicles) - len(self._sequences)
        sequences = [*self._sequences, *[()] * more]
        found = cheapest_insertion(asked, sequences, job)
        if found is None:
            return None
        sequences[found.vehicle] = found.nodes
        return self._judged(changed, sequences, job, rearranged=False)

    def solved(self, changed: Problem, job: int) -> Found | None:
        """Solve *changed* again from the plan, everybody's promise hard."""
        self._look_at_the_clock()
        firm = self._firm(changed, job)
        if firm is None:
            return None
        left_s = max(0.0, self._deadline_s - monotonic())
        answer = self._solve(firm, budget_s=min(ANSWER_S, left_s), start=tuple(self._sequences))
        nodes = {tour.vehicle: tour.nodes for tour in answer.tours}
        sequences = [nodes.get(v, ()) for v in range(len(changed.vehicles))]
        return self._judged(changed, sequences, job, rearranged=True)

    def with_change(self, change: Change, by: int, job: int, *, moving: bool) -> Found | None:
        """Make *change* by *by*; what is found uses as little of it as its tours need.

        Of 0 when the plan found needs no change at all.
        """
        changed = change.made(by)
        found = self.solved(changed, job) if moving else self.put_in(changed, job, change.vehicle)
        if found is None:
            return None
        used = max(0, change.used(found.tours))
        if used < by:
            crew = range(len(self.problem.vehicles))
            sequences = [found.tours[v].nodes if v in found.tours else () for v in crew]
            enough = change.made(used) if used else self.problem
            less = self._judged(enough, sequences, job, rearranged=moving)
            if less is not None:
                return replace(less, by=used)
        return replace(found, by=by)

    def with_one_more(self, like: int, from_s: int, job: int) -> Found | None:
        """Give *job* to one courier more, like *like*, who starts at *from_s*."""
        changed = with_one_more(self.problem, job, like, from_s)
        return self.put_in(changed, job, len(changed.vehicles) - 1)

    def _look_at_the_clock(self) -> None:
        if monotonic() >= self._deadline_s:
            raise OutOfTime

    def _firm(self, changed: Problem, job: int) -> Problem | None:
        """*changed* with lateness forbidden, *job* a must, and others left out worth nothing.

        A visit that is late already may be as late as it is.  None when a visit cannot be
        on time at all.
        """
        jobs = []
        for j, one in enumerate(changed.jobs):
            if j != job and j not in self._served:
                jobs.append(replace(one, priority=0))
                continue
            own = changed.nodes_of[j]
            visits = [self._on_time(changed.visits[node], node) for node in own]
            firm = [visit for visit in visits if visit is not None]
            if len(firm) < len(own):
                return None
            *pickups, drop = firm
            # First things first: engines put in what is dearest to leave out.
            priority = 2 if j == job else 1
            jobs.append(replace(one, pickups=tuple(pickups), drop=drop, priority=priority))
        weights = replace(changed.weights, unserved=max(MUST, changed.weights.unserved))
        return replace(changed, jobs=tuple(jobs), weights=weights)

    def _on_time(self, visit: Visit, node: int) -> Visit | None:
        by_s = self._latest_s(visit, node)
        windows = tuple((a, min(b, by_s)) for a, b in visit.windows if a <= by_s)
        return replace(visit, windows=windows) if windows else None

    def _latest_s(self, visit: Visit, node: int) -> int:
        """When *visit* must begin for nobody to be late, or later than in the plan."""
        if visit.due_s is None:
            return visit.windows[-1][1]
        return max(visit.due_s, self._begins_s.get(node, visit.due_s))

    def _judged(
        self, changed: Problem, sequences: Sequence[tuple[int, ...]], job: int, *, rearranged: bool
    ) -> Found | None:
        """Time *sequences*; None when a rule, a promise or somebody's place is lost."""
        tours: dict[int, PlannedTour] = {}
        for v, nodes in enumerate(sequences):
            tour = schedule(changed, v, nodes) if nodes else None
            if nodes and tour is None:
                return None
            if tour is not None:
                tours[v] = tour
        begins_s = {stop.node: stop.begin_s for t in tours.values() for stop in t.stops}
        served = {changed.job_of[node] for node in begins_s if changed.is_drop(node)}
        owed = self._served | {job}
        if not served >= owed:
            return None
        if any(
            begin_s > self._latest_s(changed.visits[node], node)
            for node, begin_s in begins_s.items()
            if changed.job_of[node] in owed
        ):
            return None
        left = tuple(
            Unserved(one.job_id, Refusal("solver_gave_up"))
            for j, one in enumerate(changed.jobs)
            if j not in served
        )
        moving = tuple(tours.values())
        plan = Plan(moving, left, cost_of(changed, moving, left), "")
        if violations(changed, plan):
            return None
        return Found(0, tours, cost_of(changed, moving).total - self._cost, rearranged)
