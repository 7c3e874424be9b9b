"""The library's own answers, before the house completes or replaces them.

``solve`` mends what breaks a rule and falls back on greedy, so a mistake in what the
library is told would only cost quality there.  Here it fails.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings

from dispatch.routing.problem import Job, Problem, Sequences, Weights
from dispatch.routing.solvers import with_ortools
from dispatch.routing.solvers.complete import (
    completed,
    first_broken,
    left_out,
    total_cost,
)
from dispatch.routing.solvers.ortools_model import LibraryModel
from dispatch.routing.work import Break
from tests.routing.special_towns import special_days
from tests.routing.towns import courier, days, errand, halt, town

SEARCH_S = 0.05


def raw(problem: Problem, start: Sequences | None = None, seed: int = 0) -> Sequences:
    nothing: Sequences = tuple(() for _ in problem.vehicles)
    model = LibraryModel(problem, seed)
    return with_ortools.searched(model, problem, start or nothing, SEARCH_S)


def price_there(problem: Problem, sequences: Sequences) -> int:
    model = LibraryModel(problem, 0)
    model.routing.CloseModel()
    return int(model.solution(sequences).ObjectiveValue())


@settings(max_examples=25, deadline=None)
@given(days())
def test_the_library_keeps_every_rule_by_itself(problem: Problem) -> None:
    if problem.jobs:
        assert first_broken(problem, raw(problem)) is None


@settings(max_examples=25, deadline=None)
@given(special_days())
def test_the_library_keeps_every_special_rule_but_two_it_reads_more_freely(
    problem: Problem,
) -> None:
    """Stacks of several pickups; and breaks beside rides, which it times as the house may not."""
    if problem.jobs:
        broken = first_broken(problem, raw(problem))
        timed_otherwise = any(vehicle.breaks for vehicle in problem.vehicles) and any(
            job.max_aboard_s is not None for job in problem.jobs
        )
        known = {"not_last_in_first_out", *(["untimed"] if timed_otherwise else [])}
        assert broken is None or broken.rule in known


def test_the_library_never_begins_between_two_windows() -> None:
    """Shut from 4 to 30: the shop at 5 is reached at 5, so the drop at 6 is missed."""
    shut = errand("shut", halt(5, windows=((0, 3), (30, 40))), halt(6, windows=((0, 20),)))
    assert left_out(town(shut), raw(town(shut))) == [0]


def test_the_library_counts_what_is_on_board() -> None:
    cake = Job("cake", (), halt(20, load=3), vehicles=frozenset({0}))
    bread = errand("bread", halt(3, load=2), halt(8, load=2))
    problem = town(cake, bread, vehicles=(courier(capacity=4),))
    assert raw(problem, ((0, 1, 2),)) == ((0, 1, 2),)
    late_cake = replace(cake, drop=halt(20, load=3, windows=((0, 5),)))  # stays on board
    stuck = town(late_cake, bread, vehicles=(courier(capacity=4),))
    assert raw(stuck) == ((),)


def test_the_library_fetches_everything_before_it_drops() -> None:
    """House 9 is the drop: dropping before fetching at 9 would take no time either."""
    both = Job("both", (halt(3), halt(9)), halt(9, load=2))
    problem = town(both, errand("bread", halt(1), halt(2)))
    start = ((0, 1, 2, 3, 4),)
    found = raw(problem, start)
    assert first_broken(problem, found) is None
    assert left_out(problem, found) == []


WEST_EAST = (errand("west", halt(10), halt(0)), errand("east", halt(10), halt(20)))
TWO = (courier("lea", start=10), courier("tom", start=10))


def test_the_library_knows_what_a_vehicle_costs() -> None:
    cheap = town(*WEST_EAST, vehicles=TWO)
    dear = replace(cheap, weights=Weights(vehicle_used=1000))
    assert sum(bool(nodes) for nodes in raw(cheap)) == 2
    assert sum(bool(nodes) for nodes in raw(dear)) == 1


@settings(max_examples=30, deadline=None)
@given(special_days())
def test_the_library_prices_a_plan_as_the_house_does(problem: Problem) -> None:
    """But for breaks, which it takes when they cost least, stops that step back far, and
    vehicles that set out overfull, which it lets drop but never fetch."""
    for v, vehicle in enumerate(problem.vehicles):
        assume(all(a <= c for a, c in zip(problem.aboard(v), vehicle.capacity, strict=True)))
    steady = tuple(replace(vehicle, breaks=()) for vehicle in problem.vehicles)
    weights = replace(problem.weights, churn_per_stop=0)
    problem = replace(problem, vehicles=steady, weights=weights)
    sequences = completed(problem, [()] * len(problem.vehicles))
    if problem.jobs:
        assert price_there(problem, sequences) == total_cost(problem, sequences)


def test_the_library_knows_that_a_counter_is_reached_once() -> None:
    """Both wait at the baker's, where parking takes 5: fetching them one by one pays it twice."""
    counter = replace(halt(10), setup_s=5)
    jobs = [errand(name, counter, halt(house)) for name, house in (("a", 11), ("b", 12))]
    problem = town(*jobs, vehicles=(courier(start=0),))
    assert total_cost(problem, raw(problem)) == 10 + 5 + 2


