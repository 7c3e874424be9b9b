"""What a plan aims at that leaves something to chance: doors before their promise's last second.

Decides how much sooner.  What may be kept is not touched: windows stay as wide as they are, and
beginning after the aim is priced like lateness, not forbidden.
"""

from __future__ import annotations

from dataclasses import replace

from dispatch.routing.problem import Problem
from dispatch.routing.work import Job, Visit


def aimed(problem: Problem, buffer_s: int) -> Problem:
    """Return *problem* with every visit due *buffer_s* seconds before it has to begin.

    That is before its ``due_s``, and before its window closes: a shop that has closed loses a
    parcel as surely as a late hour does.  Of several windows it is the last one that opens in
    time for the job's own ``due_s``, less as much.
    """
    if not buffer_s:
        return problem
    return replace(problem, jobs=tuple(_aimed(job, buffer_s) for job in problem.jobs))


def _aimed(job: Job, buffer_s: int) -> Job:
    drop = _sooner(job.drop, None, buffer_s)
    return replace(
        job,
        pickups=tuple(_sooner(visit, drop.due_s, buffer_s) for visit in job.pickups),
        drop=drop,
    )


def _sooner(visit: Visit, before_s: int | None, buffer_s: int) -> Visit:
    """Return *visit* with its aim; *before_s*: what comes after it aims at that second."""
    useful = [window for window in visit.windows if before_s is None or window[0] <= before_s]
    first_s, last_s = useful[-1] if useful else visit.windows[0]
    by_s = max(first_s, last_s - buffer_s)
    return replace(visit, due_s=by_s if visit.due_s is None else min(by_s, visit.due_s - buffer_s))
