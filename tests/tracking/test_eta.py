from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dispatch.tracking.eta import Forecast, forecast
from dispatch.tracking.tours import Stop, StopState
from tests.tracking.stops import at, stop, window


def timed(*stops: Stop, legs_min: tuple[int, ...], free: float, now: float) -> list[Forecast]:
    legs_s = [60 * leg for leg in legs_min]
    return list(forecast(stops, legs_s, leaves_at=at(free), now=at(now)))


def shown(found: list[Forecast]) -> list[tuple[float, float, float]]:
    """Minutes after ten: leaves for it, begins there, leaves it."""
    return [
        tuple(
            (moment - at(0)).total_seconds() / 60
            for moment in (f.depart_at, f.begin_at, f.leave_at)
        )  # type: ignore[misc]
        for f in found
    ]


def test_ride_and_serve_ride_and_serve() -> None:
    found = timed(stop("a"), stop("b"), legs_min=(5, 3), free=0, now=0)
    assert shown(found) == [(0, 5, 7), (7, 10, 12)]


def test_a_courier_leaves_in_time_to_be_five_minutes_early() -> None:
    later = stop("a", windows=(window(20, 60),))
    assert shown(timed(later, legs_min=(5,), free=0, now=0)) == [(10, 20, 22)]


def test_a_courier_who_left_early_waits_at_the_door_until_the_window_opens() -> None:
    early = replace(stop("a", windows=(window(20, 60),)), departed_at=at(0))
    assert shown(timed(early, legs_min=(5,), free=0, now=0)) == [(0, 20, 22)]


def test_a_courier_who_misses_the_morning_waits_for_the_afternoon() -> None:
    shop = stop("a", windows=(window(0, 5), window(30, 60)))
    # 10:05 is the instant the shop closes: one minute sooner would have done.
    assert shown(timed(shop, legs_min=(5,), free=0, now=0)) == [(20, 30, 32)]
    assert shown(timed(shop, legs_min=(4,), free=0, now=0)) == [(0, 4, 6)]


def test_after_the_last_window_a_stop_is_still_forecast() -> None:
    shop = stop("a", windows=(window(0, 5),))
    assert shown(timed(shop, legs_min=(9,), free=0, now=0)) == [(0, 9, 11)]


def test_nobody_leaves_for_a_stop_before_it_is_handed_out() -> None:
    assert shown(timed(stop("a", published=30), legs_min=(5,), free=0, now=0)) == [(30, 35, 37)]


def test_a_stop_not_handed_out_yet_is_left_for_now_at_the_earliest() -> None:
    waiting = stop("a", published=None)
    assert shown(timed(waiting, legs_min=(5,), free=0, now=12)) == [(12, 17, 19)]


def test_what_has_not_happened_has_not_happened_before_now() -> None:
    """Free since ten, five minutes away, and still not there at a quarter past."""
    assert shown(timed(stop("a"), legs_min=(5,), free=0, now=15)) == [(0, 15, 17)]


def test_a_courier_on_the_spot_began_on_arrival() -> None:
    there = stop("a", state=StopState.ARRIVED, service_min=10)
    # Five minutes away and free at ten: rang at 10:05 and will be done at 10:15.
    assert shown(timed(there, legs_min=(5,), free=0, now=8)) == [(0, 5, 15)]


def test_a_courier_who_was_quicker_than_forecast_arrived_by_now() -> None:
    there = stop("a", state=StopState.ARRIVED)
    assert shown(timed(there, legs_min=(5,), free=0, now=3)) == [(0, 3, 5)]


def test_a_courier_still_on_the_spot_has_not_left_it() -> None:
    there = stop("a", state=StopState.ARRIVED)
    found = timed(there, stop("b"), legs_min=(5, 4), free=0, now=30)
    assert shown(found) == [(0, 5, 30), (30, 34, 36)]


def test_of_two_doors_at_one_counter_the_second_begins_when_the_first_is_over() -> None:
    here, too = (stop(name, state=StopState.ARRIVED, service_min=10) for name in "ab")
    assert shown(timed(here, too, legs_min=(5, 0), free=0, now=6)) == [(0, 5, 15), (15, 15, 25)]


SOME_STOPS = st.lists(
    st.tuples(
        st.integers(0, 40),  # leg
        st.integers(0, 15),  # service
        st.one_of(st.none(), st.integers(-30, 60)),  # published
        st.integers(-30, 120),  # opens
        st.integers(1, 60),  # for so long
        st.sampled_from([StopState.OPEN, StopState.ARRIVED]),
    ),
    max_size=6,
)


@given(SOME_STOPS, st.integers(-30, 60), st.integers(-30, 60))
def test_time_never_runs_backwards_on_a_tour(
    drawn: list[tuple[int, int, int | None, int, int, StopState]], free: int, now: int
) -> None:
    stops = [
        stop(
            str(n),
            service_min=service,
            published=published,
            windows=(window(opens, opens + lasts),),
            state=state,
        )
        for n, (_, service, published, opens, lasts, state) in enumerate(drawn)
    ]
    found = timed(*stops, legs_min=tuple(d[0] for d in drawn), free=free, now=now)
    assert len(found) == len(stops)
    instants = [at(free)]
    for one, timing in zip(stops, found, strict=True):
        instants += [timing.depart_at, timing.begin_at, timing.leave_at]
        assert timing.leave_at >= at(now)
        assert timing.leave_at >= timing.begin_at + timedelta(seconds=one.service_s)
        if one.state is StopState.OPEN:
            assert timing.begin_at >= at(now)
    assert all(earlier <= later for earlier, later in pairwise(instants))


@given(SOME_STOPS, st.integers(-30, 60), st.integers(0, 60))
def test_a_courier_free_later_is_nowhere_sooner(
    drawn: list[tuple[int, int, int | None, int, int, StopState]], free: int, delay: int
) -> None:
    stops = [stop(str(n), service_min=d[1], published=d[2]) for n, d in enumerate(drawn)]
    legs_min = tuple(d[0] for d in drawn)
    on_time = timed(*stops, legs_min=legs_min, free=free, now=0)
    late = timed(*stops, legs_min=legs_min, free=free + delay, now=0)
    assert all(a.begin_at <= b.begin_at for a, b in zip(on_time, late, strict=True))


def test_a_courier_on_the_spot_who_set_off_late_did_not_arrive_early() -> None:
    there = replace(stop("a", state=StopState.ARRIVED), departed_at=at(30))
    assert shown(timed(there, legs_min=(5,), free=0, now=36)) == [(30, 35, 37)]
