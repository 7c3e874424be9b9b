from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from time import perf_counter

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dispatch.core.reasons import Refusal
from dispatch.routing.check import violations
from dispatch.routing.insertion import cheapest_insertion
from dispatch.routing.plan import Plan, PlannedTour, Unserved
from dispatch.routing.problem import Job, Problem, Weights
from dispatch.routing.schedule import cost_of, schedule
from tests.routing.towns import courier, days, errand, halt, town

"""
0 . . B . F . . x . y      bread from B (3) to x (8), flowers from F (5) to y (10)
"""
BREAD = errand("bread", halt(3), halt(8))
FLOWERS = errand("flowers", halt(5), halt(10))


def test_a_job_on_the_way_costs_only_the_way_it_adds() -> None:
    found = cheapest_insertion(town(BREAD, FLOWERS), [(0, 1)], 1)
    assert found is not None
    assert (found.nodes, found.positions, found.added_cost) == ((0, 2, 1, 3), (1, 3), 2)


def test_slack_is_how_much_later_the_drop_may_begin() -> None:
    due_at_20 = errand("flowers", halt(5), halt(10, due=20))
    found = cheapest_insertion(town(BREAD, due_at_20), [(0, 1)], 1)
    assert found is not None and found.slack_s == 20 - 10


def test_a_promise_already_made_is_not_broken_by_a_later_job() -> None:
    back = errand("back", halt(8), halt(1))
    on_time = town(replace(BREAD, drop=halt(8, due=8)), back)
    found = cheapest_insertion(on_time, [(0, 1)], 1)
    assert found is not None and found.nodes[-1] == 3 and found.added_cost == 7
    detour = town(replace(BREAD, drop=halt(8, due=8)), errand("detour", halt(2), halt(1, due=7)))
    assert cheapest_insertion(detour, [(0, 1)], 1) is None
    late = cheapest_insertion(detour, [(0, 1)], 1, may_be_late=True)
    assert late is not None and late.added_cost >= 100


def test_what_is_late_already_gets_no_later() -> None:
    already = town(replace(BREAD, drop=halt(8, due=4)), errand("detour", halt(2), halt(1, due=7)))
    assert cheapest_insertion(already, [(0, 1)], 1) is None
    behind = town(replace(BREAD, drop=halt(8, due=4)), errand("behind", halt(8), halt(9, due=9)))
    assert cheapest_insertion(behind, [(0, 1)], 1) is not None


def test_a_door_too_late_on_the_way_there_is_in_time_once_one_stands_before_it() -> None:
    """Parking at house 6 takes 1, so arriving by oneself is 7; whoever is there already waits."""
    aboard = frozenset({0})
    first = Job("first", (), halt(6, windows=((0, 6),)), vehicles=aboard)
    parking = replace(halt(6, windows=((0, 6),)), setup_s=1)
    second = Job("second", (), parking, vehicles=aboard)
    found = cheapest_insertion(town(first, second), [(0,)], 1)
    assert found is not None and found.nodes == (0, 1)


def test_a_vehicle_on_the_road_is_preferred_to_one_more() -> None:
    two = (courier("lea"), courier("tom", start=5))
    assert _vehicle(town(BREAD, FLOWERS, vehicles=two)) == 0
    dear = town(BREAD, FLOWERS, vehicles=two, weights=Weights(vehicle_used=100))
    assert _vehicle(dear) == 0
    far = town(BREAD, errand("far", halt(20), halt(19)), vehicles=(courier(), courier("t", 20)))
    assert _vehicle(far) == 1


def _vehicle(problem: Problem) -> int:
    found = cheapest_insertion(problem, [(0, 1), ()], 1)
    assert found is not None
    return found.vehicle


def test_three_pickups_are_placed_before_the_drop() -> None:
    three = Job("three", (halt(6), halt(2), halt(4)), halt(8, load=3))
    found = cheapest_insertion(town(three, vehicles=(courier(capacity=3),)), [()], 0)
    assert found is not None
    assert found.nodes == (1, 2, 0, 3) and found.added_cost == 8


def test_a_parcel_on_board_is_dropped_before_its_room_is_needed() -> None:
    cake = Job("cake", (), halt(6, load=2), vehicles=frozenset({0}))
    big = errand("big", halt(5, load=2), halt(8, load=2))
    small_bag = town(cake, big, vehicles=(courier(capacity=3),))
    found = cheapest_insertion(small_bag, [(1, 2)], 0)
    assert found is not None and found.nodes == (0, 1, 2)
    assert cheapest_insertion(small_bag, [(0,)], 1) is not None


