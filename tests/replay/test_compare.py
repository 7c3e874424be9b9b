"""Means, intervals and paired differences, small enough to do in the head."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.replay.compare import estimate, over_days, paired
from dispatch.replay.kpis import Kpis

ONE = Kpis(
    asked=10,
    express=8,
    other_modes=1,
    left=1,
    absent=0,
    cancelled=0,
    on_time_pct=100.0,
    late=0,
    unserved=0,
    worst_late_min=0.0,
    promise_min=120.0,
    drops=8,
    min_per_drop=15.0,
    wait_per_drop=1.0,
    km_per_drop=3.0,
    g_per_drop=300.0,
    shop_wait_min=0.5,
    shop_wait_p90_min=2.0,
    courier_use_pct=50.0,
    silent_changes=0,
    next_stop_changes=2,
    moved_stops=5,
    handed_over=0,
    told_late=0,
    sent_to_wait=0,
    click_to_door_min=90.0,
    click_to_door_p90_min=150.0,
)


def test_three_days_give_a_mean_and_a_wide_interval() -> None:
    found = estimate([1.0, 2.0, 3.0])
    assert found.mean == 2.0
    # 4.303 is Student's t for two degrees of freedom; the spread is 1.
    assert found.low == pytest.approx(2 - 4.303 / 3**0.5, abs=0.001)
    assert found.high == pytest.approx(2 + 4.303 / 3**0.5, abs=0.001)


def test_one_day_says_nothing_of_others() -> None:
    assert (estimate([7.0]).low, estimate([7.0]).high) == (None, None)
    with pytest.raises(ValueError, match="no value"):
        estimate([])


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20))
def test_the_mean_is_inside_its_interval(values: list[float]) -> None:
    found = estimate(values)
    assert found.low is not None and found.high is not None
    assert found.low <= found.mean <= found.high


def test_a_day_without_a_figure_is_left_out_of_its_mean() -> None:
    days = [ONE, replace(ONE, min_per_drop=None), replace(ONE, min_per_drop=17.0)]
    assert over_days(days)["min_per_drop"].mean == 16.0
    assert over_days(days)["min_per_drop"].days == 2
    assert over_days(days)["asked"].days == 3


def test_differences_are_taken_day_by_day() -> None:
    busy = replace(ONE, min_per_drop=30.0)
    ours = [ONE, busy]
    theirs = [replace(ONE, min_per_drop=16.0), replace(ONE, min_per_drop=31.0)]
    found = paired(ours, theirs)["min_per_drop"]
    # A minute more on each day: the days differ by fifteen, the difference by nothing.
    assert (found.mean, found.low, found.high) == (1.0, 1.0, 1.0)


def test_days_without_a_partner_are_refused() -> None:
    with pytest.raises(ValueError):
        paired([ONE], [ONE, ONE])
