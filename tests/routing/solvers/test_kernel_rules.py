"""The compiled kernel keeps the rules that windows and loads do not say.

Compiled or loaded once, before the first test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, permutations, product
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dispatch.routing.check import violations
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Job, Problem, Sequences, Visit, Weights
from dispatch.routing.rules import price_of
from dispatch.routing.schedule import cost_of, schedule
from dispatch.routing.solvers import greedy, ruin_recreate
from dispatch.routing.solvers.complete import (
    completed,
    first_broken,
    total_cost,
)
from dispatch.routing.solvers.kernel.arrays import clean_desk, facts_of, no_tours, written
from dispatch.routing.solvers.kernel.limits import PRICELESS
from dispatch.routing.solvers.kernel.lived import lived
from dispatch.routing.solvers.kernel.search import settle
from dispatch.routing.solvers.pace import ByCount
from dispatch.routing.solvers.ruin_recreate import improved
from dispatch.routing.work import Break
from tests.routing.special_towns import special_days
from tests.routing.towns import courier, errand, halt, town

STEPS = 300
some = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
few = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", autouse=True)
def ready() -> None:
    ruin_recreate.warm_up()


def nobody(problem: Problem) -> Sequences:
    return tuple(() for _ in problem.vehicles)


def raw(problem: Problem, start: Sequences | None = None, seed: int = 0) -> Sequences:
    """The kernel's answer before the house completes or replaces it."""
    return improved(problem, nobody(problem) if start is None else start, ByCount(STEPS), seed)


# --- one tour, judged -----------------------------------------------------------------------


def judged(problem: Problem, vehicle: int, nodes: tuple[int, ...]) -> int | None:
    facts = facts_of(problem)
    price = lived(facts, clean_desk(facts, 0).draft, vehicle, np.array(nodes), len(nodes))
    return None if price >= PRICELESS else price


def expected(problem: Problem, vehicle: int, nodes: tuple[int, ...]) -> int | None:
    """The house's price; None also where the checker misses a break that only waiting asked for."""
    limits = {node: visit.windows[-1][1] for node, visit in enumerate(problem.visits)}
    price, tour = price_of(problem, vehicle, nodes, limits), schedule(problem, vehicle, nodes)
    if price is None or tour is None:
        return None
    plan = Plan((tour,), (), cost_of(problem, (tour,)), "")
    missed = any(found.rule == "missed_break" for found in violations(problem, plan))
    return None if missed else price


@some
@given(special_days(), st.data())
def test_the_kernel_judges_a_whole_tour_as_the_house_does(
    problem: Problem, data: st.DataObject
) -> None:
    """Any visits in any order: the same price, or forbidden by both."""
    assume(problem.jobs)
    for v in range(len(problem.vehicles)):
        jobs = data.draw(st.sets(st.sampled_from(range(len(problem.jobs))), min_size=1, max_size=3))
        nodes = tuple(data.draw(st.permutations([n for j in jobs for n in problem.nodes_of[j]])))
        assert judged(problem, v, nodes) == expected(problem, v, nodes)


@some
@given(special_days(), st.data())
def test_the_kernel_judges_what_is_allowed_as_the_house_does(
    problem: Problem, data: st.DataObject
) -> None:
    """Tours that greedy found, and these with two visits swapped."""
    for v, nodes in enumerate(completed(problem, nobody(problem))):
        if not nodes:
            continue
        assert judged(problem, v, nodes) == expected(problem, v, nodes)
        i, j = (data.draw(st.integers(0, len(nodes) - 1)) for _ in range(2))
        swapped = list(nodes)
        swapped[i], swapped[j] = swapped[j], swapped[i]
        assert judged(problem, v, tuple(swapped)) == expected(problem, v, tuple(swapped))


def test_what_lies_under_another_parcel_is_not_dropped() -> None:
    jobs = (errand("a", halt(1), halt(4)), errand("b", halt(2), halt(3)))
    problem = town(*jobs, vehicles=(replace(courier(), lifo=True),))
    assert judged(problem, 0, (0, 2, 3, 1)) == 4
    assert judged(problem, 0, (0, 2, 1, 3)) is None


def test_a_break_may_have_several_windows() -> None:
    """Lunch takes 5, from 4 to 6 or from 30 to 32: the latter is waited for at the far end."""
    resting = replace(courier(), breaks=(Break("lunch", ((4, 6), (30, 32)), 5),))
    busy = errand("a", halt(0, service=10), halt(20, service=5))
    problem = town(busy, vehicles=(resting,), weights=Weights(paid_per_s=1))
    assert judged(problem, 0, (0, 1)) == expected(problem, 0, (0, 1)) == 20 + 40
    longer = replace(problem, jobs=(errand("a", halt(0, service=10), halt(1, service=30)),))
    assert judged(longer, 0, (0, 1)) == expected(longer, 0, (0, 1)) == 1 + 50  # waits until 4


