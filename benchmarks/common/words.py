"""What every peer must be told, and what none of them can be.

Decides whether a problem can be said in a peer's words at all, and in which unit of time.
Each peer's own words are in ``peers_*``.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dispatch.routing.problem import IntMatrix, Job, Problem, Vehicle, Visit

Sequences = tuple[tuple[int, ...], ...]


class CannotSay(Exception):
    """The problem has a rule the peer has no word for."""


def refuse_unsayable(problem: Problem, *, several_windows: bool) -> None:
    """Raise ``CannotSay`` for a rule that shipments of one pickup and one drop cannot express.

    several_windows : the peer knows visits that open several times

    A peer may know one rule or another of those refused here (VROOM has breaks and setup
    times); what is compared is what all of them can be told.
    """
    for job in problem.jobs:
        if (why := _odd_job(job, problem, several_windows)) is not None:
            raise CannotSay(f"{job.job_id} {why}")
    for vehicle in problem.vehicles:
        if vehicle.breaks or vehicle.lifo or vehicle.fair_s is not None:
            raise CannotSay(f"{vehicle.vehicle_id} has breaks, a stack or a share of the work")
    if problem.weights.paid_per_s:
        raise CannotSay("waiting is paid")
    if any((*problem.frozen, *problem.pinned, *problem.published)):
        raise CannotSay("some tours are under way, pinned or published")


def _odd_job(job: Job, problem: Problem, several_windows: bool) -> str | None:
    if len(job.pickups) != 1:
        return f"has {len(job.pickups)} pickups"
    if job.vehicles is not None:
        return "is not for every vehicle"
    if job.max_aboard_s is not None:
        return "has a longest time on board"
    for visit in (*job.pickups, job.drop):
        if len(visit.windows) > 1 and not several_windows:
            return f"may be served in {len(visit.windows)} windows"
        ends_s = visit.windows[-1][1]
        if visit.due_s is not None and visit.due_s < ends_s and problem.weights.late_per_s:
            return "may be late at a price"
        if visit.setup_s:
            return "needs a setup time"
    return None


def coarser(problem: Problem, ticks: int) -> Problem:
    """Return *problem* counted in units of *ticks*: what is allowed in it is allowed in full.

    Legs and services are rounded up, windows and shifts inwards, prices of time to the
    nearest.  Raises ``CannotSay`` when a window holds no whole unit.
    """
    if ticks == 1:
        return problem
    weights = replace(
        problem.weights,
        unserved=round(problem.weights.unserved / ticks),
        vehicle_used=round(problem.weights.vehicle_used / ticks),
    )
    return Problem(
        tuple(-(-matrix // ticks) for matrix in problem.travel_s),
        tuple(_coarser_shift(vehicle, ticks) for vehicle in problem.vehicles),
        tuple(_coarser_job(job, ticks) for job in problem.jobs),
        weights,
    )


def _coarser_shift(vehicle: Vehicle, ticks: int) -> Vehicle:
    return replace(vehicle, from_s=-(-vehicle.from_s // ticks), until_s=vehicle.until_s // ticks)


def _coarser_job(job: Job, ticks: int) -> Job:
    pickups = tuple(_coarser_visit(job, visit, ticks) for visit in job.pickups)
    return replace(job, pickups=pickups, drop=_coarser_visit(job, job.drop, ticks))


def _coarser_visit(job: Job, visit: Visit, ticks: int) -> Visit:
    windows = tuple((-(-first_s // ticks), last_s // ticks) for first_s, last_s in visit.windows)
    if any(last < first for first, last in windows):
        raise CannotSay(f"{job.job_id} has a window shorter than {ticks} ticks")
    return replace(visit, windows=windows, service_s=-(-visit.service_s // ticks))


def ticks_below(problem: Problem, largest: int) -> int:
    """Return the least power of ten that brings every shift's end down to *largest* units."""
    horizon_s, ticks = max(vehicle.until_s for vehicle in problem.vehicles), 1
    while horizon_s > largest * ticks:
        ticks *= 10
    return ticks


def capped(matrix: IntMatrix, problem: Problem) -> IntMatrix:
    """Return *matrix* with "no road" as ten times what the longest shift can hold.

    Not just beyond it: to who prices broken rules, a little too late is a little too dear.
    """
    longest_s = max(v.until_s for v in problem.vehicles) - min(v.from_s for v in problem.vehicles)
    shortened: IntMatrix = np.minimum(matrix, 10 * (longest_s + 1))
    return shortened
