"""What moves is counted, and a price on moving is paid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.common.churn import Day, Point, answered, averaged, published_day
from dispatch.routing.solvers import greedy
from tests.routing.towns import courier, errand, halt, town


def test_new_orders_are_in_nobody_s_published_tour() -> None:
    day = published_day(greedy.solve, 6, 2, 2, seed=1, budget_s=1)

    known = {node for job in range(4) for node in day.problem.nodes_of[job]}
    assert {node for nodes in day.problem.published for node in nodes} <= known
    assert len(day.problem.jobs) == 6
    assert day.published_stops == sum(map(len, day.start)) > 0


def test_a_day_on_which_nothing_was_published_is_refused() -> None:
    with pytest.raises(ValueError, match="3 new orders of 3"):
        published_day(greedy.solve, 3, 3, 2, seed=1, budget_s=1)


def badly_published() -> Day:
    """Léa starts at house 0, Malik at 20: each was given the errand next to the other."""
    near, far = errand("near", halt(1), halt(3)), errand("far", halt(19), halt(17))
    crew = (courier("lea"), courier("malik", start=20))
    published = ((2, 3), (0, 1))
    return Day(replace(town(near, far, vehicles=crew), published=published), published)


def test_moving_for_nothing_saves_the_long_ways() -> None:
    point = answered(badly_published(), 0, greedy.solve, budget_s=1, seed=1)

    assert point == Point(price_s=0, travel_s=3 + 3, late_s=0, left_out=0, moved=4)


def test_nothing_moves_when_moving_is_dearer_than_any_way() -> None:
    point = answered(badly_published(), 100, greedy.solve, budget_s=1, seed=1)

    assert point == Point(price_s=100, travel_s=21 + 21, late_s=0, left_out=0, moved=0)


def test_a_curve_s_point_is_the_mean_of_its_waves() -> None:
    points = [Point(5, 10, 0, 0, 2), Point(5, 20, 4, 1, 0)]

    assert averaged(points) == Point(5, 15, 2, 0.5, 1)
