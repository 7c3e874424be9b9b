"""A problem as arrays, and the arrays a search works on.

Decides the layout.  A *point* is a node of the problem (row 0 … n - 1), then each
distinct place where a vehicle starts or ends, then "anywhere", which is 0 s from
everything: the end of a vehicle that need not come back.  A *gap* g of a tour is just
before its stop g; the last gap is before the way home.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.core.places import UNREACHABLE_S
from dispatch.routing.problem import Problem
from dispatch.routing.solvers.kernel.limits import NEVER_S, Ints, whole
from dispatch.routing.solvers.kernel.memory import Memory, blank_memory
from dispatch.routing.solvers.kernel.records import (
    Records,
    breaks_of,
    pauses_of,
    vehicles_of,
    visits_of,
)

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class Facts(NamedTuple):
    """What a search never changes (but ``change``, and that is put back: ``places``).

    legs_s    : (profiles, points, points) the way and the setup at its end
    service_s : (points,), 0 where nobody is served
    window_s  : (windows, 2) first and last instant, of all visits, then of all breaks
    fetch     : (nodes,) True for a pickup
    change    : (nodes, dimensions) what the load grows by
    job_of    : (nodes,);  nodes_at: (jobs + 1,) first node of each job, drops last
    allowed   : (jobs, vehicles);  price_out: (jobs,) price of leaving it out
    near      : (nodes, nodes) every node's neighbours, nearest first, itself included
    start, profile, twin : (vehicles,); empty vehicles of one ``twin`` number are
                interchangeable
    per_s     : (vehicles,) price of a second on the road
    capacity, aboard : (vehicles, dimensions)
    late_per_s, paid_per_s, used : prices
    timed     : True when an hour costs, not only a way
    visits, vehicles, pauses : (nodes,), (vehicles,), (breaks,) records (``records``)
    """

    legs_s: Ints
    service_s: Ints
    window_s: Ints
    fetch: Flags
    change: Ints
    job_of: Ints
    nodes_at: Ints
    allowed: Flags
    price_out: Ints
    near: npt.NDArray[np.int32]
    start: Ints
    profile: Ints
    twin: Ints
    per_s: Ints
    capacity: Ints
    aboard: Ints
    late_per_s: int
    paid_per_s: int
    used: int
    timed: bool
    visits: Records
    vehicles: Records
    pauses: Records


class Tours(NamedTuple):
    """One solution, one row per vehicle.

    stops    : (vehicles, nodes + 1) the first ``size[v]`` of row v count
    begin_s  : earliest start of service of each stop; at ``size[v]`` the end of the tour
    latest_s : latest arrival at each stop, and at the end, that keeps every later limit
    load     : (vehicles, nodes + 1, dimensions) after each stop
    price    : (vehicles,) of the tour
    stamp    : (vehicles,) equal stamps, equal tours
    carrier  : (jobs,) vehicle or -1
    total    : (2,) price of the solution; sum of ``absences`` of the jobs left out
    """

    stops: Ints
    size: Ints
    begin_s: Ints
    latest_s: Ints
    load: Ints
    price: Ints
    stamp: Ints
    carrier: Ints
    total: Ints


class Desk(NamedTuple):
    """What a search writes on: its dice, what it remembers, and scrap paper.

    dice       : (1,) state of the random numbers
    stamps     : (1,) the last stamp given
    open       : (vehicles,) False: may not be used
    absences   : (jobs,) how often each was left out while vehicles were being saved
    fewest     : (1,) jobs left out by the best attempt to do without the present vehicle
    failures, since : (jobs,) how often each found no place in an ejection, and its last turn
    trials     : (1,) sets of jobs that ejections tried to do without
    known_stamp, known_price, known_gaps : (jobs, vehicles[, 2]) the best place of a job
                 in the tour of that stamp; gap -1: none below that price
    memory     : the tours met
    the rest is scrap paper of one step
    """

    dice: npt.NDArray[np.uint64]
    stamps: Ints
    open: Flags
    absences: Ints
    fewest: Ints
    failures: Ints
    since: Ints
    trials: Ints
    known_stamp: Ints
    known_price: Ints
    known_gaps: Ints
    memory: Memory
    detour_s: Ints
    least_s: Ints
    draft: Ints
    own_change: Ints
    marked: Flags
    touched: Flags
    tried: Flags
    waiting: Ints
    rank: Floats


def facts_of(problem: Problem) -> Facts:
    """Lay *problem* out; it has at least one job and one vehicle."""
    vehicles, visits, weights = problem.vehicles, problem.visits, problem.weights
    n = len(visits)
    bases = list(dict.fromkeys(p for v in vehicles for p in (v.start, v.end) if p is not None))
    point_of = {place: n + i for i, place in enumerate(bases)}
    ends = [n + len(bases) if v.end is None else point_of[v.end] for v in vehicles]
    legs_s = _legs_s(
        problem,
        [*(visit.place for visit in visits), *bases],
        [*(visit.setup_s for visit in visits), *[0] * len(bases)],
    )
    windows = [window for visit in visits for window in visit.windows]
    windows += [window for pause in breaks_of(problem) for window in pause.windows]
    aboard = [problem.aboard(v) for v in range(len(vehicles))]
    jobs = range(len(problem.jobs))
    allowed = _allowed(problem)
    late = weights.late_per_s if any(visit.due_s is not None for visit in visits) else 0
    sign = [[-1] if problem.is_drop(node) else [1] for node in range(n)]
    return Facts(
        legs_s=legs_s,
        service_s=whole([*(visit.service_s for visit in visits), *[0] * (len(bases) + 1)]),
        window_s=whole(windows),
        fetch=np.array([not problem.is_drop(node) for node in range(n)], dtype=np.bool_),
        change=np.array([visit.load for visit in visits], dtype=np.int64) * np.array(sign),
        job_of=whole(problem.job_of),
        nodes_at=np.cumsum([0, *(len(problem.nodes_of[j]) for j in jobs)], dtype=np.int64),
        allowed=allowed,
        price_out=whole([weights.unserved * job.priority for job in problem.jobs]),
        near=_near(legs_s[0, :n, :n]),
        start=whole([point_of[v.start] for v in vehicles]),
        profile=whole([v.profile for v in vehicles]),
        twin=_twins(problem, aboard, allowed),
        per_s=whole([weights.travel_per_s * v.travel_price for v in vehicles]),
        capacity=np.array([v.capacity for v in vehicles], dtype=np.int64),
        aboard=np.array(aboard, dtype=np.int64),
        late_per_s=late,
        paid_per_s=weights.paid_per_s,
        used=weights.vehicle_used,
        timed=bool(late or weights.paid_per_s),
        visits=visits_of(problem),
        vehicles=vehicles_of(problem, ends),
        pauses=pauses_of(problem),
    )


def _legs_s(problem: Problem, places: Sequence[int], setup_s: Sequence[int]) -> Ints:
    """The way and the setup between points; nothing is set up where one stays."""
    size, at = len(places), np.array(places)
    legs_s = np.zeros((len(problem.travel_s), size + 1, size + 1), dtype=np.int64)
    setting_up_s = np.where(at[:, None] != at[None, :], whole(setup_s)[None, :], 0)
    for profile, travel_s in enumerate(problem.travel_s):
        ways_s = np.minimum(travel_s[np.ix_(places, places)], NEVER_S) + setting_up_s
        legs_s[profile, :size, :size] = np.where(ways_s >= UNREACHABLE_S, NEVER_S, ways_s)
    return legs_s


def _near(legs_s: Ints) -> npt.NDArray[np.int32]:
    there_and_back_s = legs_s + legs_s.T
    if there_and_back_s.size and there_and_back_s.max() < 2**16:
        # Numbers of 16 bits are sorted by their digits: 400 visits in 1 ms of 5.
        there_and_back_s = there_and_back_s.astype(np.uint16)
    return np.argsort(there_and_back_s, axis=1, kind="stable").astype(np.int32)


def _allowed(problem: Problem) -> Flags:
    """(jobs, vehicles): False where the job, or a pinned visit of it, names another vehicle."""
    allowed = np.ones((len(problem.jobs), len(problem.vehicles)), dtype=np.bool_)
    for j, job in enumerate(problem.jobs):
        if job.vehicles is not None:
            allowed[j] = [v in job.vehicles for v in range(len(problem.vehicles))]
    for v, nodes in enumerate(problem.pinned):
        for node in nodes:
            allowed[problem.job_of[node], :v] = allowed[problem.job_of[node], v + 1 :] = False
    return allowed


def _twins(problem: Problem, aboard: Sequence[tuple[int, ...]], allowed: Flags) -> Ints:
    """(vehicles,): equal numbers for vehicles that differ in nothing but their id."""
    numbers: dict[object, int] = {}
    twin = []
    plans = [plan for plan in (problem.pinned, problem.published) if plan]
    for v, vehicle in enumerate(problem.vehicles):
        same = replace(vehicle, vehicle_id="")
        kind = (same, aboard[v], allowed[:, v].tobytes(), tuple(plan[v] for plan in plans))
        twin.append(numbers.setdefault(kind, len(numbers)))
    return whole(twin)


def no_tours(facts: Facts) -> Tours:
    """Nobody drives; the arrays are as wide as a tour of everything."""
    vehicles, wide = len(facts.start), len(facts.visits) + 1
    return Tours(
        stops=np.zeros((vehicles, wide), dtype=np.int64),
        size=np.zeros(vehicles, dtype=np.int64),
        begin_s=np.zeros((vehicles, wide), dtype=np.int64),
        latest_s=np.zeros((vehicles, wide), dtype=np.int64),
        load=np.zeros((vehicles, wide, facts.capacity.shape[1]), dtype=np.int64),
        price=np.zeros(vehicles, dtype=np.int64),
        stamp=np.zeros(vehicles, dtype=np.int64),
        carrier=np.full(len(facts.price_out), -1, dtype=np.int64),
        total=np.zeros(2, dtype=np.int64),
    )


def clean_desk(facts: Facts, seed: int) -> Desk:
    vehicles, nodes, jobs = len(facts.start), len(facts.visits), len(facts.price_out)
    breaks = int(facts.vehicles["breaks"].max())
    return Desk(
        # Any state but 0 will do; Knuth's multiplier sets neighbouring seeds far apart.
        dice=np.array([(seed * 6364136223846793005 + 1442695040888963407) % 2**64 | 1], np.uint64),
        stamps=np.zeros(1, dtype=np.int64),
        open=np.ones(vehicles, dtype=np.bool_),
        absences=np.zeros(jobs, dtype=np.int64),
        fewest=np.full(1, jobs, dtype=np.int64),
        failures=np.ones(jobs, dtype=np.int64),
        since=np.zeros(jobs, dtype=np.int64),
        trials=np.zeros(1, dtype=np.int64),
        known_stamp=np.full((jobs, vehicles), -1, dtype=np.int64),
        known_price=np.zeros((jobs, vehicles), dtype=np.int64),
        known_gaps=np.zeros((jobs, vehicles, 2), dtype=np.int64),
        memory=blank_memory(facts.fetch, facts.twin),
        detour_s=np.zeros(nodes + 2, dtype=np.int64),
        least_s=np.zeros(nodes + 2, dtype=np.int64),
        draft=np.zeros((12 + breaks, max(nodes + 2, breaks + 1)), dtype=np.int64),
        own_change=np.zeros_like(facts.change),
        marked=np.zeros(jobs, dtype=np.bool_),
        touched=np.zeros(vehicles, dtype=np.bool_),
        tried=np.zeros(vehicles, dtype=np.bool_),
        waiting=np.zeros(jobs, dtype=np.int64),
        rank=np.zeros(jobs, dtype=np.float64),
    )


def written(tours: Tours, sequences: Sequence[Sequence[int]], facts: Facts) -> None:
    """Write *sequences* into *tours*: stops and carriers only, times are the kernel's."""
    tours.carrier[:] = -1
    for v, nodes in enumerate(sequences):
        tours.size[v] = len(nodes)
        tours.stops[v, : len(nodes)] = nodes
        tours.carrier[facts.job_of[list(nodes)]] = v


def sequences_of(tours: Tours) -> tuple[tuple[int, ...], ...]:
    """Return the nodes of each vehicle, in order."""
    return tuple(
        tuple(int(node) for node in row[:size])
        for row, size in zip(tours.stops, tours.size, strict=True)
    )