def test_a_break_that_only_waiting_makes_necessary_is_not_missed() -> None:
    """Ice fetched late enough meets a shop that opens at 60, when lunch at 53 to 55 is over."""
    ice = replace(errand("ice", halt(2), halt(4, windows=((50, 80),))), max_aboard_s=10)
    shop = errand("shop", halt(3, windows=((0, 30), (60, 70)), service=1), halt(5))
    resting = replace(courier(), breaks=(Break("lunch", ((53, 55),), 3),))
    assert judged(town(ice, shop, vehicles=(resting,)), 0, (0, 2, 1, 3)) is None
    assert judged(town(ice, shop), 0, (0, 2, 1, 3)) == 5


# --- the kernel by itself -------------------------------------------------------------------


@some
@given(special_days(), st.integers(0, 9))
def test_the_kernel_keeps_every_special_rule_by_itself(problem: Problem, seed: int) -> None:
    if problem.jobs:
        assert first_broken(problem, raw(problem, seed=seed)) is None


@some
@given(special_days())
def test_the_kernel_counts_the_same_price_as_the_house(problem: Problem) -> None:
    """It steers by its price: a wrong one would only cost quality, and show nowhere else."""
    if not problem.jobs:
        return
    sequences = completed(problem, nobody(problem))
    facts = facts_of(problem)
    tours = no_tours(facts)
    written(tours, sequences, facts)
    if first_broken(problem, sequences) is None:
        assert settle(facts, clean_desk(facts, 0), tours)
        assert int(tours.total[0]) == total_cost(problem, sequences)


"""
x . . . . y . . . . D . . . . F . . . . B      D at 10; both parcels wait at D
"""
HERE = courier(start=10)


def test_parcels_of_one_counter_are_fetched_together_when_setting_up_is_long() -> None:
    """Without the 9 of setting up, the second is fetched on the way from x."""
    counter = replace(halt(10), setup_s=9)
    both = (errand("x", counter, halt(5)), errand("y", counter, halt(15)))
    problem = town(*both, vehicles=(courier(start=0),))
    apart = ((0, 1, 2, 3),)
    assert total_cost(problem, apart) == (10 + 9) + 5 + (5 + 9) + 5
    (found,) = raw(problem, apart)
    assert set(found[:2]) == {0, 2}
    assert total_cost(problem, (found,)) == (10 + 9) + 5 + 10


def test_what_lies_below_is_unloaded_last() -> None:
    """Below B comes F only when nothing must be stacked."""
    jobs = (errand("a", halt(10), halt(12)), errand("b", halt(11), halt(14)))
    assert raw(town(*jobs, vehicles=(HERE,))) == ((0, 2, 1, 3),)
    stacked = town(*jobs, vehicles=(replace(HERE, lifo=True),))
    assert total_cost(stacked, raw(stacked)) == 2 + 1 + 3  # a out first, back for b


def test_ice_cream_is_fetched_last() -> None:
    """On the way out from 0 the ice at 2 is passed first, but it must not see the far end."""
    ice = replace(errand("ice", halt(2), halt(3)), max_aboard_s=1)
    bread = errand("bread", halt(1), halt(20))
    problem = town(ice, bread)
    assert raw(problem) == ((2, 0, 1, 3),)


def test_a_courier_that_must_rest_gives_away_what_cannot_wait() -> None:
    """Lunch at 5 to 6 for 30: what closes at 20 is brought by the one who has none."""
    soon = errand("soon", halt(8), halt(10, windows=((0, 20),)))
    lunch = (Break("lunch", ((5, 6),), 30),)
    problem = town(soon, vehicles=(replace(courier("lea"), breaks=lunch), courier("tom", start=0)))
    assert raw(problem) == ((), (0, 1))


def test_pinned_visits_stay_where_and_in_the_order_they_are() -> None:
    """Tom stands beside both, and b first is shorter for lea."""
    jobs = (errand("a", halt(9), halt(10)), errand("b", halt(1), halt(2)))
    two = (courier("lea"), courier("tom", start=9))
    problem = replace(town(*jobs, vehicles=two), pinned=((0, 1, 2, 3), ()))
    assert raw(problem) == ((0, 1, 2, 3), ())


def test_a_published_plan_changes_only_for_more_than_churn_costs() -> None:
    """b first saves 28 - 11 = 17 of way and is one step back."""
    jobs = (errand("a", halt(9), halt(10)), errand("b", halt(1), halt(2)))
    shown = replace(town(*jobs), published=((0, 1, 2, 3),))
    patient = replace(shown, weights=Weights(churn_per_stop=20))
    assert raw(patient, ((0, 1, 2, 3),)) == ((0, 1, 2, 3),)
    restless = replace(shown, weights=Weights(churn_per_stop=5))
    assert raw(restless, ((0, 1, 2, 3),)) == ((2, 3, 0, 1),)


