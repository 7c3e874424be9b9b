from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dispatch.core.errors import Invalid
from dispatch.routing.aim import aimed
from dispatch.routing.latest_start import latest_start_s
from dispatch.routing.problem import Problem
from dispatch.routing.schedule import schedule
from tests.routing.towns import courier, days, errand, halt, town

"""
0 . . B . . . x          B the bakery at 3, x a customer at 7; one house = one tick
"""


def test_a_tour_may_wait_until_its_promise_is_just_kept() -> None:
    assert latest_start_s(town(errand("bread", halt(3), halt(7, due=20))), 0, (0, 1)) == 13


def test_less_a_buffer() -> None:
    bread = town(errand("bread", halt(3), halt(7, due=20)))
    assert latest_start_s(aimed(bread, 5), 0, (0, 1)) == 8


def test_a_promise_that_cannot_be_kept_waits_for_nothing() -> None:
    assert latest_start_s(town(errand("bread", halt(3), halt(7, due=5))), 0, (0, 1)) == 0


def test_a_buffer_that_is_lost_already_is_not_lost_further() -> None:
    bread = town(errand("bread", halt(3), halt(7, due=10)))
    assert latest_start_s(aimed(bread, 5), 0, (0, 1)) == 0


def test_a_closing_shop_and_the_end_of_a_shift_do_not_wait() -> None:
    closing = errand("bread", halt(3, windows=((0, 9),)), halt(7, due=500))
    assert latest_start_s(town(closing), 0, (0, 1)) == 6
    open_ended = errand("bread", halt(3), halt(7))
    assert latest_start_s(town(open_ended, vehicles=(courier(until=30),)), 0, (0, 1)) == 23


def test_waiting_at_a_shop_that_opens_later_is_time_to_spare() -> None:
    opens = errand("bread", halt(3, windows=((10, 99),)), halt(7, due=14))
    assert latest_start_s(town(opens), 0, (0, 1)) == 7


def test_no_tour_has_no_start() -> None:
    with pytest.raises(Invalid, match="no tour"):
        latest_start_s(town(), 0, ())


@settings(max_examples=25, deadline=None)
@given(days(max_jobs=3, max_pickups=2, max_vehicles=1), st.integers(0, 10))
def test_setting_out_then_is_safe_and_a_tick_later_is_not(problem: Problem, buffer_s: int) -> None:
    problem = aimed(problem, buffer_s)
    nodes = tuple(node for nodes in problem.nodes_of for node in nodes)
    now = schedule(problem, 0, nodes)
    assume(now is not None and now.stops)
    assert now is not None
    vehicle = problem.vehicles[0]

    def loses(from_s: int) -> bool:
        until_s = max(from_s, vehicle.until_s)
        later = replace(problem, vehicles=(replace(vehicle, from_s=from_s, until_s=until_s),))
        tour = schedule(later, 0, nodes)
        if tour is None or tour.end_s > max(vehicle.until_s, now.end_s):
            return True
        for before, after in zip(now.stops, tour.stops, strict=True):
            due_s = problem.visits[before.node].due_s
            if due_s is not None and after.begin_s > max(before.begin_s, due_s):
                return True
        return False

    latest_s = latest_start_s(problem, 0, nodes)
    assert not loses(latest_s)
    assert loses(latest_s + 1)
