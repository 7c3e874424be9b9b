from __future__ import annotations

from dataclasses import replace

import numpy as np

from dispatch.core.places import UNREACHABLE_S
from dispatch.core.reasons import Refusal
from dispatch.routing.plan import Cost, Unserved
from dispatch.routing.problem import Job, Weights
from dispatch.routing.schedule import cost_of, schedule
from dispatch.routing.spans import first_allowed, last_allowed
from tests.routing.towns import courier, errand, halt, street, town

"""
0 . . B . . . x          B the bakery at 3, x a customer at 7; one house = one tick
"""
BREAD = errand("bread", halt(3, service=2), halt(7, service=1))


def test_a_tour_leaves_at_once_and_takes_the_time_it_takes() -> None:
    tour = schedule(town(BREAD), 0, (0, 1))
    assert tour is not None
    assert [(s.arrive_s, s.begin_s, s.leave_s) for s in tour.stops] == [(3, 3, 5), (9, 9, 10)]
    assert tour.end_s == 10


def test_a_vehicle_that_must_come_back_ends_at_its_base() -> None:
    tour = schedule(town(BREAD, vehicles=(courier(end=0),)), 0, (0, 1))
    assert tour is not None and tour.end_s == 17


def test_a_closed_door_is_waited_for_until_the_next_window() -> None:
    lunch = errand("lunch", halt(3), halt(7, windows=((0, 5), (20, 30))))
    tour = schedule(town(lunch), 0, (0, 1))
    assert tour is not None
    assert (tour.stops[1].arrive_s, tour.stops[1].begin_s) == (7, 20)


def test_both_ends_of_a_window_belong_to_it() -> None:
    windows = ((2, 4), (8, 9))
    assert [first_allowed(windows, t) for t in (0, 4, 5, 9, 10)] == [2, 4, 8, 9, None]
    assert [last_allowed(windows, t) for t in (1, 2, 5, 8, 99)] == [None, 2, 4, 8, 9]


def test_a_missed_last_window_cannot_be_timed() -> None:
    late = errand("late", halt(3), halt(7, windows=((0, 6),)))
    assert schedule(town(late), 0, (0, 1)) is None


def test_a_leg_without_road_cannot_be_timed() -> None:
    island = street()
    island[7, 0] = island[3, 7] = UNREACHABLE_S
    wide = replace(BREAD, drop=replace(BREAD.drop, windows=((0, 2 * UNREACHABLE_S),)))
    assert schedule(town(wide, travel=(island,)), 0, (0, 1)) is None
    no_way_home = street()
    no_way_home[7, 0] = UNREACHABLE_S
    home = town(BREAD, vehicles=(courier(end=0),), travel=(no_way_home,))
    assert schedule(home, 0, (0, 1)) is None


def test_a_tour_longer_than_the_shift_is_still_timed() -> None:
    tour = schedule(town(BREAD, vehicles=(courier(until=4),)), 0, (0, 1))
    assert tour is not None and tour.end_s == 10


def test_without_stops_nobody_moves_and_nothing_is_paid() -> None:
    away = town(vehicles=(courier(end=20),), weights=Weights(paid_per_s=1, vehicle_used=5))
    tour = schedule(away, 0, ())
    assert tour is not None and (tour.stops, tour.end_s) == ((), 0)
    assert cost_of(away, [tour]) == Cost()


def test_each_term_of_the_price_is_reported_by_name() -> None:
    late = errand("late", halt(3), halt(7, due=5))
    spare = Job("spare", (halt(1),), halt(2), priority=3)
    weights = Weights(unserved=1000, late_per_s=10, travel_per_s=2, paid_per_s=3, vehicle_used=50)
    problem = town(late, spare, vehicles=(courier(end=0),), weights=weights)
    tour = schedule(problem, 0, (0, 1))
    assert tour is not None
    cost = cost_of(problem, [tour], [Unserved("spare", Refusal("solver_gave_up"))])
    assert cost == Cost(unserved=3000, late=20, travel=28, paid=42, vehicles=50)
    assert cost.total == 3140


def test_times_are_plain_integers_that_can_become_json() -> None:
    tour = schedule(town(BREAD), 0, (0, 1))
    assert tour is not None
    assert not isinstance(tour.stops[0].arrive_s, np.integer)
    assert not isinstance(tour.end_s, np.integer)
