"""The smallest single change that would serve an order nobody serves.

Decides by how much each change must be made, and proves it: every answer was solved
again, and the next smaller amount was tried and found too small.  What may be changed
is ``changes``'s question; which constraint binds, ``why_not``'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

from dispatch.core.reasons import Refusal
from dispatch.routing.attempts import Attempts, Found, OutOfTime
from dispatch.routing.changes import Change, changes
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem, Vehicle
from dispatch.routing.solvers import Solve, engine
from dispatch.routing.why_not import never

#: What ``Unlock.change`` says when nothing need change but the search.
SEARCH: Final = "search"
#: What it says when one courier more is needed.
COURIER: Final = "courier"


@dataclass(frozen=True, slots=True)
class Unlock:
    """One change that serves the order, unserving nobody and making nobody late or later.

    change     : a name of ``changes.Change``; ``courier``: one more, from ``from_s`` to
                 ``until_s``; ``search``: none, there is a plan that serves everybody
    by         : how much of it, in ``unit``: ``s``, ``load`` or ``vehicle``; one less is
                 not enough, tried the same way
    vehicle_id : whose shift, capacity or permission; of a courier more: who has the like
    added_cost : what the plan's cost grows by, the price of leaving the order out not counted
    rearranged : True when others' stops must move for it; False: it goes into the tours as
                 they are
    from_s, until_s : the new beginning, and the new end, of what the change makes longer
    """

    change: str
    by: int
    unit: str
    vehicle_id: str | None
    added_cost: int
    rearranged: bool
    from_s: int | None = None
    until_s: int | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a job is left out, and what would serve it.

    refusal    : what binds in the tours as they are; ``solver_gave_up`` when a plan that
                 serves the job was found after all
    certain    : True when no plan at all can serve it; False: none was found
    unlocks    : nearest first, by ``nearness``
    unexamined : changes there was no time to try, or to try with all stops free to move;
                 less of them may do
    """

    refusal: Refusal
    certain: bool
    unlocks: tuple[Unlock, ...] = ()
    unexamined: tuple[str, ...] = ()


def nearness(unlock: Unlock) -> tuple[int, int, int, str, str]:
    """Order unlocks: fewest seconds first, then vehicles that may, are bigger, or are added.

    Among equals the cheapest first.
    """
    rank = 3 if unlock.change == COURIER else ("s", "vehicle", "load").index(unlock.unit)
    seconds = unlock.by if unlock.unit == "s" else 0
    return rank, seconds, unlock.added_cost, unlock.change, unlock.vehicle_id or ""


def explain(
    problem: Problem, plan: Plan, solve: Solve | None = None, budget_s: float = 2.0
) -> Mapping[str, Explanation]:
    """Return, for every job *plan* leaves out, what would serve it, by job id.

    Two ways are tried with each amount of each change: put the job into the tours as they
    are, for all jobs first; then let *solve* (greedy's if None) answer the changed problem
    from *plan*, all promises hard.  The dearest jobs to leave out come first; what is
    not reached in *budget_s* is named in ``unexamined``.  The budget may be overrun by one
    call of *solve*.

    A time found is the smallest where more time is never worse: in a plan's own tours
    that is so; where *solve* moves everybody, it is where *solve* is as good.
    """
    attempts = Attempts(problem, plan, solve or engine("greedy"), monotonic() + budget_s)
    cases = [
        _Case(attempts, job, refusal)
        for job, refusal in sorted(
            _left_out(problem, plan), key=lambda one: (-problem.jobs[one[0]].priority, one[0])
        )
    ]
    for case in cases:
        case.try_as_they_are()
    for case in cases:
        case.try_with_all_moving()
    return {problem.jobs[case.job].job_id: case.told() for case in cases}


def _left_out(problem: Problem, plan: Plan) -> Iterator[tuple[int, Refusal]]:
    index = {job.job_id: j for j, job in enumerate(problem.jobs)}
    for item in plan.unserved:
        yield index[item.job_id], item.refusal


