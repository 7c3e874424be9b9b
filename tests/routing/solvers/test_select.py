"""The choice among tours that were met: the best of the pool, and honest about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.routing.problem import Problem, Weights
from dispatch.routing.rules import lived
from dispatch.routing.schedule import cost_of
from dispatch.routing.solvers.complete import first_broken, left_out, total_cost
from dispatch.routing.solvers.kernel.arrays import sequences_of
from dispatch.routing.solvers.kernel.memory import REACH, Memory, blank_memory, remember
from dispatch.routing.solvers.pace import ByCount
from dispatch.routing.solvers.phases import Search
from dispatch.routing.solvers.select import Pool, Selection, pool_of, select
from tests.routing.towns import courier, days, errand, halt, town

LONG_S = 5.0


def price(problem: Problem, vehicle: int, nodes: Sequence[int]) -> int:
    tour = lived(problem, vehicle, nodes)
    assert tour is not None
    return cost_of(problem, (tour,)).total


def offered(problem: Problem, kinds: Sequence[int], *tours: tuple[int, tuple[int, ...]]) -> Pool:
    """Tours as (kind, nodes), at their true price for the first vehicle of the kind."""
    kind_of = np.array(kinds)
    prices = [price(problem, kinds.index(kind), nodes) for kind, nodes in tours]
    return Pool(
        kind_of,
        np.array([kind for kind, _ in tours], dtype=np.int64),
        np.array(prices, dtype=np.int64),
        tuple(nodes for _, nodes in tours),
    )


def chosen(problem: Problem, pool: Pool, start: Sequence[tuple[int, ...]]) -> Selection:
    return select(problem, pool, budget_s=LONG_S, start=start)


"""
A B . . . D . . . E F       all parcels wait at D (house 5), where both couriers live
"""
A, B, E, F = (0, 1), (2, 3), (4, 5), (6, 7)
ENDS = town(
    *(
        errand(name, halt(5), halt(house))
        for name, house in zip("abef", (0, 1, 9, 10), strict=True)
    ),
    vehicles=(courier("lea", start=5, end=5), courier("tom", start=5, end=5)),
)
WEST, EAST = (0, 2, 3, 1), (4, 6, 5, 7)


def test_good_tours_of_different_plans_make_one_plan() -> None:
    """One plan had the good western tour, another the good eastern one: 10 + 10."""
    pool = offered(ENDS, (0, 0), (0, WEST), (0, E), (0, EAST), (0, A))
    found = chosen(ENDS, pool, (A + E, B + F))
    assert set(found.sequences) == {WEST, EAST}
    assert found.price == 20
    assert found.best_of_pool
    assert found.restricted_lp_bound == pytest.approx(20)


def test_who_drives_a_tour_already_goes_on_driving_it() -> None:
    pool = offered(ENDS, (0, 0), (0, WEST), (0, EAST))
    assert chosen(ENDS, pool, (E + F, WEST)).sequences == (EAST, WEST)


def test_a_tour_is_only_given_to_a_vehicle_of_its_kind() -> None:
    """The second rides at three times the price: nobody but the first drives at 10."""
    two = replace(ENDS, vehicles=(ENDS.vehicles[0], replace(ENDS.vehicles[1], travel_price=3)))
    pool = offered(two, (0, 1), (0, WEST), (0, EAST), (1, EAST))
    found = chosen(two, pool, (A + B, E + F))
    assert found.sequences == (WEST, EAST)
    assert found.price == 10 + 30


def test_a_job_is_left_out_where_no_offered_tour_takes_it_for_less() -> None:
    careless = replace(ENDS, weights=Weights(unserved=3))
    pool = offered(careless, (0, 0), (0, WEST), (0, EAST))
    found = chosen(careless, pool, ((), ()))
    assert left_out(careless, found.sequences) == [0, 1, 2, 3]
    assert found.price == 12
    assert chosen(ENDS, pool, (WEST, ())).sequences == (WEST, EAST)


"""
D x          everybody's parcel goes from D to x: any tour costs 2, whoever is on it
"""
TRIO = town(
    *(errand(name, halt(0), halt(1)) for name in "abc"),
    vehicles=tuple(courier(name, end=0) for name in ("lea", "tom", "zoe")),
)
AB, BC, CA = (0, 2, 1, 3), (2, 4, 3, 5), (4, 0, 5, 1)
ALONE = ((0, 1), (2, 3), (4, 5))


def test_the_bound_is_that_of_half_tours_and_says_no_more() -> None:
    """Half of each pair serves everybody for 3; whole tours need two, for 4."""
    pool = offered(TRIO, (0, 0, 0), (0, AB), (0, BC), (0, CA))
    found = chosen(TRIO, pool, ALONE)
    assert found.price == 4
    assert found.best_of_pool
    assert found.restricted_lp_bound == pytest.approx(3, abs=1e-6)
    everybody = (0, 2, 4, 1, 3, 5)
    assert total_cost(TRIO, (everybody, (), ())) == 2  # below the bound: it was not offered


def test_a_vehicle_is_saved_where_it_outweighs_the_way() -> None:
    dear = replace(TRIO, weights=Weights(vehicle_used=100))
    pool = offered(dear, (0, 0, 0), (0, AB), (0, BC), (0, CA))
    found = chosen(dear, pool, ALONE)
    assert found.price == 2 * 102
    assert found.best_of_pool
    assert found.restricted_lp_bound <= found.price


def test_without_time_the_start_comes_back_and_nothing_is_claimed() -> None:
    pool = offered(TRIO, (0, 0, 0), (0, AB))
    assert select(TRIO, pool, budget_s=0, start=ALONE) == Selection(ALONE, 6, False, -inf)


def test_a_price_that_is_not_true_is_found_out() -> None:
    """Both pairs are said to cost 1.  AB costs 2; fetching b after a's drop costs 4, no gain."""
    pool = offered(TRIO, (0, 0, 0), (0, AB))
    lie = pool._replace(price=np.array([1]))
    assert chosen(TRIO, lie, ALONE) == Selection((AB, (), (4, 5)), 4, False, -inf)
    dear = lie._replace(nodes=((0, 1, 2, 3),))
    assert chosen(TRIO, dear, ALONE) == Selection(ALONE, 6, False, -inf)


