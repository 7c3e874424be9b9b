"""A ``Problem`` and a ``Plan`` in the house's own JSON.

Decides nothing but the wording: reading what was written is the same problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from dispatch.core.places import UNREACHABLE_S
from dispatch.routing.formats.house_words import (
    PLAN,
    PROBLEM,
    BreakSaid,
    CostSaid,
    HaltNamed,
    HaltSaid,
    HaltsOf,
    JobSaid,
    PauseSaid,
    PlanSaid,
    ProblemSaid,
    StopSaid,
    TourSaid,
    UnservedSaid,
    VehicleSaid,
    WeightsSaid,
)
from dispatch.routing.plan import Plan, PlannedTour, Unserved
from dispatch.routing.problem import IntMatrix, Problem, Sequences, Weights
from dispatch.routing.work import Job, Vehicle, Visit


def named(problem: Problem, node: int) -> HaltNamed:
    """Say *node* by its job's id."""
    j = problem.job_of[node]
    job_id, number = problem.jobs[j].job_id, problem.nodes_of[j].index(node)
    if problem.is_drop(node):
        return HaltNamed(job=job_id, kind="drop")
    return HaltNamed(job=job_id, kind="pickup", pickup=number)


def document_of(problem: Problem, name: str = "") -> ProblemSaid:
    """Write *problem*; profiles are called by their number, vehicles and jobs by their id.

    Raises ``pydantic.ValidationError`` for numbers beyond what the format can say.
    """
    return ProblemSaid(
        format=PROBLEM,
        name=name,
        travel_s={str(k): _rows(matrix) for k, matrix in enumerate(problem.travel_s)},
        vehicles=tuple(_said_vehicle(vehicle) for vehicle in problem.vehicles),
        jobs=tuple(_said_job(problem, job) for job in problem.jobs),
        weights=WeightsSaid(
            **{one.name: getattr(problem.weights, one.name) for one in fields(Weights)}
        ),
        frozen=_said_sequences(problem, problem.frozen),
        pinned=_said_sequences(problem, problem.pinned),
        published=_said_sequences(problem, problem.published),
    )


def _rows(matrix: IntMatrix) -> tuple[tuple[int | None, ...], ...]:
    return tuple(
        tuple(None if leg_s >= UNREACHABLE_S else leg_s for leg_s in row) for row in matrix.tolist()
    )


def _said_visit(visit: Visit) -> HaltSaid:
    return HaltSaid(**{one.name: getattr(visit, one.name) for one in fields(Visit)})


def _said_job(problem: Problem, job: Job) -> JobSaid:
    mine = None if job.vehicles is None else sorted(job.vehicles)
    return JobSaid(
        id=job.job_id,
        pickups=tuple(_said_visit(visit) for visit in job.pickups),
        drop=_said_visit(job.drop),
        vehicles=None if mine is None else tuple(problem.vehicles[v].vehicle_id for v in mine),
        priority=job.priority,
        max_aboard_s=job.max_aboard_s,
    )


def _said_vehicle(vehicle: Vehicle) -> VehicleSaid:
    return VehicleSaid(
        id=vehicle.vehicle_id,
        start=vehicle.start,
        end=vehicle.end,
        from_s=vehicle.from_s,
        until_s=vehicle.until_s,
        capacity=vehicle.capacity,
        profile=str(vehicle.profile),
        travel_price=vehicle.travel_price,
        breaks=tuple(
            BreakSaid(id=one.break_id, windows=one.windows, duration_s=one.duration_s)
            for one in vehicle.breaks
        ),
        lifo=vehicle.lifo,
        fair_s=vehicle.fair_s,
    )


def _said_sequences(problem: Problem, sequences: Sequences) -> HaltsOf:
    return {
        problem.vehicles[v].vehicle_id: tuple(named(problem, node) for node in nodes)
        for v, nodes in enumerate(sequences)
    }


def plan_document(
    problem: Problem, plan: Plan, *, seconds: float, broken: Sequence[str] = (), name: str = ""
) -> PlanSaid:
    """Write *plan*, an answer to *problem* found in *seconds* that breaks the rules *broken*."""
    return PlanSaid(
        format=PLAN,
        name=name,
        engine=plan.engine,
        seconds=seconds,
        checked=not broken,
        cost=CostSaid(**plan.cost.by_term(), total=plan.cost.total),
        tours=tuple(_said_tour(problem, tour) for tour in plan.tours),
        unserved=tuple(_said_unserved(item) for item in plan.unserved),
        broken=tuple(broken),
    )


def _said_tour(problem: Problem, tour: PlannedTour) -> TourSaid:
    return TourSaid(
        vehicle=problem.vehicles[tour.vehicle].vehicle_id,
        stops=tuple(
            StopSaid(
                **dict(named(problem, stop.node)),
                place=problem.visits[stop.node].place,
                arrive_s=stop.arrive_s,
                begin_s=stop.begin_s,
                leave_s=stop.leave_s,
            )
            for stop in tour.stops
        ),
        breaks=tuple(
            PauseSaid(id=one.break_id, begin_s=one.begin_s, end_s=one.end_s, before=one.before)
            for one in tour.breaks
        ),
        end_s=tour.end_s,
    )


def _said_unserved(item: Unserved) -> UnservedSaid:
    return UnservedSaid(
        job=item.job_id,
        reason=item.refusal.code,
        sentence=item.refusal.en,
        binding=item.refusal.binding,
        unlock=dict(item.refusal.unlock),
    )