class _Case:
    """One job left out, what has been found for it, and what is still to be tried."""

    def __init__(self, attempts: Attempts, job: int, refusal: Refusal) -> None:
        self._attempts, self.job, self._refusal = attempts, job, refusal
        self._problem = attempts.problem
        self._changes = changes(self._problem, job)
        self._found: dict[int, Found] = {}
        self._courier: list[Unlock] = []
        self._search: Found | None = None
        # Numbers of changes, -1 for a courier more, whose last try is still to come.
        self._waiting = [-1, *range(len(self._changes))]

    def try_as_they_are(self) -> None:
        """Try every change in tours that stay as they are."""
        try:
            self._search = self._attempts.put_in(self._problem, self.job)
            if self._search is not None:
                return
            for n, change in enumerate(self._changes):
                found = self._smallest(change, change.most, moving=False)
                if found is not None:
                    self._keep(n, found)
            self._courier = list(self._one_more())
            self._waiting.remove(-1)
        except OutOfTime:
            return

    def try_with_all_moving(self) -> None:
        """Try less of every change, or any of those in vain so far, with all stops free."""
        try:
            if self._search is None:
                self._search = self._attempts.solved(self._problem, self.job)
            if self._search is not None:
                self._waiting = []
                return
            for n, change in enumerate(self._changes):
                most = self._found[n].by - 1 if n in self._found else change.most
                found = self._smallest(change, most, moving=True) if most > 0 else None
                if found is not None:
                    self._keep(n, found)
                self._waiting.remove(n)
        except OutOfTime:
            return

    def _keep(self, n: int, found: Found) -> None:
        if found.by:
            self._found[n] = found
        else:
            self._search = found  # nothing need change: it was only not found before

    def _smallest(self, change: Change, most: int, *, moving: bool) -> Found | None:
        """The least amount that serves the job, up to *most*; what is one less does not.

        Nothing is known to be too little; what a plan found uses of the change is enough.
        """
        found = self._attempts.with_change(change, most, self.job, moving=moving)
        too_little = 0
        while found is not None and found.by - too_little > 1:
            middle = (found.by + too_little) // 2
            less = self._attempts.with_change(change, middle, self.job, moving=moving)
            if less is None:
                too_little = middle
            else:
                found = less
        return found

    def _one_more(self) -> Iterator[Unlock]:
        """One courier more of each kind there is, starting as late as possible."""
        asked, crew = self._problem.jobs[self.job], self._problem.vehicles
        earliest_s = min((vehicle.from_s for vehicle in crew), default=0)
        latest_s = asked.drop.windows[-1][1]
        seen: set[object] = set()
        for v, vehicle in enumerate(crew):
            may = asked.waits and (asked.vehicles is None or v in asked.vehicles)
            if not may or _kind(vehicle) in seen or latest_s < earliest_s:
                continue
            seen.add(_kind(vehicle))
            found = self._attempts.with_one_more(v, earliest_s, self.job)
            at_s, too_late_s = earliest_s, latest_s + 1
            while found is not None and too_late_s - at_s > 1:
                middle_s = (at_s + too_late_s) // 2
                later = self._attempts.with_one_more(v, middle_s, self.job)
                if later is None:
                    too_late_s = middle_s
                else:
                    found, at_s = later, middle_s
            if found is not None:
                end_s = found.tours[len(crew)].end_s
                cost, name = found.added_cost, vehicle.vehicle_id
                yield Unlock(COURIER, end_s - at_s, "s", name, cost, False, at_s, end_s)

    def told(self) -> Explanation:
        """Return what is known by now."""
        if self._search is not None:
            unlock = Unlock(SEARCH, 0, "s", None, self._search.added_cost, self._search.rearranged)
            return Explanation(Refusal("solver_gave_up"), False, (unlock,))
        unlocks = [self._unlock(self._changes[n], found) for n, found in self._found.items()]
        names = [COURIER if n < 0 else self._changes[n].name for n in self._waiting]
        return Explanation(
            self._refusal,
            never(self._problem, self.job) is not None,
            tuple(sorted((*unlocks, *self._courier), key=nearness)),
            tuple(dict.fromkeys(names)),
        )

    def _unlock(self, change: Change, found: Found) -> Unlock:
        moment = None if change.moment is None else change.moment(found.by)
        opens = change.name == "pickup.opens"
        return Unlock(
            change.name,
            found.by,
            change.unit,
            None if change.vehicle is None else self._problem.vehicles[change.vehicle].vehicle_id,
            found.added_cost,
            found.rearranged,
            from_s=moment if opens else None,
            until_s=None if opens else moment,
        )


def _kind(vehicle: Vehicle) -> object:
    """Equal for couriers of whom one more would be the same."""
    return replace(vehicle, vehicle_id="", from_s=0, until_s=0, breaks=(), fair_s=None)
