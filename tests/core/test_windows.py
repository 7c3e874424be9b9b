"""Windows are half open and UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.windows import TimeWindow, seconds_between

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)


def hours(first: int, last: int) -> TimeWindow:
    return TimeWindow(NINE + timedelta(hours=first), NINE + timedelta(hours=last))


spans = st.tuples(st.integers(0, 10), st.integers(1, 5)).map(lambda p: hours(p[0], p[0] + p[1]))


def test_the_opening_instant_is_inside_and_the_closing_one_is_not() -> None:
    window = hours(0, 1)
    assert window.opens_at in window
    assert window.closes_at not in window


def test_windows_that_only_touch_share_nothing() -> None:
    assert hours(0, 1).meet(hours(1, 2)) is None


def test_two_windows_share_their_overlap() -> None:
    assert hours(0, 3).meet(hours(2, 5)) == hours(2, 3)


@given(spans, spans)
def test_meeting_is_the_same_from_both_sides_and_lies_in_both(a: TimeWindow, b: TimeWindow) -> None:
    shared = a.meet(b)
    assert shared == b.meet(a)
    for n in range(16):
        instant = NINE + timedelta(hours=n)
        assert (instant in a and instant in b) is (shared is not None and instant in shared)


def test_an_empty_window_is_refused() -> None:
    with pytest.raises(ValueError, match="window is empty"):
        hours(1, 1)


def test_a_window_in_local_time_is_refused() -> None:
    paris = NINE.astimezone(ZoneInfo("Europe/Paris"))
    with pytest.raises(ValueError, match="not UTC"):
        TimeWindow(paris, paris + timedelta(hours=1))


def test_seconds_are_rounded_down_on_both_sides_of_the_origin() -> None:
    half_past = timedelta(milliseconds=1500)
    assert seconds_between(NINE, NINE + half_past) == 1
    assert seconds_between(NINE, NINE - half_past) == -2
