from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.core.places import Place
from dispatch.tracking.public_view import CourierView, courier_view
from dispatch.tracking.tours import StopKind, StopState, Tour
from tests.tracking.stops import at, stop, tour, window

NOTHING = CourierView(None, False, None)
LIKELY = (at(30), at(50))
SEEN = Place(44.51, 0.17)


def seen(day: Tour) -> Tour:
    return replace(day, seen=SEEN, seen_at=at(0))


MINE_IS_SECOND = seen(tour(stop("theirs", eta=20, departed=0), stop("mine", eta=40)))


@pytest.mark.parametrize(
    ("day", "drop"),
    [
        (None, None),
        (MINE_IS_SECOND, None),
        (MINE_IS_SECOND, "nowhere"),
        (seen(tour(stop("mine", published=None, eta=40))), "mine"),
        (seen(tour(stop("mine", state=StopState.DONE, ended=30, eta=30))), "mine"),
        (seen(tour(stop("mine", state=StopState.FAILED, ended=30, eta=30))), "mine"),
        (seen(tour(stop("mine", StopKind.PICKUP, eta=40))), "mine"),  # a shop's, not a door
    ],
    ids=["no tour", "no door", "unknown", "not handed out", "done", "failed", "a pickup"],
)
def test_before_the_wave_and_after_the_door_there_is_nothing_to_see(
    day: Tour | None, drop: str | None
) -> None:
    assert courier_view(day, drop, at(0), LIKELY) == NOTHING


@pytest.mark.parametrize(("early", "late"), [(30, 50), (31.5, 48), (34.9, 45.1)])
def test_a_forecast_is_shown_in_steps_so_that_a_minute_changes_nothing(
    early: float, late: float
) -> None:
    likely = (at(early), at(late))
    assert courier_view(MINE_IS_SECOND, "mine", at(0), likely).eta == window(30, 50)


def test_a_forecast_is_never_shown_narrower_than_ten_minutes() -> None:
    likely = (at(41), at(42))
    assert courier_view(MINE_IS_SECOND, "mine", at(0), likely).eta == window(40, 50)


@pytest.mark.parametrize(("now", "opens", "closes"), [(35, 35, 50), (45, 45, 55), (90, 90, 100)])
def test_a_forecast_never_begins_in_the_past(now: float, opens: float, closes: float) -> None:
    assert courier_view(MINE_IS_SECOND, "mine", at(now), LIKELY).eta == window(opens, closes)


def test_the_courier_is_hidden_from_a_door_that_is_not_next() -> None:
    view = courier_view(MINE_IS_SECOND, "mine", at(0), LIKELY)
    assert (view.you_next, view.position) == (False, None)


def test_the_courier_is_shown_to_the_door_that_is_next() -> None:
    view = courier_view(MINE_IS_SECOND, "theirs", at(0), LIKELY)
    assert (view.you_next, view.position) == (True, SEEN)


def test_a_courier_who_has_not_left_yet_is_not_on_the_way() -> None:
    view = courier_view(seen(tour(stop("mine", eta=40))), "mine", at(0), LIKELY)
    assert (view.you_next, view.position) == (False, None)


def test_a_courier_last_seen_at_another_customer_s_door_is_not_shown() -> None:
    before = stop("theirs", state=StopState.DONE, ended=10)
    day = tour(before, stop("mine", eta=40, departed=10))
    at_their_door = replace(day, seen=SEEN, seen_at=at(10))
    assert courier_view(at_their_door, "mine", at(11), LIKELY).position is None
    on_the_road = replace(day, seen=SEEN, seen_at=at(12))
    assert courier_view(on_the_road, "mine", at(13), LIKELY).position == SEEN


def test_a_courier_last_seen_at_a_counter_is_shown() -> None:
    before = stop("shop", StopKind.PICKUP, state=StopState.DONE, ended=10)
    day = replace(tour(before, stop("mine", eta=40, departed=10)), seen=SEEN, seen_at=at(10))
    assert courier_view(day, "mine", at(11), LIKELY).position == SEEN


def test_a_forecast_never_begins_before_the_promise() -> None:
    mine = stop("mine", windows=(window(38, 90),))
    assert courier_view(tour(mine), "mine", at(0), LIKELY).eta == window(38, 50)


def test_a_stop_nobody_has_timed_has_no_forecast() -> None:
    assert courier_view(tour(stop("mine")), "mine", at(0), None) == NOTHING
