"""PyVRP behind the benchmark's signature.

Decides how a problem is said in PyVRP's words: shipments, profiles, prizes, a price for
every vehicle used.  Judges nothing: the answer is sequences, like everybody's.
"""

from __future__ import annotations

from importlib import import_module
from time import monotonic
from typing import Any, Final

import numpy as np

from benchmarks.common.words import (
    Sequences,
    capped,
    coarser,
    refuse_unsayable,
    ticks_below,
)
from dispatch.routing.problem import Job, Problem, Vehicle

#: Shifts are counted in at most this many units.
LARGEST_TIME: Final = 10**6


def solve(problem: Problem, *, budget_s: float, seed: int, must_serve: bool) -> Sequences:
    """Answer *problem* with PyVRP; nobody is served where it found nothing that is allowed.

    must_serve : say "required" instead of naming a price for each job left out: it then
                 finds fewer vehicles where leaving out is no question

    Its own fleet reduction (``minimise_fleet``) was tried with half of the budget and found
    no fewer vehicles than a price on each of them, and once no plan at all.  Raises
    ``CannotSay`` where it has no words for *problem*.
    """
    started_s = monotonic()
    data, crews = said(problem, must_serve=must_serve)
    left_s = budget_s - (monotonic() - started_s)
    stop = import_module("pyvrp.stop").MaxRuntime(left_s)
    result = _library().solve(data, stop, seed=seed, collect_stats=False)
    if not result.best.is_feasible():
        return tuple(() for _ in problem.vehicles)
    return _heard(problem, result.best, crews)


def said(problem: Problem, *, must_serve: bool) -> tuple[Any, list[list[int]]]:
    """Return *problem* as PyVRP's data, and the vehicles that stand behind each vehicle type.

    Location p is place p; the last one is "anywhere", which every place is at no distance
    from: the end of who need not come back.  Distance is travel time, so that its price is
    the vehicle's own.
    """
    pyvrp = _library()
    refuse_unsayable(problem, several_windows=False)
    problem = coarser(problem, ticks_below(problem, LARGEST_TIME))
    anywhere = problem.travel_s[0].shape[0]
    matrices = []
    for travel_s in problem.travel_s:
        legs = np.zeros((anywhere + 1, anywhere + 1), dtype=np.int64)
        legs[:anywhere, :anywhere] = capped(travel_s, problem)
        matrices.append(legs)
    depots = sorted({p for v in problem.vehicles for p in (v.start, _end(v, anywhere))})
    crews = _alike(problem.vehicles)
    types = []
    for crew in crews:
        one = problem.vehicles[crew[0]]
        types.append(
            pyvrp.VehicleType(
                num_available=len(crew),
                capacity=list(one.capacity),
                start_depot=depots.index(one.start),
                end_depot=depots.index(_end(one, anywhere)),
                tw_early=one.from_s,
                tw_late=one.until_s,
                fixed_cost=problem.weights.vehicle_used,
                unit_distance_cost=problem.weights.travel_per_s * one.travel_price,
                profile=one.profile,
            )
        )
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(x=0, y=0) for _ in range(anywhere + 1)],
        clients=[],
        depots=[pyvrp.Depot(location=place) for place in depots],
        vehicle_types=types,
        distance_matrices=matrices,
        duration_matrices=matrices,
        shipments=[_shipment(job, problem.weights.unserved, must_serve) for job in problem.jobs],
    )
    return data, crews


def _shipment(job: Job, unserved: int, must_serve: bool) -> Any:
    (pickup,), drop = job.pickups, job.drop
    return _library().Shipment(
        pickup_location=pickup.place,
        delivery_location=drop.place,
        pickup_tw_early=pickup.windows[0][0],
        pickup_tw_late=pickup.windows[0][1],
        pickup_service_duration=pickup.service_s,
        delivery_tw_early=drop.windows[0][0],
        delivery_tw_late=drop.windows[0][1],
        delivery_service_duration=drop.service_s,
        amount=list(drop.load),
        prize=0 if must_serve else unserved * job.priority,
        required=must_serve,
    )


def _library() -> Any:
    """PyVRP itself, which only the ``bench`` extra installs."""
    return import_module("pyvrp")


def _end(vehicle: Vehicle, anywhere: int) -> int:
    return anywhere if vehicle.end is None else vehicle.end


def _alike(vehicles: tuple[Vehicle, ...]) -> list[list[int]]:
    """Group the vehicles that differ in nothing but their name."""
    groups: dict[object, list[int]] = {}
    for v, one in enumerate(vehicles):
        key = one.start, one.end, one.from_s, one.until_s, one.capacity, one.profile
        groups.setdefault((*key, one.travel_price), []).append(v)
    return list(groups.values())


def _heard(problem: Problem, best: Any, crews: list[list[int]]) -> Sequences:
    tours: list[tuple[int, ...]] = [() for _ in problem.vehicles]
    waiting = [list(crew) for crew in crews]
    for route in best.routes():
        nodes = []
        for activity in route.schedule():
            if activity.is_shipment():
                pickup, drop = problem.nodes_of[activity.idx]
                nodes.append(pickup if activity.is_pickup() else drop)
        tours[waiting[route.vehicle_type()].pop(0)] = tuple(nodes)
    return tuple(tours)