def test_the_library_takes_the_break_before_a_door_that_opens_late() -> None:
    """The break, from 5 to 15 somehow, fits before the door at 2 opens at 20: nothing is late."""
    pause = Break("noon", ((5, 8),), 10)
    first = errand("first", halt(1), halt(2, windows=((20, 30),), due=20))
    problem = town(first, vehicles=(replace(courier(), breaks=(pause,)),))
    assert raw(problem) == ((0, 1),)
    too_early = errand("early", halt(1), halt(12, windows=((0, 14),)))
    busy = town(too_early, vehicles=(replace(courier(end=0), breaks=(pause,)),))
    assert left_out(busy, raw(busy)) == [0]  # 12 on the road and 10 of rest


def test_the_library_knows_how_long_a_parcel_may_be_on_board() -> None:
    """Fetching both and dropping both is 20; the ice must be there 3 ticks after it is fetched."""
    ice = replace(errand("ice", halt(0), halt(3)), max_aboard_s=2)
    assert left_out(town(ice), raw(town(ice))) == [0]
    in_time = town(replace(ice, max_aboard_s=3))
    assert left_out(in_time, raw(in_time)) == []


def test_the_library_unloads_last_what_it_loaded_first() -> None:
    """Fetched at 0 and 1, wanted at 2 and 3: without a stack nobody turns back."""
    jobs = (errand("a", halt(0), halt(2)), errand("b", halt(1), halt(3)))
    free = town(*jobs)
    stack = replace(free, vehicles=(replace(courier(), lifo=True),))
    assert total_cost(free, raw(free)) == 3
    assert total_cost(stack, raw(stack)) == 4


def test_the_library_leaves_what_is_pinned_where_and_in_the_order_it_is() -> None:
    """Lea does east and then west, though Tom is there and west is on nobody's way."""
    problem = town(*WEST_EAST, vehicles=TWO)
    pinned = replace(problem, pinned=((3, 1), ()))
    (lea, tom) = raw(pinned)
    assert tom == ()
    assert [node for node in lea if node in (1, 3)] == [3, 1]


@pytest.mark.parametrize(
    ("sequences", "moved"),
    [(((0, 1, 2, 3), ()), 0), (((2, 3, 0, 1), ()), 1), (((0, 1), (2, 3)), 2), (((), (2, 3)), 2)],
)
def test_the_library_knows_which_stops_were_published_elsewhere(
    sequences: Sequences, moved: int
) -> None:
    told = replace(town(*WEST_EAST, vehicles=TWO), published=((0, 1, 2, 3), ()))
    free, dear = (replace(told, weights=Weights(churn_per_stop=price)) for price in (0, 500))
    assert price_there(dear, sequences) - price_there(free, sequences) == moved * 500


def test_another_seed_numbers_the_stops_anew_and_the_same_seed_as_before() -> None:
    problem = town(*(errand(f"j{j}", halt(j), halt(20)) for j in range(9)))
    first, again, other = (LibraryModel(problem, seed).node_at for seed in (1, 1, 2))
    assert first == again != other
    assert sorted(first) == sorted(other) == list(range(18))


def test_the_iterations_lead_below_the_first_local_optimum() -> None:
    """24 parcels up and down the street: a descent stays at 108, below 90 is easily found."""
    jobs = [errand(f"j{j}", halt((4 * j) % 21), halt((11 * j + 3) % 21)) for j in range(24)]
    two = (courier("lea", capacity=2), courier("tom", start=20, capacity=3, until=60))
    problem = town(*jobs, vehicles=two)
    start = completed(problem, ((), ()))
    low = with_ortools.descended(LibraryModel(problem, 0), start, 1.0)
    lowest = with_ortools.searched(LibraryModel(problem, 0), problem, low, 0.5)
    assert total_cost(problem, lowest) < total_cost(problem, low) < total_cost(problem, start)


def test_a_worse_find_never_replaces_a_better_start(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = town(errand("a", halt(2), halt(3)), errand("b", halt(4), halt(5)))
    worse: Sequences = ((2, 3, 0, 1),)
    monkeypatch.setattr(with_ortools, "_searched", lambda *_: worse)
    monkeypatch.setattr(with_ortools, "improved_one_by_one", lambda _, tours, __: tours)
    plan = with_ortools.solve(problem, budget_s=0.2, start=[(0, 1, 2, 3)])
    assert plan.cost.total == 5


def test_a_tour_that_breaks_a_rule_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dropping on the way and fetching at the end would be shorter."""
    problem = town(errand("a", halt(5), halt(2)))
    monkeypatch.setattr(with_ortools, "_searched", lambda *_: ((1, 0),))
    plan = with_ortools.solve(problem, budget_s=0.2)
    assert [tour.nodes for tour in plan.tours] == [(0, 1)]


def test_one_bad_tour_does_not_spoil_the_others() -> None:
    """Lea is in the west at 10; Tom, in the east at 10, comes when the door has shut at 5."""
    missed = errand("missed", halt(10), halt(20, windows=((0, 5),)))
    problem = town(WEST_EAST[0], missed, vehicles=TWO)
    assert with_ortools._allowed_part(problem, ((0, 1), (2, 3))) == ((0, 1), ())


def test_nobody_on_time_may_become_late_and_nobody_late_later() -> None:
    """Fetched at 3, dropped at 8: due at 9 closes at 9; due at 6 closes at 8, as it was."""
    for due, closes in ((9, 9), (6, 8)):
        problem = town(errand("bread", halt(3), halt(8, due=due)))
        cut = with_ortools.nobody_later(problem, ((0, 1),))
        assert cut.visits[1].windows == ((0, closes),)
        assert with_ortools.nobody_later(problem, ((),)).visits[1].windows == ((0, 1000),)
