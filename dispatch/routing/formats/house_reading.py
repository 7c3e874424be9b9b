"""From ``dispatch-problem/1`` to a ``Problem``.

Decides how ids become numbers, and refuses what contradicts itself with the path of the
field.  Which fields there are is ``house_words``' question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from dispatch.core.errors import Invalid
from dispatch.core.places import UNREACHABLE_S
from dispatch.routing.formats.house_words import HaltNamed, HaltSaid, HaltsOf, ProblemSaid
from dispatch.routing.formats.strict import MOST_COST, MOST_LEGS, MOST_PLACES, told_at, validated
from dispatch.routing.problem import IntMatrix, Problem, Sequences, Weights
from dispatch.routing.work import Break, Job, Vehicle, Visit


def read_problem(text: str) -> tuple[ProblemSaid, Problem]:
    """Read a document; raises ``Invalid`` with the path of the first field that is wrong."""
    said = validated(ProblemSaid, text)
    return said, problem_of(said)


def problem_of(said: ProblemSaid) -> Problem:
    """Return the problem that *said* says; raises ``Invalid`` where it contradicts itself."""
    travel_s = _matrices(said)
    places = travel_s[0].shape[0]
    if said.places is not None and len(said.places) != places:
        raise Invalid(
            f"places: {len(said.places)} names for {places} rows of travel_s", field="places"
        )
    _refuse_twins("jobs", [job.id for job in said.jobs])
    _refuse_twins("vehicles", [vehicle.id for vehicle in said.vehicles])
    rank_of = {vehicle.id: v for v, vehicle in enumerate(said.vehicles)}
    vehicles = tuple(_vehicle(said, v, places) for v in range(len(said.vehicles)))
    jobs = tuple(_job(said, j, places, rank_of) for j in range(len(said.jobs)))
    priorities = sum(job.priority for job in jobs)
    if said.weights.unserved * priorities > MOST_COST:
        raise Invalid(
            f"weights.unserved: times all priorities ({priorities}) it is beyond {MOST_COST}",
            field="weights.unserved",
        )
    weights = Weights(**said.weights.model_dump())
    _refuse_beyond_counting(weights, vehicles, jobs)
    with told_at("document"):
        plain = Problem(travel_s, vehicles, jobs, weights)
        return replace(
            plain,
            frozen=_sequences(plain, "frozen", said.frozen, rank_of),
            pinned=_sequences(plain, "pinned", said.pinned, rank_of),
            published=_sequences(plain, "published", said.published, rank_of),
        )


def _refuse_beyond_counting(
    weights: Weights, vehicles: Sequence[Vehicle], jobs: Sequence[Job]
) -> None:
    """Refuse the first weight at which a plan could cost more than can be added up."""
    shifts_s = sum(vehicle.until_s - vehicle.from_s for vehicle in vehicles)
    driven = sum((v.until_s - v.from_s) * v.travel_price for v in vehicles)
    visits = [visit for job in jobs for visit in (*job.pickups, job.drop)]
    late_s = sum(
        max(0, visit.windows[-1][1] - visit.due_s) for visit in visits if visit.due_s is not None
    )
    for name, most in (
        ("late_per_s", late_s),
        ("travel_per_s", driven),
        ("paid_per_s", shifts_s),
        ("vehicle_used", len(vehicles)),
        ("churn_per_stop", len(visits)),
        ("unfair_per_s", shifts_s),
    ):
        if getattr(weights, name) * most > MOST_COST:
            raise Invalid(
                f"weights.{name}: times all it can be paid for ({most}) it is beyond {MOST_COST}",
                field=f"weights.{name}",
            )


def _refuse_twins(field: str, ids: Sequence[str]) -> None:
    for name, times in Counter(ids).items():
        if times > 1:
            second = [i for i, other in enumerate(ids) if other == name][1]
            path = f"{field}[{second}].id"
            raise Invalid(f"{path}: {name!r} stands twice", field=path)


def _matrices(said: ProblemSaid) -> tuple[IntMatrix, ...]:
    size = len(next(iter(said.travel_s.values())))
    if size > MOST_PLACES or size * size * len(said.travel_s) > MOST_LEGS:
        raise Invalid(
            f"travel_s: {len(said.travel_s)} matrices of {size} places, at most {MOST_PLACES} "
            f"places and {MOST_LEGS} legs in all",
            field="travel_s",
        )
    matrices = []
    for name, rows in said.travel_s.items():
        if len(rows) != size:
            path = f"travel_s.{name}"
            raise Invalid(f"{path}: {len(rows)} rows, expected {size}", field=path)
        for i, row in enumerate(rows):
            if len(row) != size:
                path = f"travel_s.{name}[{i}]"
                raise Invalid(f"{path}: {len(row)} entries, expected {size}", field=path)
        legs_s = [[UNREACHABLE_S if leg_s is None else leg_s for leg_s in row] for row in rows]
        matrices.append(np.array(legs_s, dtype=np.int64).reshape(size, size))
    return tuple(matrices)


def _known_place(path: str, place: int | None, places: int) -> None:
    if place is not None and place >= places:
        raise Invalid(f"{path}: {place} is not one of {places} places", field=path)


def _visit(path: str, said: HaltSaid, places: int) -> Visit:
    _known_place(f"{path}.place", said.place, places)
    with told_at(path):
        return Visit(said.place, said.windows, said.service_s, said.load, said.due_s, said.setup_s)


def _vehicle(document: ProblemSaid, v: int, places: int) -> Vehicle:
    said, path = document.vehicles[v], f"vehicles[{v}]"
    profiles = list(document.travel_s)
    if said.profile not in profiles:
        raise Invalid(
            f"{path}.profile: {said.profile!r} is not in travel_s", field=f"{path}.profile"
        )
    _known_place(f"{path}.start", said.start, places)
    _known_place(f"{path}.end", said.end, places)
    _known_size(f"{path}.capacity", said.capacity, document)
    with told_at(path):
        return Vehicle(
            vehicle_id=said.id,
            start=said.start,
            end=said.end,
            from_s=said.from_s,
            until_s=said.until_s,
            capacity=said.capacity,
            profile=profiles.index(said.profile),
            travel_price=said.travel_price,
            breaks=tuple(Break(one.id, one.windows, one.duration_s) for one in said.breaks),
            lifo=said.lifo,
            fair_s=said.fair_s,
        )


def _known_size(path: str, amounts: Sequence[int], document: ProblemSaid) -> None:
    if not document.vehicles:
        return
    size = len(document.vehicles[0].capacity)
    if len(amounts) != size:
        raise Invalid(f"{path}: {len(amounts)} amounts, the first vehicle has {size}", field=path)


def _job(document: ProblemSaid, j: int, places: int, rank_of: Mapping[str, int]) -> Job:
    said, path = document.jobs[j], f"jobs[{j}]"
    pickups = []
    for i, halt in enumerate(said.pickups):
        _known_size(f"{path}.pickups[{i}].load", halt.load, document)
        pickups.append(_visit(f"{path}.pickups[{i}]", halt, places))
    _known_size(f"{path}.drop.load", said.drop.load, document)
    drop = _visit(f"{path}.drop", said.drop, places)
    for i, name in enumerate(said.vehicles or ()):
        if name not in rank_of:
            where = f"{path}.vehicles[{i}]"
            raise Invalid(f"{where}: there is no vehicle {name!r}", field=where)
    allowed = None if said.vehicles is None else frozenset(rank_of[name] for name in said.vehicles)
    with told_at(path):
        return Job(said.id, tuple(pickups), drop, allowed, said.priority, said.max_aboard_s)


def _sequences(problem: Problem, name: str, said: HaltsOf, rank_of: Mapping[str, int]) -> Sequences:
    """Node numbers per vehicle; ``()`` when *said* names nobody."""
    if not said:
        return ()
    job_of = {job.job_id: j for j, job in enumerate(problem.jobs)}
    sequences: list[tuple[int, ...]] = [()] * len(problem.vehicles)
    for vehicle, halts in said.items():
        if vehicle not in rank_of:
            path = f"{name}.{vehicle}"
            raise Invalid(f"{path}: there is no vehicle {vehicle!r}", field=path)
        sequences[rank_of[vehicle]] = tuple(
            _node(problem, f"{name}.{vehicle}[{i}]", halt, job_of) for i, halt in enumerate(halts)
        )
    return tuple(sequences)


def _node(problem: Problem, path: str, halt: HaltNamed, job_of: Mapping[str, int]) -> int:
    if halt.job not in job_of:
        raise Invalid(f"{path}.job: there is no job {halt.job!r}", field=f"{path}.job")
    *pickups, drop = problem.nodes_of[job_of[halt.job]]
    if halt.kind == "drop":
        if halt.pickup is not None:
            raise Invalid(f"{path}.pickup: a drop has no number", field=f"{path}.pickup")
        return drop
    number = halt.pickup or 0
    if number >= len(pickups):
        raise Invalid(
            f"{path}.pickup: job {halt.job!r} has {len(pickups)} pickups", field=f"{path}.pickup"
        )
    return pickups[number]