def test_a_tour_that_breaks_a_rule_is_not_driven() -> None:
    """It drops before it fetches."""
    pool = offered(TRIO, (0, 0, 0), (0, AB))._replace(nodes=((1, 0, 2, 3),))
    assert chosen(TRIO, pool, ALONE).sequences == ALONE


def test_an_empty_pool_and_an_empty_day_are_answered() -> None:
    nothing = offered(TRIO, (0, 0, 0))
    assert chosen(TRIO, nothing, ALONE).price == 6
    assert chosen(TRIO, nothing, ((), (), ())).price == 3 * TRIO.weights.unserved


@settings(max_examples=40, deadline=None)
@given(days(max_jobs=5), st.integers(0, 3))
def test_no_combination_of_the_pool_is_cheaper_than_the_choice(problem: Problem, seed: int) -> None:
    if not problem.jobs:
        return
    nobody = tuple(() for _ in problem.vehicles)
    search = Search(problem, nobody, ByCount(300), seed)
    search.cool_down()
    pool = pool_of(search.desk.memory, search.facts.twin, most=8)
    found = chosen(problem, pool, nobody)
    assert first_broken(problem, found.sequences) is None
    assert found.price == total_cost(problem, found.sequences) == cheapest(problem, pool)
    assert found.best_of_pool
    assert found.restricted_lp_bound <= found.price


