"""Saving vehicles, lending one, cooling: what the phases do between two calls of the kernel."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

import numpy as np
import pytest

from dispatch.routing.problem import Problem, Weights
from dispatch.routing.solvers import phases, ruin_recreate
from dispatch.routing.solvers.complete import total_cost
from dispatch.routing.solvers.kernel.arrays import sequences_of as written_out
from dispatch.routing.solvers.kernel.search import BY_ABSENCE, BY_EJECTION
from dispatch.routing.solvers.pace import ByClock, ByCount
from dispatch.routing.solvers.phases import SAVING_ENDS, Search
from dispatch.routing.solvers.ruin_recreate import improved
from tests.routing.solvers.test_ruin_recreate import STEPS, check_totals, crowd, nobody
from tests.routing.towns import courier, errand, halt, town


@pytest.fixture(scope="module", autouse=True)
def ready() -> None:
    ruin_recreate.warm_up()


@pytest.mark.parametrize("way", [BY_ABSENCE, BY_EJECTION])
def test_either_way_of_saving_alone_empties_the_tours_that_are_not_needed(
    way: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four bring three parcels each where one could bring all twelve."""
    monkeypatch.setattr(phases, "BY_ABSENCE", way)
    monkeypatch.setattr(phases, "BY_EJECTION", way)
    jobs = [errand(f"j{j}", halt(j), halt(j + 8)) for j in range(12)]
    dear = town(
        *jobs,
        vehicles=tuple(courier(f"v{v}", end=0, capacity=12) for v in range(4)),
        weights=Weights(vehicle_used=10_000),
    )
    start = tuple(tuple(range(6 * v, 6 * v + 6)) for v in range(4))
    search = Search(dear, start, ByCount(1000), 0)
    search.save_vehicles()
    assert sum(bool(nodes) for nodes in written_out(search.best)) == 1
    assert search.pace.share() < SAVING_ENDS


def fleet_first(errands: int, vehicles: int) -> Problem:
    """Errands along the street; one courier more costs more than all ways together."""
    jobs = [errand(f"j{j}", halt(j % 9), halt((5 * j) % 19)) for j in range(errands)]
    return town(
        *jobs,
        vehicles=tuple(
            replace(courier(f"v{v}", end=0, capacity=2), until_s=60) for v in range(vehicles)
        ),
        weights=Weights(vehicle_used=100_000),
    )


@pytest.mark.parametrize("seed", range(6))
def test_a_vehicle_lent_is_taken_back_or_the_plan_is_what_it_was(seed: int) -> None:
    problem = fleet_first(12, 6)
    search = Search(problem, nobody(problem), ByCount(60 * STEPS), seed)
    search.put_in()
    search.save_vehicles()
    search._anneal(0.5, 1.0)
    few = np.count_nonzero(search.best.size)
    assert search._split()
    assert np.count_nonzero(search.tours.size) == few + 1
    search._back_to_best()
    search._lend(0.7)
    check_totals(problem, search)
    assert np.count_nonzero(search.best.size) <= few + 1
    price = int(search.best.total[0])
    search._anneal(0.8, 1.0)
    check_totals(problem, search)
    assert int(search.best.total[0]) <= price


def test_a_vehicle_is_lent_only_where_it_outweighs_all_ways_and_one_is_idle() -> None:
    def turns(problem: Problem) -> int:
        search = Search(problem, nobody(problem), ByCount(900 * STEPS), 0)
        search.put_in()
        search.save_vehicles()
        return search._turns()

    assert turns(fleet_first(12, 6)) > 0
    assert turns(replace(fleet_first(12, 6), weights=Weights(vehicle_used=1))) == 0
    assert turns(fleet_first(12, 1)) == 0


@pytest.mark.parametrize("turns", [0, 1, 2, 5])
def test_whatever_the_number_of_turns_the_search_ends_with_its_budget(
    turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Watched(ByCount):
        over = 0

        def share(self) -> float:
            self.over += self._done >= self.total
            assert self.over < 100, "goes on after its end"
            return super().share()

    monkeypatch.setattr(Search, "_turns", lambda search: turns)
    problem = fleet_first(12, 6)
    pace = Watched(30 * STEPS)
    improved(problem, nobody(problem), pace, 0)
    assert pace.share() == 1


def test_lending_never_costs_what_was_reached_before(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = fleet_first(12, 6)
    lent: list[int] = []
    reached: list[int] = []
    lend = Search._lend

    def watched(search: Search, until: float) -> None:
        reached.append(int(search.best.total[0]))
        lend(search, until)
        lent.append(int(search.best.total[0]))

    monkeypatch.setattr(Search, "_lend", watched)
    found = improved(problem, nobody(problem), ByCount(900 * STEPS), 0)
    assert len(lent) > 1
    assert total_cost(problem, found) <= min(reached)


def test_vehicles_that_are_saved_at_a_glance_do_not_make_the_search_deaf_to_the_clock() -> None:
    """Sixty couriers bring an errand each where three can bring all: one go after the other
    ends at its first step, and says nothing of how long so many steps take."""
    few = crowd(60)
    problem = replace(
        few,
        vehicles=tuple(
            replace(few.vehicles[0], vehicle_id=f"v{v}", capacity=(500,)) for v in range(60)
        ),
        weights=Weights(vehicle_used=10_000_000),
    )

    class Watched(ByClock):
        def steps(self) -> int:
            asked = super().steps()
            assert asked < 1_000_000, "nobody takes so many in a hundredth of a second"
            return asked

    improved(problem, tuple((2 * v, 2 * v + 1) for v in range(60)), Watched(monotonic() + 0.5), 0)
