"""Random days on the street of ``towns`` with every rule that windows and loads do not say."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from dispatch.routing.problem import Problem, Sequences, Visit
from dispatch.routing.work import Break, Job, Vehicle
from tests.routing.towns import days


@st.composite
def special_days(draw: st.DrawFn, max_jobs: int = 5, max_vehicles: int = 2) -> Problem:
    """A day with setups, breaks, time on board, stacks, pins, a published plan, fair shares."""
    plain = draw(days(max_jobs=max_jobs, max_pickups=2, max_vehicles=max_vehicles))
    weights = replace(
        plain.weights,
        churn_per_stop=draw(st.sampled_from([0, 7])),
        unfair_per_s=draw(st.sampled_from([0, 3])),
    )
    whole = replace(
        plain,
        vehicles=tuple(_vehicle(draw, vehicle) for vehicle in plain.vehicles),
        jobs=tuple(_job(draw, job) for job in plain.jobs),
        weights=weights,
    )
    return replace(whole, pinned=_some(draw, whole), published=_some(draw, whole))


def _vehicle(draw: st.DrawFn, vehicle: Vehicle) -> Vehicle:
    breaks: list[Break] = []
    opens = 0
    for n in range(draw(st.integers(0, 2))):
        opens += draw(st.integers(0, 40))
        closes = opens + draw(st.integers(0, 30))
        breaks.append(Break(f"b{n}", ((opens, closes),), draw(st.integers(0, 10))))
        opens = closes
    return replace(
        vehicle,
        breaks=tuple(breaks),
        lifo=draw(st.booleans()),
        fair_s=draw(st.none() | st.integers(0, 60)),
    )


def _job(draw: st.DrawFn, job: Job) -> Job:
    most_s = draw(st.none() | st.integers(0, 40)) if job.pickups else None
    return replace(
        job,
        pickups=tuple(_set_up(draw, visit) for visit in job.pickups),
        drop=_set_up(draw, job.drop),
        max_aboard_s=most_s,
    )


def _set_up(draw: st.DrawFn, visit: Visit) -> Visit:
    return replace(visit, setup_s=draw(st.integers(0, 3)))


def _some(draw: st.DrawFn, problem: Problem) -> Sequences:
    """Nothing, or some nodes shared out among the vehicles, each job's to one of them."""
    if draw(st.booleans()):
        return ()
    shares: list[list[int]] = [[] for _ in problem.vehicles]
    for j, job in enumerate(problem.jobs):
        may = sorted(range(len(problem.vehicles)) if job.vehicles is None else job.vehicles)
        if draw(st.booleans()):
            shares[draw(st.sampled_from(may))] += problem.nodes_of[j]
    return tuple(tuple(draw(st.permutations(share))) for share in shares)
