"""A problem without the vehicles that only wait beside one just like them.

Decides which idle vehicles a search can do without.
"""

from __future__ import annotations

from dataclasses import replace

from dispatch.routing.problem import Problem, Sequences
from dispatch.routing.work import Vehicle


def without_spares(problem: Problem, sequences: Sequences) -> tuple[Problem, tuple[int, ...]]:
    """Return *problem* with one idle vehicle of each kind, and which vehicles it has kept.

    Vehicles are of one kind when nothing but their names tells them apart.  Idle ones
    make every step of the library dearer and can do nothing that the first could not.
    """
    named = {v for job in problem.jobs for v in job.vehicles or ()}
    named |= {v for told in (problem.pinned, problem.published) for v, ns in enumerate(told) if ns}
    idle: set[Vehicle] = set()
    kept: list[int] = []
    for v, vehicle in enumerate(problem.vehicles):
        kind = replace(vehicle, vehicle_id="")
        if not sequences[v] and v not in named:
            if kind in idle:
                continue
            idle.add(kind)
        kept.append(v)
    if len(kept) == len(problem.vehicles):
        return problem, tuple(kept)
    place = {v: k for k, v in enumerate(kept)}
    jobs = tuple(
        job
        if job.vehicles is None
        else replace(job, vehicles=frozenset(place[v] for v in job.vehicles))
        for job in problem.jobs
    )
    return replace(
        problem,
        vehicles=tuple(problem.vehicles[v] for v in kept),
        jobs=jobs,
        pinned=tuple(problem.pinned[v] for v in kept) if problem.pinned else (),
        published=tuple(problem.published[v] for v in kept) if problem.published else (),
    ), tuple(kept)