def test_work_is_shared_out_when_more_than_a_fair_share_is_dear() -> None:
    """Lea alone drives 8; with a share of 5 each, tom, who stands at 4, takes the other half."""
    jobs = (errand("a", halt(0), halt(4)), errand("b", halt(4), halt(8)))
    two = tuple(replace(courier(name), fair_s=5) for name in ("lea", "tom"))
    alone = town(*jobs, vehicles=two)
    assert sorted(map(len, raw(alone))) == [0, 4]
    fair = replace(
        alone, weights=Weights(unfair_per_s=10), vehicles=(two[0], replace(two[1], start=4))
    )
    assert sorted(map(len, raw(fair))) == [2, 2]


# --- the engine -----------------------------------------------------------------------------


@few
@given(problem=special_days(max_jobs=6), seed=st.integers(0, 3))
def test_the_plan_is_allowed_and_never_dearer_than_greedy(problem: Problem, seed: int) -> None:
    plan = ruin_recreate.solve(problem, budget_s=0.05, seed=seed)
    assert violations(problem, plan) == []
    assert plan.cost.total <= greedy.solve(problem, budget_s=1).cost.total


# --- against trying it all --------------------------------------------------------------------


def tiny_day(seed: int) -> Problem:
    """Three jobs, two couriers, and about half of all special rules, drawn by *seed*."""
    dice = Random(seed)

    def somewhere(load: int = 1) -> Visit:
        opens = dice.randint(0, 30)
        windows = ((opens, opens + dice.randint(10, 60)),)
        due = dice.choice([None, opens + 20])
        visit = halt(dice.randint(0, 12), load, windows, dice.randint(0, 3), due)
        return replace(visit, setup_s=dice.randint(0, 3))

    jobs = []
    for name in "abc":
        pickups = tuple(somewhere() for _ in range(2 if name == "a" else 1))
        most_s = dice.choice([None, dice.randint(5, 25)])
        jobs.append(replace(Job(name, pickups, somewhere(len(pickups))), max_aboard_s=most_s))
    two = tuple(
        replace(
            courier(name, dice.randint(0, 12), dice.choice([None, 0]), dice.randint(60, 120), 3),
            breaks=dice.choice([(), (Break("lunch", ((20, 35),), dice.randint(1, 9)),)]),
            lifo=dice.random() < 0.5,
            fair_s=dice.choice([None, 20]),
        )
        for name in ("lea", "tom")
    )
    weights = Weights(paid_per_s=dice.randint(0, 1), churn_per_stop=7, unfair_per_s=2)
    problem = town(*jobs, vehicles=two, weights=weights)
    published = dice.choice([(), ((0, 1, 2), (3, 4)), ((5, 6, 3, 4), ())])
    return replace(problem, published=published, pinned=dice.choice([(), ((3, 4), ())]))


def orders_of(problem: Problem, jobs: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    nodes = [node for job in jobs for node in problem.nodes_of[job]]
    for order in permutations(nodes):
        at = {node: g for g, node in enumerate(order)}
        if all(
            at[n] <= at[problem.nodes_of[job][-1]] for job in jobs for n in problem.nodes_of[job]
        ):
            yield order


def load_fits(problem: Problem, vehicle: int, nodes: tuple[int, ...]) -> bool:
    load = 0
    for node in nodes:
        load += problem.visits[node].load[0] * (-1 if problem.is_drop(node) else 1)
        if load > problem.vehicles[vehicle].capacity[0]:
            return False
    return True


def cheapest_of_all(problem: Problem) -> int:
    """The least cost of any allowed plan, by trying every order of every share of the jobs."""
    shares = [s for n in range(4) for s in combinations(range(len(problem.jobs)), n)]
    best: dict[tuple[int, tuple[int, ...]], int] = {}
    for v, share in product(range(len(problem.vehicles)), shares):
        prices = [
            price
            for order in orders_of(problem, share)
            if load_fits(problem, v, order) and (price := expected(problem, v, order)) is not None
        ]
        if share == () or prices:
            best[v, share] = min(prices) if share else 0
    return min(
        best[0, first] + best[1, second] + problem.weights.unserved * (3 - len(first + second))
        for first, second in product(shares, shares)
        if (0, first) in best and (1, second) in best and not set(first) & set(second)
    )


@pytest.mark.parametrize("seed", range(30))
def test_on_a_tiny_day_the_kernel_finds_the_best_of_all_plans(seed: int) -> None:
    problem = tiny_day(seed)
    assert total_cost(problem, raw(problem)) == cheapest_of_all(problem)
