"""Shops keep wall-clock hours; we count real minutes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import opening_hours as osm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.core.civil import clock_text, instant_at, local_day
from dispatch.core.errors import Invalid
from dispatch.slots.calendar import Calendar, OpeningHours

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # Sundays
ARMISTICE = date(2026, 11, 11)  # a Wednesday
LUNCH_BREAK = OpeningHours("Tu-Sa 09:00-12:00,14:00-19:00")
EVERY_DAY = OpeningHours("Mo-Su 09:00-12:00,14:00-19:00")
BAR = OpeningHours("Mo-Su 22:00-02:00")
NIGHT = OpeningHours("Mo-Su 00:30-04:30")
ALWAYS = OpeningHours("24/7")


def walls(hours: OpeningHours, day: date) -> list[str]:
    return [f"{clock_text(w.opens_at)}-{clock_text(w.closes_at)}" for w in hours.windows(day)]


def at(day: date, clock: str) -> datetime:
    hour, minute = clock.split(":")
    return instant_at(day, int(hour) * 60 + int(minute))


@pytest.mark.parametrize("day", [TUESDAY, SPRING, AUTUMN])
def test_nine_is_nine_on_the_wall_on_every_day_of_the_year(day: date) -> None:
    assert walls(EVERY_DAY, day) == ["09:00-12:00", "14:00-19:00"]


def test_a_closed_monday_has_no_window() -> None:
    assert LUNCH_BREAK.windows(MONDAY) == ()
    assert LUNCH_BREAK.why_closed(MONDAY) == "merchant_closed"
    assert LUNCH_BREAK.next_opening(at(MONDAY, "10:00")) == at(TUESDAY, "09:00")


def test_at_lunch_the_door_is_closed_and_the_day_is_not() -> None:
    assert LUNCH_BREAK.is_open(at(TUESDAY, "11:59"))
    assert not LUNCH_BREAK.is_open(at(TUESDAY, "12:00"))
    assert LUNCH_BREAK.why_closed(at(TUESDAY, "13:00")) == "merchant_closed"
    assert LUNCH_BREAK.why_closed(TUESDAY) is None
    assert LUNCH_BREAK.why_closed(at(TUESDAY, "14:00")) is None


@pytest.mark.parametrize(("day", "real_hours"), [(TUESDAY, 4), (SPRING, 3), (AUTUMN, 5)], ids=str)
def test_a_window_across_a_clock_change_has_its_true_length(day: date, real_hours: int) -> None:
    (window,) = NIGHT.windows(day)
    assert window.closes_at - window.opens_at == timedelta(hours=real_hours)


def test_a_window_inside_the_skipped_hour_does_not_happen_twice() -> None:
    backwards = OpeningHours("Mo-Su 02:15-03:00")  # 02:15 shows as 03:15 that day
    assert backwards.windows(SPRING) == ()
    overlapping = OpeningHours("Mo-Su 01:00-02:30,03:00-04:00").windows(SPRING)
    assert [w.closes_at - w.opens_at for w in overlapping] == [timedelta(hours=2)]


def test_an_overnight_opening_belongs_to_the_evening_it_begins() -> None:
    assert walls(BAR, TUESDAY) == ["22:00-02:00"]
    assert BAR.is_open(at(TUESDAY, "01:59"))  # Monday's night
    assert not BAR.is_open(at(TUESDAY, "02:00"))
    assert BAR.add_open_time(at(TUESDAY, "23:00"), 240) == at(date(2026, 11, 25), "23:00")


def test_a_rule_for_the_next_day_cuts_the_night_at_midnight() -> None:
    saturday = date(2026, 11, 28)
    assert walls(OpeningHours("Mo-Sa 18:00-02:00"), saturday) == ["18:00-02:00"]
    assert walls(OpeningHours("Mo-Sa 18:00-02:00; Su off"), saturday) == ["18:00-00:00"]


def test_a_night_that_runs_into_a_holiday_ends_as_usual_and_the_next_does_not_begin() -> None:
    eve = ARMISTICE - timedelta(days=1)
    assert walls(BAR, eve) == ["22:00-02:00"]
    assert BAR.is_open(at(ARMISTICE, "01:00"))
    assert not BAR.is_open(at(ARMISTICE, "23:00"))


def test_a_shop_that_never_closes_has_one_window_a_day_and_one_endless_opening() -> None:
    assert walls(ALWAYS, TUESDAY) == ["00:00-00:00"]
    openings = list(ALWAYS.openings(at(TUESDAY, "10:00"), 2))
    assert [w.closes_at for w in openings] == [at(TUESDAY + timedelta(days=3), "00:00")]
    closed_once = OpeningHours("24/7", closed_on=frozenset({TUESDAY}))
    assert not closed_once.is_open(at(TUESDAY, "00:00"))
    assert closed_once.is_open(at(TUESDAY + timedelta(days=1), "00:00"))


def test_a_public_holiday_closes_unless_the_text_mentions_it() -> None:
    assert EVERY_DAY.windows(ARMISTICE) == ()
    assert EVERY_DAY.why_closed(ARMISTICE) == "holiday"
    assert EVERY_DAY.why_closed(at(ARMISTICE, "10:00")) == "holiday"
    assert walls(OpeningHours("Mo-Su 09:00-19:00; PH 10:00-12:00"), ARMISTICE) == ["10:00-12:00"]
    assert walls(OpeningHours("Su,PH 09:00-13:00"), ARMISTICE) == ["09:00-13:00"]
    assert OpeningHours("Mo-Su 09:00-19:00; PH off").why_closed(ARMISTICE) == "holiday"


def test_a_ph_rule_changes_nothing_on_an_ordinary_day() -> None:
    assert walls(OpeningHours("Mo-Su 09:00-19:00; PH 10:00-12:00"), TUESDAY) == ["09:00-19:00"]
    assert OpeningHours("PH 10:00-12:00").windows(TUESDAY) == ()


def test_a_shop_closed_on_sundays_is_not_closed_by_a_sunday_holiday() -> None:
    all_saints = date(2026, 11, 1)
    assert LUNCH_BREAK.why_closed(all_saints) == "merchant_closed"


def test_an_exceptional_closing_beats_the_timetable() -> None:
    stocktaking = OpeningHours(LUNCH_BREAK.text, closed_on=frozenset({TUESDAY}))
    assert stocktaking.windows(TUESDAY) == ()
    assert stocktaking.why_closed(TUESDAY) == "merchant_closed"
    assert LUNCH_BREAK.windows(TUESDAY) != ()


def test_alsace_and_moselle_rest_on_boxing_day_and_good_friday_too() -> None:
    boxing_day, good_friday = date(2026, 12, 26), date(2026, 4, 3)
    for day in (boxing_day, good_friday):
        assert Calendar().holiday(day) is None
        assert Calendar("alsace").holiday(day) is not None
        assert Calendar("moselle").holiday(day) is not None
    metz = OpeningHours("Mo-Sa 09:00-19:00; PH 10:00-12:00", calendar=Calendar("moselle"))
    assert walls(metz, boxing_day) == ["10:00-12:00"]


def test_holidays_have_their_french_names() -> None:
    assert Calendar().holiday(date(2026, 12, 25)) == "Noël"


def test_the_post_works_from_monday_to_saturday_but_not_on_holidays() -> None:
    assert Calendar().is_postal(date(2026, 11, 28))  # Saturday
    assert not Calendar().is_postal(date(2026, 11, 29))  # Sunday
    assert not Calendar().is_postal(ARMISTICE)
    assert Calendar().postal_day_from(date(2026, 12, 25)) == date(2026, 12, 26)


def test_an_unknown_region_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Invalid, match=r"'bretagne' is unknown; known.*metropole"):
        Calendar("bretagne")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("lundi 9-12", "character 1, near 'lundi"),
        ("Mo-Sa 9h-12h", "character 7, near '9h-12h'"),
        ("Mo-Sa 09:00-12:30; xx", "near 'xx'"),
        ("Mo-Sa 09:00-", "near|too soon"),
        ('Mo-Sa 09:00-12:30 "sur rendez-vous"', "comment"),
        ("Mo-Fr unknown", "open or it is not"),
        ("SH 09:00-12:00", "school holidays"),
        ("Mo-Fr 09:00-sunset", "sun is not a clock"),
        ("Mo-Fr 09:00+", "closing time"),
        ("Mo-Fr 09:00-12:00; PH -1 day off", "write PH like a weekday"),
    ],
)
def test_hours_nobody_can_promise_on_are_refused_in_words_a_merchant_can_use(
    text: str, message: str
) -> None:
    with pytest.raises(Invalid, match=message) as refused:
        OpeningHours(text)
    assert refused.value.field == "hours"


def test_the_place_where_reading_stopped_is_a_fact_a_page_can_underline() -> None:
    with pytest.raises(Invalid) as refused:
        OpeningHours("Mo-Sa 9h-12h")
    assert refused.value.facts == {"column": 7}


def test_a_shop_that_is_always_off_has_no_next_opening() -> None:
    never = OpeningHours("off")
    assert not never.ever_open
    assert never.next_opening(at(TUESDAY, "10:00")) is None
    assert never.add_open_time(at(TUESDAY, "10:00"), 0) is None
    assert OpeningHours("PH 10:00-12:00").ever_open


def test_counting_skips_the_lunch_break_and_the_night() -> None:
    assert LUNCH_BREAK.add_open_time(at(TUESDAY, "11:00"), 120) == at(TUESDAY, "15:00")
    wednesday = TUESDAY + timedelta(days=1)
    assert LUNCH_BREAK.add_open_time(at(TUESDAY, "18:00"), 120) == at(wednesday, "10:00")
    assert LUNCH_BREAK.add_open_time(at(MONDAY, "08:00"), 30) == at(TUESDAY, "09:30")


def test_the_last_minute_of_opening_ends_at_the_closing_instant() -> None:
    assert LUNCH_BREAK.add_open_time(at(TUESDAY, "11:00"), 60) == at(TUESDAY, "12:00")


def test_counting_gives_up_after_the_days_it_was_given() -> None:
    assert LUNCH_BREAK.add_open_time(at(TUESDAY, "09:00"), 8 * 60 + 1, within_days=0) is None
    assert LUNCH_BREAK.add_open_time(at(TUESDAY, "09:00"), 8 * 60, within_days=0) is not None


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 minutes"):
        ALWAYS.add_open_time(at(TUESDAY, "09:00"), -1)


TIMETABLES = (
    LUNCH_BREAK,
    EVERY_DAY,
    BAR,
    NIGHT,
    ALWAYS,
    OpeningHours("Sa 20:00-04:00; Su 03:00-06:00,10:00-12:00; Tu-We 09:00-12:00; PH 10:00-11:00"),
    OpeningHours("Mo-Su 22:00-03:30", closed_on=frozenset({SPRING, TUESDAY})),
)
timetables = st.sampled_from(TIMETABLES)
minutes = st.integers(0, 600)
starts = st.builds(
    lambda day, minute: instant_at(day, 0) + timedelta(minutes=minute),
    st.sampled_from([SPRING, AUTUMN, TUESDAY, ARMISTICE]),
    st.integers(-1440, 2880),
)


def _minute_by_minute(hours: OpeningHours, start: datetime, wanted: int) -> datetime | None:
    """Walk the clock: each minute the door is open counts one."""
    instant = start
    while not hours.is_open(instant):
        instant += timedelta(minutes=1)
        if instant > start + timedelta(days=4):
            return None
    while wanted:
        wanted -= hours.is_open(instant)
        instant += timedelta(minutes=1)
        if instant > start + timedelta(days=8):
            return None
    return instant


@settings(max_examples=60, deadline=None)
@given(timetables, starts, minutes)
def test_counting_opening_time_equals_walking_the_clock_minute_by_minute(
    hours: OpeningHours, start: datetime, wanted: int
) -> None:
    assert hours.add_open_time(start, wanted) == _minute_by_minute(hours, start, wanted)


@settings(deadline=None)
@given(timetables, starts, minutes, minutes, minutes)
def test_starting_later_or_counting_more_never_ends_sooner(
    hours: OpeningHours, start: datetime, later: int, wanted: int, more: int
) -> None:
    base = hours.add_open_time(start, wanted)
    pushed = hours.add_open_time(start + timedelta(minutes=later), wanted)
    longer = hours.add_open_time(start, wanted + more)
    assert base is not None
    assert pushed is not None
    assert longer is not None
    assert base <= min(pushed, longer)


@settings(deadline=None)
@given(timetables, starts)
def test_openings_are_in_order_never_touch_and_are_where_the_door_is_open(
    hours: OpeningHours, start: datetime
) -> None:
    openings = list(hours.openings(start, 3))
    for before, after in pairwise(openings):
        assert before.closes_at < after.opens_at
    for opening in openings:
        assert hours.is_open(opening.opens_at)
        if opening.opens_at > start:
            assert not hours.is_open(opening.opens_at - timedelta(seconds=1))
        assert hours.is_open(opening.closes_at - timedelta(seconds=1))
        assert local_day(opening.opens_at) <= local_day(start) + timedelta(days=3)


@settings(deadline=None)
@given(timetables, starts)
def test_the_next_opening_is_open_and_no_minute_before_it_is(
    hours: OpeningHours, start: datetime
) -> None:
    opening = hours.next_opening(start)
    assert opening is not None
    assert hours.is_open(opening)
    instant = start
    while instant < opening:
        assert not hours.is_open(instant)
        instant += timedelta(minutes=7)


@settings(deadline=None)
@given(st.sampled_from([t for t in TIMETABLES if not t.closed_on]), st.integers(0, 7 * 1440 - 1))
def test_in_an_ordinary_week_the_door_is_open_when_the_text_says_so(
    hours: OpeningHours, minute: int
) -> None:
    """Cutting openings into days, one by one, neither loses nor adds a minute."""
    wall = datetime.combine(MONDAY, datetime.min.time()) + timedelta(minutes=minute)
    assert hours.is_open(instant_at(MONDAY, minute)) is osm.OpeningHours(hours.text).is_open(wall)


def test_equal_timetables_are_one_value() -> None:
    again = OpeningHours(LUNCH_BREAK.text)
    assert again == LUNCH_BREAK
    assert again.windows(TUESDAY) is LUNCH_BREAK.windows(TUESDAY)  # remembered once
    assert all(w.opens_at.tzinfo is UTC for w in again.windows(TUESDAY))


def test_an_opening_that_ends_when_it_begins_is_refused() -> None:
    with pytest.raises(Invalid, match="empty"):
        OpeningHours("Mo-Sa 09:30-09:30")
