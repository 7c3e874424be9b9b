"""May one vehicle do these visits in this order, and what does its whole tour cost?

Decides it for everybody who searches: insertion, completion, the compiled search's
oracle.  ``check`` judges finished plans on its own, without looking here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dispatch.routing.plan import PlannedTour
from dispatch.routing.problem import Problem
from dispatch.routing.schedule import cost_of, schedule


def is_plain(problem: Problem, vehicle: int) -> bool:
    """True when windows, loads and the shift are all there is to say about *vehicle*'s tours.

    Then the price of a place is the detour, the delay and nothing else, and ``gaps`` is exact.
    """
    courier, weights = problem.vehicles[vehicle], problem.weights
    return not (
        courier.breaks
        or courier.lifo
        or (courier.fair_s is not None and weights.unfair_per_s)
        or (problem.published_at and weights.churn_per_stop)
        or any(problem.frozen)
        or any(problem.pinned)
        or any(job.max_aboard_s is not None for job in problem.jobs)
    )


def in_order(problem: Problem, vehicle: int, nodes: Sequence[int]) -> bool:
    """True when *nodes* keep what is frozen and pinned, and unload last in first out if need be."""
    frozen = problem.frozen[vehicle] if problem.frozen else ()
    if tuple(nodes[: len(frozen)]) != tuple(frozen):
        return False
    if any(problem.pinned) and not _pins_kept(problem, vehicle, nodes):
        return False
    return not problem.vehicles[vehicle].lifo or _unloads_last_in_first(problem, nodes)


def _pins_kept(problem: Problem, vehicle: int, nodes: Sequence[int]) -> bool:
    mine = {node: rank for rank, node in enumerate(problem.pinned[vehicle])}
    others = {n for v, pins in enumerate(problem.pinned) if v != vehicle for n in pins}
    ranks = [mine[node] for node in nodes if node in mine]
    return ranks == sorted(ranks) and others.isdisjoint(nodes)


def _unloads_last_in_first(problem: Problem, nodes: Sequence[int]) -> bool:
    """A job may be dropped when nothing but its own parcels lies on top."""
    stack: list[int] = []
    for node in nodes:
        job = problem.job_of[node]
        if not problem.is_drop(node):
            stack.append(job)
            continue
        while stack and stack[-1] == job:
            stack.pop()
        if job in stack:
            return False
        if stack and not problem.jobs[job].pickups and any(problem.visits[node].load):
            return False  # it was on board first, under everything
    return True


def lived(problem: Problem, vehicle: int, nodes: Sequence[int]) -> PlannedTour | None:
    """Return the timed tour when *vehicle* may do *nodes* in this order, else None.

    Loads are not looked at.
    """
    if not in_order(problem, vehicle, nodes):
        return None
    tour = schedule(problem, vehicle, nodes)
    return None if tour is None or tour.end_s > problem.vehicles[vehicle].until_s else tour


def price_of(
    problem: Problem, vehicle: int, nodes: Sequence[int], limits: Mapping[int, int]
) -> int | None:
    """Return the price of the whole tour, or None when it is not allowed.

    ``limits``: the latest start of service of every node.
    """
    tour = lived(problem, vehicle, nodes)
    if tour is None or any(stop.begin_s > limits[stop.node] for stop in tour.stops):
        return None
    return cost_of(problem, (tour,)).total
