"""Marmande's clock shows 24 November as everywhere; twice a year it jumps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.civil import (
    clock_text,
    day_window,
    instant_at,
    local_day,
    local_text,
    minute_of_day,
    parse_instant,
)

EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
instants = st.integers(0, 3 * 365 * 86_400).map(lambda s: EPOCH + timedelta(seconds=s))
NORMAL, SPRING, AUTUMN = date(2026, 11, 24), date(2026, 3, 29), date(2026, 10, 25)


@pytest.mark.parametrize(("day", "hours"), [(NORMAL, 24), (SPRING, 23), (AUTUMN, 25)])
def test_a_day_is_as_long_as_it_really_is(day: date, hours: int) -> None:
    window = day_window(day)
    assert window.closes_at - window.opens_at == timedelta(hours=hours)


@pytest.mark.parametrize("day", [NORMAL, SPRING, AUTUMN])
def test_nine_in_the_morning_is_nine_on_the_wall_every_day(day: date) -> None:
    assert clock_text(instant_at(day, 9 * 60)) == "09:00"


def test_a_skipped_time_is_read_with_the_offset_before_the_change() -> None:
    assert instant_at(SPRING, 150) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert clock_text(instant_at(SPRING, 150)) == "03:30"


def test_a_repeated_time_is_its_first_showing() -> None:
    assert instant_at(AUTUMN, 150) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_midnight_at_the_end_is_midnight_of_the_next_day() -> None:
    assert instant_at(NORMAL, 1440) == instant_at(date(2026, 11, 25), 0)
    assert instant_at(NORMAL, 1440 + 120) == instant_at(date(2026, 11, 25), 120)


@given(instants)
def test_every_instant_lies_in_its_own_local_day(instant: datetime) -> None:
    assert instant in day_window(local_day(instant))


@given(instants)
def test_text_written_for_people_reads_back_as_the_same_second(instant: datetime) -> None:
    assert parse_instant(local_text(instant)) == instant


def test_text_carries_the_offset_of_its_season() -> None:
    assert local_text(instant_at(NORMAL, 540)) == "2026-11-24T09:00:00+01:00"
    assert local_text(instant_at(SPRING, 540)) == "2026-03-29T09:00:00+02:00"


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="no UTC offset"):
        parse_instant("2026-11-24T09:00")


@pytest.mark.parametrize(("text", "minute"), [("00:00", 0), ("09:05", 545), ("24:00", 1440)])
def test_a_time_of_day_is_minutes_after_midnight(text: str, minute: int) -> None:
    assert minute_of_day(text) == minute


@pytest.mark.parametrize("text", ["9h30", "09:60", "24:01", "0930", "", "09:5", "-1:00"])
def test_what_is_not_a_time_of_day_is_refused_and_shown(text: str) -> None:
    with pytest.raises(ValueError, match="not a time of day") as refused:
        minute_of_day(text)
    assert repr(text) in str(refused.value)