def test_a_tour_that_stays_too_full_takes_nothing() -> None:
    cakes = [Job(name, (), halt(6), vehicles=frozenset({0})) for name in ("one", "two")]
    big = errand("big", halt(5, load=3), halt(8, load=3))
    problem = town(*cakes, big, errand("more", halt(1), halt(2)), vehicles=(courier(capacity=3),))
    assert cheapest_insertion(problem, [(2, 3)], 0) is None  # two stays on board
    assert cheapest_insertion(problem, [(2, 3)], 3) is None
    assert cheapest_insertion(problem, [(1, 2, 3)], 0) is not None


def test_a_third_pickup_never_rides_through_a_full_stretch() -> None:
    """Fetched at 3 on the way, the crate of 3 would ride along with the 8 from 5 to 6."""
    heavy = errand("heavy", halt(5, load=8), halt(6, load=8))
    basket = Job("basket", (halt(7), halt(7), halt(3, load=3)), halt(9, load=5))
    found = cheapest_insertion(town(heavy, basket), [(0, 1)], 1)
    assert found is not None
    assert found.nodes.index(4) > found.nodes.index(1)


def _all_insertions(
    problem: Problem, nodes: tuple[int, ...], own: Sequence[int]
) -> Iterator[tuple[int, ...]]:
    *pickups, drop = own
    size = len(nodes) + len(own)
    for order in permutations(pickups):
        for places in _rising(size, len(own)):
            rest, new = iter(nodes), iter((*order, drop))
            yield tuple(next(new) if i in places else next(rest) for i in range(size))


def _rising(size: int, count: int) -> Iterator[set[int]]:
    return (set(p) for p in permutations(range(size), count) if list(p) == sorted(p))


def _cost_if_allowed(
    problem: Problem, vehicle: int, before: PlannedTour, nodes: tuple[int, ...]
) -> int | None:
    """The plan's cost with *nodes*, judged by the checker; None when a promise breaks."""
    tour = schedule(problem, vehicle, nodes)
    if tour is None:
        return None
    begun = {stop.node: stop.begin_s for stop in before.stops}
    for stop in tour.stops:
        due = problem.visits[stop.node].due_s
        if due is not None and stop.begin_s > max(due, begun.get(stop.node, due)):
            return None
    there = {problem.job_of[node] for node in nodes}
    out = tuple(
        Unserved(job.job_id, Refusal("solver_gave_up"))
        for j, job in enumerate(problem.jobs)
        if j not in there
    )
    if violations(problem, Plan((tour,), out, cost_of(problem, (tour,), out), "brute force")):
        return None
    return cost_of(problem, (tour,)).total


@settings(max_examples=150, deadline=None)
@given(days(max_jobs=3, max_pickups=2, max_vehicles=2), st.data())
def test_the_cheapest_insertion_is_the_cheapest_of_all(
    problem: Problem, data: st.DataObject
) -> None:
    assume(problem.jobs)
    sequences: list[tuple[int, ...]] = [() for _ in problem.vehicles]
    for j in range(len(problem.jobs)):
        found = cheapest_insertion(problem, sequences, j, may_be_late=True)
        if found is not None:
            sequences[found.vehicle] = found.nodes
    job = data.draw(st.integers(0, len(problem.jobs) - 1))
    own = problem.nodes_of[job]
    sequences = [tuple(node for node in nodes if node not in own) for nodes in sequences]
    costs = []
    for vehicle, nodes in enumerate(sequences):
        before = schedule(problem, vehicle, nodes)
        assert before is not None
        for candidate in _all_insertions(problem, nodes, problem.nodes_of[job]):
            cost = _cost_if_allowed(problem, vehicle, before, candidate)
            if cost is not None:
                costs.append(cost - cost_of(problem, (before,)).total)
    best = cheapest_insertion(problem, sequences, job)
    assert (None if best is None else best.added_cost) == (min(costs) if costs else None)


def test_thirty_stops_are_searched_in_customers_time() -> None:
    """Not a benchmark: a floor far below which a quote would feel slow."""
    rng = np.random.default_rng(1)
    jobs = []
    for j in range(61):
        a, b = (int(x) for x in rng.integers(0, 21, 2))
        jobs.append(errand(f"j{j}", halt(a, service=2), halt(b, service=2)))
    problem = town(*jobs, vehicles=tuple(courier(f"c{v}") for v in range(4)))
    sequences = [tuple(range(30 * v, 30 * v + 30)) for v in range(4)]
    started = perf_counter()
    assert cheapest_insertion(problem, sequences, 60) is not None
    assert perf_counter() - started < 0.25


def test_a_second_on_a_bicycle_is_cheaper_than_one_in_a_car() -> None:
    """The bicycle starts twice as far away and is still the cheaper way at a third of the price."""
    car, bike = courier("car", start=5, price=3), courier("bike", start=0, price=1)
    problem = town(errand("bread", halt(10), halt(12)), vehicles=(car, bike))
    found = cheapest_insertion(problem, [(), ()], 0)
    assert found is not None
    assert (problem.vehicles[found.vehicle].vehicle_id, found.added_cost) == ("bike", 12)
