"""VROOM (by pyvroom) behind the benchmark's signature.

Decides how a problem is said in VROOM's words: shipments, a matrix of costs beside the one
of durations, a fixed cost for every vehicle used.  Judges nothing: the answer is sequences.

VROOM explores as far as level 5 goes and then stops, often long before its time is over;
it has no seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
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
from dispatch.routing.problem import Problem

#: It counts in 32 bits: shifts in at most this many units leave room for a day's sums.
LARGEST_TIME: Final = 10**6
_LARGEST_COST: Final = 2**32 - 1

#: From 0, quick, to 5, thorough.
EXPLORATION: Final = 5


def solve(problem: Problem, *, budget_s: float, seed: int, must_serve: bool) -> Sequences:
    """Answer *problem* with VROOM; raises ``CannotSay`` where it has no words for it.

    must_serve : where it has served everybody before its time is over, ask again with one
                 vehicle fewer, as long as that goes well: it then finds fewer than by their
                 price alone.  The vehicles are alike

    *seed* is accepted and unused.
    """
    del seed
    deadline_s = monotonic() + budget_s
    best = _asked(problem, deadline_s)
    while must_serve and _serves_all(problem, best) and monotonic() < deadline_s:
        fewer = replace(problem, vehicles=problem.vehicles[: sum(map(bool, best)) - 1])
        found = _asked(fewer, deadline_s) if fewer.vehicles else ()
        if not _serves_all(problem, found):
            break
        best = (*found, *((),) * (len(problem.vehicles) - len(found)))
    return best


def _asked(problem: Problem, deadline_s: float) -> Sequences:
    question = said(problem)
    left = timedelta(seconds=max(0.0, deadline_s - monotonic()))
    answer = question.solve(exploration_level=EXPLORATION, nb_threads=1, timeout=left)
    return heard(problem, answer)


def _serves_all(problem: Problem, sequences: Sequences) -> bool:
    return sum(map(len, sequences)) == len(problem.visits)


def said(problem: Problem, standing: Sequences = ()) -> Any:
    """Return *problem* as VROOM's input; job j is its shipment j, vehicle v its vehicle v.

    standing : tours to set out from, one a vehicle; none: it begins with empty ones
    """
    vroom = import_module("vroom")  # only the ``bench`` extra installs it
    refuse_unsayable(problem, several_windows=True)
    problem = coarser(problem, ticks_below(problem, LARGEST_TIME))
    question = vroom.Input()
    # A profile there is a matrix and a price: the same street may cost a bicycle less.
    # In C's order: pyvroom reads a matrix's bytes and not its strides.
    for profile, price in {(v.profile, v.travel_price) for v in problem.vehicles}:
        legs = capped(problem.travel_s[profile], problem).astype(np.uint32, order="C")
        question.set_durations_matrix(_named(profile, price), legs)
        costs = legs * np.uint32(price * problem.weights.travel_per_s)
        question.set_costs_matrix(_named(profile, price), costs)
    fixed = min(problem.weights.vehicle_used, _LARGEST_COST)
    for v, vehicle in enumerate(problem.vehicles):
        question.add_vehicle(
            vroom.Vehicle(
                v,
                start=vehicle.start,
                end=vehicle.end,
                profile=_named(vehicle.profile, vehicle.travel_price),
                capacity=vehicle.capacity,
                time_window=(vehicle.from_s, vehicle.until_s),
                costs=vroom.VehicleCosts(fixed=fixed),
                steps=_steps(problem, standing[v]) if standing else (),
            )
        )
    for j, job in enumerate(problem.jobs):
        ends = (*job.pickups, job.drop)
        question.add_shipment(
            *(
                vroom.ShipmentStep(
                    j, one.place, default_service=one.service_s, time_windows=one.windows
                )
                for one in ends
            ),
            amount=vroom.Amount(job.drop.load),
            priority=job.priority,
        )
    return question


def _steps(problem: Problem, nodes: Sequence[int]) -> list[Any]:
    vroom = import_module("vroom")
    steps = []
    for node in nodes:
        job = problem.job_of[node]
        is_drop = node == problem.nodes_of[job][-1]
        steps.append((vroom.VehicleStepDelivery if is_drop else vroom.VehicleStepPickup)(job))
    return [vroom.VehicleStepStart(), *steps, vroom.VehicleStepEnd()] if steps else []


def _named(profile: int, price: int) -> str:
    return f"{profile} at {price}"


def heard(problem: Problem, answer: Any) -> Sequences:
    """Return VROOM's *answer* to ``said(problem)`` as one sequence of nodes a vehicle."""
    tours: list[list[int]] = [[] for _ in problem.vehicles]
    steps = answer.routes
    if "id" in steps:  # it leaves that column out where it serves nobody
        for v, kind, j in zip(steps["vehicle_id"], steps["type"], steps["id"], strict=True):
            if kind in ("pickup", "delivery"):
                tours[int(v)].append(problem.nodes_of[int(j)][0 if kind == "pickup" else -1])
    return tuple(tuple(nodes) for nodes in tours)
