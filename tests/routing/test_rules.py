"""The rules that windows and loads do not say, against the checker and against trying it all."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dispatch.core.reasons import Refusal
from dispatch.routing.check import violations
from dispatch.routing.insertion import cheapest_insertion
from dispatch.routing.plan import Plan, PlannedTour, Unserved
from dispatch.routing.problem import Problem, Weights
from dispatch.routing.rules import in_order, lived, price_of
from dispatch.routing.schedule import cost_of, moved_stops, schedule
from dispatch.routing.solvers.greedy import solve
from dispatch.routing.work import Break, Job
from tests.routing.special_towns import special_days
from tests.routing.towns import courier, errand, halt, town

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
NOBODY = Refusal("solver_gave_up")


def timed(problem: Problem, *nodes: int) -> PlannedTour:
    tour = schedule(problem, 0, nodes)
    assert tour is not None
    return tour


def test_two_parcels_fetched_at_one_counter_share_the_setup() -> None:
    counter = replace(halt(5, service=1), setup_s=3)
    problem = town(errand("a", counter, halt(9)), errand("b", counter, halt(9)))
    begins = [stop.begin_s for stop in timed(problem, 0, 2, 1, 3).stops]
    assert begins == [8, 9, 14, 14]  # 5 of way and 3 of setup, 1 of service, then nothing again
    assert cost_of(problem, (timed(problem, 0, 2, 1, 3),)).travel == 5 + 3 + 4


def test_a_pickup_waits_so_that_the_drop_is_not_too_late_for_the_ice_cream() -> None:
    job = replace(errand("ice", halt(2), halt(4, windows=((50, 60),))), max_aboard_s=10)
    begins = [stop.begin_s for stop in timed(town(job), 0, 1).stops]
    assert begins == [40, 50]


def test_what_cannot_be_carried_fast_enough_cannot_be_scheduled() -> None:
    far = replace(errand("ice", halt(2), halt(14)), max_aboard_s=11)
    assert schedule(town(far), 0, (0, 1)) is None
    assert schedule(town(replace(far, max_aboard_s=12)), 0, (0, 1)) is not None


def at_work(*breaks: Break, end: int | None = None) -> Problem:
    leaves = replace(courier(end=end), breaks=breaks)
    job = errand("a", halt(10), halt(20, windows=((40, 100),)))
    return town(job, vehicles=(leaves,))


@pytest.mark.parametrize(
    ("window", "begins", "pause"),
    [
        ((4, 6), [15, 40], (4, 9)),  # on the way to the pickup, at once when it is allowed
        ((12, 30), [10, 40], (12, 17)),  # while there is to wait at the drop anyway
        ((38, 39), [10, 43], (38, 43)),  # it has to wait for its break there
        ((90, 95), [10, 40], None),  # the tour is over by then
    ],
)
def test_a_break_is_taken_where_the_tour_ends_earliest(
    window: tuple[int, int], begins: list[int], pause: tuple[int, int] | None
) -> None:
    tour = timed(at_work(Break("lunch", (window,), 5)), 0, 1)
    assert [stop.begin_s for stop in tour.stops] == begins
    assert [(p.begin_s, p.end_s) for p in tour.breaks] == ([] if pause is None else [pause])


def test_a_break_that_falls_into_service_makes_the_order_impossible() -> None:
    busy = errand("a", halt(0, service=50), halt(1))
    resting = replace(courier(), breaks=(Break("lunch", ((10, 20),), 5),))
    problem = town(busy, vehicles=(resting,))
    assert [stop.begin_s for stop in timed(problem, 0, 1).stops] == [15, 66]  # it rests first
    served = errand("b", halt(0, service=50, windows=((0, 0),)), halt(1))
    assert schedule(town(served, vehicles=(resting,)), 0, (0, 1)) is None


def test_the_way_home_may_hold_a_break() -> None:
    tour = timed(at_work(Break("lunch", ((50, 55),), 5), end=0), 0, 1)
    assert [(p.begin_s, p.before) for p in tour.breaks] == [(50, 2)]
    assert tour.end_s == 40 + 20 + 5


def test_a_tour_made_longer_by_ice_cream_still_needs_its_break() -> None:
    ice = replace(errand("ice", halt(2), halt(4, windows=((50, 80),))), max_aboard_s=10)
    shop = errand("shop", halt(3, windows=((0, 30), (60, 70)), service=1), halt(5))
    resting = replace(courier(), breaks=(Break("lunch", ((53, 55),), 3),))
    # Lunch seems needless until the ice cream waits for its customer, past the shop's first hours.
    assert schedule(town(ice, shop, vehicles=(resting,)), 0, (0, 2, 1, 3)) is None


def test_last_in_first_out_lets_out_what_lies_on_top() -> None:
    stacked = replace(courier(), lifo=True)
    both = (errand("a", halt(1), halt(4)), errand("b", halt(2), halt(3)))
    problem = town(*both, vehicles=(stacked,))
    assert in_order(problem, 0, (0, 2, 3, 1))
    assert not in_order(problem, 0, (0, 2, 1, 3))
    aboard = Job("c", (), halt(4), frozenset({0}))
    below = town(both[0], aboard, vehicles=(stacked,))
    assert in_order(below, 0, (0, 1, 2))
    assert not in_order(below, 0, (0, 2, 1))


def test_moved_stops_are_those_of_others_and_steps_back() -> None:
    jobs = (errand("a", halt(1), halt(2)), errand("b", halt(3), halt(4)))
    two = (courier("lea"), courier("tom"))
    problem = replace(town(*jobs, vehicles=two), published=((0, 1, 2, 3), ()))
    assert [moved_stops(problem, 0, nodes) for nodes in ((0, 1, 2, 3), (0, 2, 1, 3))] == [0, 1]
    assert [moved_stops(problem, 0, nodes) for nodes in ((0, 1), (2, 3, 0, 1))] == [0, 1]
    assert moved_stops(problem, 1, (2, 3)) == 2


def test_work_beyond_a_fair_share_has_its_price() -> None:
    share = replace(courier(), fair_s=10)
    job = errand("a", halt(4, service=2), halt(8, service=3))
    problem = town(job, vehicles=(share,), weights=Weights(unfair_per_s=7))
    assert cost_of(problem, (timed(problem, 0, 1),)).unfair == 7 * (8 + 5 - 10)


@given(special_days(), st.randoms(use_true_random=False))
@QUICK
def test_what_may_be_lived_is_what_the_checker_allows(problem: Problem, dice: Random) -> None:
    """Two implementations that share nothing agree on every single tour."""
    assume(problem.jobs)
    some = dice.sample(range(len(problem.jobs)), dice.randint(1, min(3, len(problem.jobs))))
    whose = [j for j in some for _ in problem.nodes_of[j]]
    dice.shuffle(whose)
    left = {j: iter(problem.nodes_of[j]) for j in some}
    nodes = [next(left[j]) for j in whose]
    served = {problem.job_of[node] for node in nodes}
    out = [Unserved(job.job_id, NOBODY) for j, job in enumerate(problem.jobs) if j not in served]
    for v in range(len(problem.vehicles)):
        tour = schedule(problem, v, nodes)
        if tour is None:
            continue
        broken = violations(problem, Plan((tour,), tuple(out), cost_of(problem, (tour,), out), ""))
        mine = {found.rule for found in broken} - {"overload"}
        others = [problem.jobs[j].vehicles or {v} for j in served]
        if all(v in allowed for allowed in others):
            assert (lived(problem, v, nodes) is not None) == (mine == set()), broken


@given(special_days())
@QUICK
def test_greedy_hands_out_what_the_checker_allows(problem: Problem) -> None:
    assert violations(problem, solve(problem, budget_s=1)) == []


@given(special_days(max_jobs=3))
@QUICK
def test_the_cheapest_insertion_is_the_cheapest_of_all_that_are_allowed(problem: Problem) -> None:
    assume(problem.jobs)
    job = len(problem.jobs) - 1
    sequences: list[tuple[int, ...]] = [()] * len(problem.vehicles)
    for other in range(job):
        found = cheapest_insertion(problem, sequences, other, may_be_late=True)
        if found is not None:
            sequences[found.vehicle] = found.nodes
    limits = {node: visit.windows[-1][1] for node, visit in enumerate(problem.visits)}
    costs = []
    for v, nodes in enumerate(sequences):
        only = problem.jobs[job].vehicles
        before = price_of(problem, v, nodes, limits)
        if before is None or (only is not None and v not in only):
            continue
        own = problem.nodes_of[job]
        for order in permutations((*nodes, *own)):
            kept = tuple(n for n in order if n not in own) == nodes
            if not kept or order.index(own[-1]) < max(order.index(n) for n in own):
                continue
            price = price_of(problem, v, order, limits)
            if price is not None and _carried(problem, v, order):
                costs.append(price - before)
    best = cheapest_insertion(problem, sequences, job, may_be_late=True)
    assert (None if best is None else best.added_cost) == min(costs, default=None)


def test_an_order_that_fits_into_the_wait_a_break_has_caused_costs_no_paid_time() -> None:
    """Seen without the break it would miss the first window, which is missed anyway."""
    resting = replace(courier("lea"), breaks=(Break("lunch", ((0, 5),), 5),))
    old = replace(
        errand("old", halt(1), halt(10, windows=((10, 10), (60, 60)))), vehicles=frozenset({1})
    )
    new = errand("new", halt(1, service=1), halt(2))
    paid = Weights(paid_per_s=1)
    problem = town(old, new, vehicles=(courier("tom", start=3), resting), weights=paid)
    best = cheapest_insertion(problem, [(), (0, 1)], 1)
    assert best is not None
    assert (best.vehicle, best.added_cost) == (1, 0)


def _carried(problem: Problem, v: int, nodes: tuple[int, ...]) -> bool:
    tour = schedule(problem, v, nodes)
    assert tour is not None
    served = {problem.job_of[node] for node in nodes}
    out = [Unserved(job.job_id, NOBODY) for j, job in enumerate(problem.jobs) if j not in served]
    broken = violations(problem, Plan((tour,), tuple(out), cost_of(problem, (tour,), out), ""))
    return all(found.rule != "overload" for found in broken)
