"""What a plan aims at that leaves something to chance: doors before their promise's last second.

Decides how much sooner.  What may be kept is not touched: windows stay as wide as they are, and
beginning after the aim is priced like lateness, not forbidden.
"""

from __future__ import annotations

from dataclasses import replace

from dispatch.routing.problem import Problem
from dispatch.routing.work import Visit


def aimed(problem: Problem, buffer_s: int) -> Problem:
    """Return *problem* with every visit due *buffer_s* seconds before it has to begin.

    That is before its ``due_s``, and before its last window closes: a shop that has closed
    loses a parcel as surely as a late hour does.
    """
    if not buffer_s:
        return problem
    jobs = tuple(
        replace(
            job,
            pickups=tuple(_sooner(visit, buffer_s) for visit in job.pickups),
            drop=_sooner(job.drop, buffer_s),
        )
        for job in problem.jobs
    )
    return replace(problem, jobs=jobs)


def _sooner(visit: Visit, buffer_s: int) -> Visit:
    first_s, last_s = visit.windows[-1]
    by_s = max(first_s, last_s - buffer_s)
    return replace(visit, due_s=by_s if visit.due_s is None else min(by_s, visit.due_s - buffer_s))