def cheapest(problem: Problem, pool: Pool) -> int:
    """Try every vehicle with every tour of its kind, and with none."""
    ways = [
        [(), *(n for k, n in zip(pool.kind, pool.nodes, strict=True) if k == kind)]
        for kind in pool.kind_of
    ]
    prices = []
    for plan in product(*ways):
        jobs = [problem.job_of[node] for nodes in plan for node in nodes if problem.is_drop(node)]
        if len(set(jobs)) == len(jobs):
            prices.append(total_cost(problem, plan))
    return min(prices)


# --- in the search ---------------------------------------------------------------------------


def test_the_search_goes_on_from_the_best_plan_of_all_tours_met() -> None:
    search = Search(ENDS, (A + E, B + F), ByCount(1), 0)
    assert int(search.best.total[0]) == 2 * 18
    for nodes in (WEST, EAST):
        remember(search.desk.memory, np.array(nodes), len(nodes), 0, 0, 10, 50)
    search._choose()
    for tours in (search.tours, search.kept, search.best):
        assert int(tours.total[0]) == 20
        assert set(sequences_of(tours)) == {WEST, EAST}


def test_every_kept_step_of_the_search_is_remembered() -> None:
    search = Search(ENDS, ((), ()), ByCount(200), 0)
    search.cool_down()
    pool = pool_of(search.desk.memory, search.facts.twin)
    met = {tuple(nodes) for nodes in pool.nodes}
    assert {nodes for nodes in sequences_of(search.best) if nodes} <= met
    assert all(
        cost == price(ENDS, 0, nodes) for cost, nodes in zip(pool.price, pool.nodes, strict=True)
    )


# --- what is remembered ----------------------------------------------------------------------


def fresh(vehicles: int = 2) -> Memory:
    """Nodes 0 and 2 are pickups, 1 and 3 the drops; every vehicle is a kind of its own."""
    return blank_memory(np.array([True, False, True, False]), np.arange(vehicles))


def meet(memory: Memory, nodes: Sequence[int], v: int = 0, price: int = 10, plan: int = 50) -> None:
    remember(memory, np.array(nodes, dtype=np.int64), len(nodes), v, v, price, plan)


def known(memory: Memory) -> list[tuple[int, int, tuple[int, ...]]]:
    pool = pool_of(memory, np.arange(2))
    return sorted(zip(pool.kind.tolist(), pool.price.tolist(), pool.nodes, strict=True))


def test_of_one_set_of_jobs_the_cheapest_order_is_remembered() -> None:
    memory = fresh()
    meet(memory, (0, 1, 2, 3), price=10)
    meet(memory, (0, 2, 1, 3), price=8)
    meet(memory, (2, 3, 0, 1), price=9)
    assert known(memory) == [(0, 8, (0, 2, 1, 3))]


def test_another_set_or_another_kind_of_vehicle_is_another_tour() -> None:
    memory = fresh()
    meet(memory, (0, 1))
    meet(memory, (2, 3))
    meet(memory, (0, 1), v=1, price=12)
    assert known(memory) == [(0, 10, (0, 1)), (0, 10, (2, 3)), (1, 12, (0, 1))]


def test_a_full_memory_forgets_the_tours_of_the_dearest_plans() -> None:
    """With no more places than one name reaches, they all compete."""
    memory = fresh(vehicles=8)
    memory = memory._replace(name=memory.name[:REACH])
    for v in range(REACH):
        meet(memory, (0, 1), v=v, plan=50 + v)
    meet(memory, (0, 1), v=6, plan=99)
    assert {v for v, _, _ in known(memory)} == {0, 1, 2, 3}
    meet(memory, (0, 1), v=7, plan=40)
    assert {v for v, _, _ in known(memory)} == {0, 1, 2, 7}


def test_the_tours_of_the_cheapest_plans_are_offered_first() -> None:
    memory = fresh()
    meet(memory, (0, 1), plan=50)
    meet(memory, (2, 3), plan=40)
    assert pool_of(memory, np.arange(2), most=1).nodes == ((2, 3),)
