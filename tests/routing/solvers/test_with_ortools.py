"""The library's own answers, before the house completes or replaces them.

``solve`` falls back on greedy when the library's answer breaks a rule, so a mistake in
what the library is told would only cost quality there.  Here it fails.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from dispatch.routing.problem import Job, Problem, Weights
from dispatch.routing.solvers import with_ortools
from dispatch.routing.solvers.complete import Sequences, first_broken, left_out, total_cost
from tests.routing.towns import courier, days, errand, halt, town

SEARCH_S = 0.05


def raw(problem: Problem, start: Sequences | None = None) -> Sequences:
    return with_ortools._Model(problem, 0).search(start, SEARCH_S)


@settings(max_examples=40, deadline=None)
@given(days())
def test_the_library_keeps_every_rule_by_itself(problem: Problem) -> None:
    if problem.jobs:
        assert first_broken(problem, raw(problem)) is None


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


def test_the_library_knows_what_a_vehicle_costs() -> None:
    jobs = (errand("west", halt(10), halt(0)), errand("east", halt(10), halt(20)))
    two = (courier("lea", start=10), courier("tom", start=10))
    cheap = town(*jobs, vehicles=two)
    dear = replace(cheap, weights=Weights(vehicle_used=1000))
    assert sum(bool(nodes) for nodes in raw(cheap)) == 2
    assert sum(bool(nodes) for nodes in raw(dear)) == 1


def test_the_library_knows_what_lateness_costs() -> None:
    """Near first is 7 ticks shorter, but then the far one, due at 10, is 4 late."""
    near = errand("near", halt(9), halt(9, service=2))
    far = errand("far", halt(10), halt(0, due=10))
    problem = town(near, far, vehicles=(courier(start=10),))
    found = raw(problem)
    assert total_cost(problem, found) == 10 + 9


def test_a_worse_find_never_replaces_a_better_start(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = town(errand("a", halt(2), halt(3)), errand("b", halt(4), halt(5)))
    worse: Sequences = ((2, 3, 0, 1),)
    monkeypatch.setattr(with_ortools, "_searched", lambda *_: worse)
    monkeypatch.setattr(with_ortools, "improved_one_by_one", lambda _, tours, __: tours)
    plan = with_ortools.solve(problem, budget_s=0.2, start=[(0, 1, 2, 3)])
    assert plan.cost.total == 5


def test_an_answer_that_breaks_a_rule_is_thrown_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dropping on the way and fetching at the end would be shorter."""
    problem = town(errand("a", halt(5), halt(2)))
    monkeypatch.setattr(with_ortools, "_searched", lambda *_: ((1, 0),))
    plan = with_ortools.solve(problem, budget_s=0.2)
    assert [tour.nodes for tour in plan.tours] == [(0, 1)]
