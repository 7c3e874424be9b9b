"""How a town orders: counts, and how much of them is believed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.ids import MerchantId
from dispatch.core.places import Place
from dispatch.operations.past_orders import (
    DOUBT,
    DayKind,
    Past,
    PastOrder,
    kind_of_day,
    past_of,
)
from dispatch.slots.calendar import Calendar

HERE = Calendar()
MONDAY = date(2026, 11, 23)
BAKER = (MerchantId("baker"),)
BOTH = (MerchantId("baker"), MerchantId("florist"))


def asked(day: date, hour: int, shops: tuple[MerchantId, ...] = BAKER, door: int = 0) -> PastOrder:
    """An order at *hour* o'clock of the wall, winter time, from the *door*-th square northwards."""
    at = datetime(day.year, day.month, day.day, hour - 1, 30, tzinfo=UTC)
    return PastOrder(at, shops, Place(44.5012 + door / 100, 0.1987))


def weekdays(counts: Sequence[int], hour: int = 10) -> Past:
    """So many orders on each weekday from a Monday on."""
    days = (MONDAY + timedelta(days=n) for n in range(len(counts)))
    return past_of(
        [(day, [asked(day, hour)] * count) for day, count in zip(days, counts, strict=True)], HERE
    )


def test_what_nobody_ever_ordered_is_not_expected() -> None:
    assert Past().rates(DayKind.WEEKDAY) == {}
    assert weekdays([0, 0, 0]) == Past()


def test_a_holiday_is_a_sunday() -> None:
    assert kind_of_day(date(2026, 11, 11), HERE) is DayKind.SUNDAY
    assert kind_of_day(date(2026, 11, 28), HERE) is DayKind.SATURDAY
    assert kind_of_day(date(2026, 11, 29), HERE) is DayKind.SUNDAY
    assert kind_of_day(MONDAY, HERE) is DayKind.WEEKDAY


def test_one_order_on_one_day_is_hardly_believed_and_four_a_day_for_weeks_are() -> None:
    once = weekdays([1]).rates(DayKind.WEEKDAY)[BAKER, 10]
    usual = past_of([(day, [asked(day, 10)] * 4) for day in _weekdays_of(12)], HERE).rates(
        DayKind.WEEKDAY
    )[BAKER, 10]

    # One in a day, beside five days of doubt, twice.
    assert once == pytest.approx((1 + DOUBT * (1 + DOUBT / 6) / 6) / 6)
    assert once < 0.43
    assert 3.6 < usual < 4


def _weekdays_of(weeks: int) -> list[date]:
    return [MONDAY + timedelta(weeks=week, days=n) for week in range(weeks) for n in range(5)]


def test_a_kind_of_day_nobody_has_seen_is_like_the_others_and_less() -> None:
    past = weekdays([4] * 5)
    saturday, weekday = past.rates(DayKind.SATURDAY), past.rates(DayKind.WEEKDAY)

    assert 0 < saturday[BAKER, 10] < weekday[BAKER, 10]


def test_days_before_the_first_order_say_nothing_and_empty_ones_after_it_do() -> None:
    assert weekdays([0, 0, 2]).days == {DayKind.WEEKDAY: 1}
    assert weekdays([2, 0, 0]).days == {DayKind.WEEKDAY: 3}


def test_hours_are_the_walls_on_both_sides_of_the_clock_change() -> None:
    summer, winter = date(2026, 10, 23), date(2026, 10, 26)
    at = [datetime(one.year, one.month, one.day, 9, tzinfo=UTC) for one in (summer, winter)]
    past = past_of(
        [
            (day, [PastOrder(when, BAKER, Place(44.5, 0.2))])
            for day, when in zip((summer, winter), at, strict=True)
        ],
        HERE,
    )

    assert {hour for _, _, hour in past.orders} == {11, 10}


def test_a_door_is_a_square_kilometre_and_shops_bought_together_are_one_word() -> None:
    past = past_of([(MONDAY, [asked(MONDAY, 10, BOTH[::-1])])], HERE)

    assert past.doors == {(BOTH, Place(44.5, 0.2)): 1}
    assert set(past.orders) == {(BOTH, DayKind.WEEKDAY, 10)}


def test_a_shop_sells_where_it_sold_and_a_little_wherever_the_town_buys() -> None:
    far = [asked(MONDAY, 10, BOTH, door=3)] * 20
    doors = past_of([(MONDAY, [asked(MONDAY, 10)] * 20 + far)], HERE).doors_of(BAKER)

    assert doors[Place(44.5, 0.2)] == pytest.approx((20 + DOUBT / 2) / (20 + DOUBT))
    assert doors[Place(44.53, 0.2)] == pytest.approx(DOUBT / 2 / (20 + DOUBT))


@given(st.lists(st.integers(0, 6), min_size=1, max_size=20), st.sampled_from(list(DayKind)))
def test_rates_are_never_above_what_was_seen_at_most(counts: list[int], kind: DayKind) -> None:
    rates = weekdays(counts).rates(kind)

    assert all(0 < rate <= max(counts) for rate in rates.values())
    assert bool(rates) is any(counts)


@given(
    st.lists(st.tuples(st.sampled_from([BAKER, BOTH]), st.integers(0, 4)), min_size=1, max_size=30)
)
def test_doors_add_up_to_one(orders: list[tuple[tuple[MerchantId, ...], int]]) -> None:
    past = past_of([(MONDAY, [asked(MONDAY, 10, s, door) for s, door in orders])], HERE)

    assert sum(past.doors_of(BAKER).values()) == pytest.approx(1)


def test_a_count_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="days: a count is negative"):
        Past(days={DayKind.WEEKDAY: -1})
