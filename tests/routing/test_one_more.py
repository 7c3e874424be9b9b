"""The compiled search for one order more answers what the plain one does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.routing.insertion import Insertion, cheapest_insertion
from dispatch.routing.one_more import Board, Line, OpenTour, Spot, Try, line_of
from dispatch.routing.problem import Problem
from dispatch.routing.schedule import schedule, travel_s
from tests.routing.towns import days, errand, halt, town


def board_of(problem: Problem, sequences: Sequence[tuple[int, ...]], job: int) -> Board:
    """Lay *problem* out for *job*, a leg at a time."""
    asked = problem.jobs[job]
    tours = []
    for v, nodes in enumerate(sequences):
        vehicle = problem.vehicles[v]
        visits = [problem.visits[node] for node in nodes]
        line: Line = line_of(
            visits,
            [not problem.is_drop(node) for node in nodes],
            vehicle.capacity,
            problem.aboard(v),
        )
        places = [vehicle.start, *(visit.place for visit in visits)]
        own = problem.nodes_of[job]

        def leg_s(here: int, node: int, profile: int = vehicle.profile) -> int:
            return problem.leg_s(profile, here, node)

        def home_s(here: int, end: int | None = vehicle.end, profile: int = vehicle.profile) -> int:
            return 0 if end is None else int(problem.travel_s[profile][here, end])

        new = [problem.visits[node].place for node in own]
        tours.append(
            OpenTour(
                line,
                vehicle.from_s,
                vehicle.until_s,
                problem.weights_of(v).travel_per_s,
                _ints(
                    *(leg_s(here, node) for here, node in zip(places, nodes, strict=False)),
                    home_s(places[-1]),
                ),
                _ints(*([leg_s(here, node) for node in own] for here in places)),
                _ints(
                    *([leg_s(here, node) for here in new] for node in nodes), list(map(home_s, new))
                ),
                _ints(*([leg_s(here, node) for node in own] for here in new)),
                asked.vehicles is None or v in asked.vehicles,
            )
        )
    return Board(tours, asked.pickups, asked.drop, problem.weights)


def _ints(*numbers: int | list[int]) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def same(
    problem: Problem, nodes: Sequence[int], found: Insertion | None, spot: Spot | None
) -> bool:
    if found is None or spot is None:
        return found is None and spot is None
    tour = schedule(problem, found.vehicle, found.nodes)
    assert tour is not None
    return spot == Spot(
        found.vehicle,
        found.positions,
        tuple(tour.stops[at].begin_s for at in found.positions),
        found.added_cost,
        travel_s(problem, found.vehicle, found.nodes)
        - travel_s(problem, found.vehicle, tuple(nodes)),
        found.slack_s,
    )


def test_it_says_what_the_plain_search_says() -> None:
    """0 . . B . F . . x . y      bread from B (3) to x (8), flowers from F (5) to y (10)"""
    problem = town(errand("bread", halt(3), halt(8)), errand("flowers", halt(5), halt(10, due=20)))
    (spot,) = board_of(problem, [(0, 1)], 1).ask([Try(problem.visits[3].windows[0], 20)])
    assert spot == Spot(0, (1, 3), (5, 10), added_cost=2, added_s=2, slack_s=10)


@settings(max_examples=300, deadline=None)
@given(days(max_jobs=6, max_pickups=4, max_vehicles=3), st.data())
def test_it_finds_the_very_place_that_the_plain_search_finds(
    problem: Problem, data: st.DataObject
) -> None:
    problem = _plain(problem)
    sequences: list[tuple[int, ...]] = [() for _ in problem.vehicles]
    for j, job in enumerate(problem.jobs):
        windows = [
            (window, due_s)
            for window in job.drop.windows
            for due_s in (job.drop.due_s, data.draw(st.integers(0, 40)))
        ]
        tries = [Try(window, due_s) for window, due_s in windows] if job.waits else []
        spots = board_of(problem, sequences, j).ask(tries) if tries else []
        for (window, due_s), spot in zip(windows, spots, strict=False):
            asked = _promised(problem, j, window, due_s)
            found = cheapest_insertion(asked, sequences, j)
            nodes = () if found is None else sequences[found.vehicle]
            assert same(asked, nodes, found, spot), (found, spot)
        put = cheapest_insertion(problem, sequences, j, may_be_late=True)
        if put is not None:
            sequences[put.vehicle] = put.nodes


def _plain(problem: Problem) -> Problem:
    vehicles = [replace(v, breaks=(), lifo=False, fair_s=None) for v in problem.vehicles]
    jobs = [replace(job, max_aboard_s=None) for job in problem.jobs]
    return replace(
        problem, vehicles=tuple(vehicles), jobs=tuple(jobs), frozen=(), pinned=(), published=()
    )


def _promised(problem: Problem, j: int, window: tuple[int, int], due_s: int | None) -> Problem:
    job = problem.jobs[j]
    again = replace(job, drop=replace(job.drop, windows=(window,), due_s=due_s))
    return replace(problem, jobs=(*problem.jobs[:j], again, *problem.jobs[j + 1 :]))
