"""The four modes, asked through one door."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.core.civil import clock_text, instant_at, local_day, parse_instant
from dispatch.core.ids import MerchantId
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.slots.calendar import Calendar, OpeningHours
from dispatch.slots.promises import (
    Pickup,
    Promise,
    collect_promise,
    merchant_promise,
    promise_for,
    promises_for,
    standard_promise,
)
from dispatch.slots.service_levels import Mode, ServiceLevel, service_levels
from dispatch.slots.shops import OwnDelivery, Shop

MONDAY, TUESDAY, ARMISTICE = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 11)
LEVELS = service_levels()
COLLECT, STANDARD, MERCHANT = (LEVELS[m] for m in (Mode.COLLECT, Mode.STANDARD, Mode.MERCHANT))
FRANCE = Calendar()
LUNCH_BREAK = OpeningHours("Tu-Sa 09:00-12:00,14:00-19:00")
CALENDAR_DAYS = replace(STANDARD, counted_in="calendar")
BAKERY = Shop(MerchantId("bakery"), LUNCH_BREAK, 30)
FLORIST = Shop(
    MerchantId("florist"),
    LUNCH_BREAK,
    30,
    frozenset(Mode),
    OwnDelivery(OpeningHours("Tu-Sa 14:00-18:00"), lead_min=60, radius_m=5000),
)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return instant_at(day, hour * 60 + minute)


def promised(answer: Promise | Refusal) -> Promise:
    assert isinstance(answer, Promise)
    return answer


def refused(answer: Promise | Refusal) -> Refusal:
    assert isinstance(answer, Refusal)
    return answer


@pytest.mark.parametrize(
    ("ordered", "ready"),
    [
        (at(TUESDAY, 9), at(TUESDAY, 11)),
        (at(TUESDAY, 11), at(TUESDAY, 15)),  # one hour before lunch, one after
        (at(TUESDAY, 18), at(date(2026, 11, 25), 10)),
        (at(MONDAY, 10), at(TUESDAY, 11)),  # closed on Monday
        (at(TUESDAY, 10), at(TUESDAY, 14)),  # ready as the door closes for lunch
    ],
)
def test_collect_is_ready_two_opening_hours_after_the_order(
    ordered: datetime, ready: datetime
) -> None:
    promise = promised(collect_promise(BAKERY, ordered, COLLECT))
    assert promise.window.opens_at == promise.ready_at == ready


def test_collect_is_kept_until_the_last_closing_within_seven_days() -> None:
    promise = promised(collect_promise(BAKERY, at(TUESDAY, 9), COLLECT))
    assert promise.window.closes_at == at(date(2026, 12, 1), 19)
    wednesday_to_sunday = ServiceLevel(Mode.COLLECT, min_lead_min=120, keep_days=4)
    wednesday = promised(collect_promise(BAKERY, at(date(2026, 11, 25), 9), wednesday_to_sunday))
    assert wednesday.window.closes_at == at(date(2026, 11, 28), 19)  # Sunday is closed


def test_a_slow_preparation_outweighs_the_two_hours() -> None:
    cake = Shop(MerchantId("cake"), LUNCH_BREAK, preparation_min=8 * 60)
    promise = promised(collect_promise(cake, at(TUESDAY, 14), COLLECT))
    # Five hours on Tuesday, three on Wednesday: done at noon, and the door opens again at two.
    assert promise.window.opens_at == at(date(2026, 11, 25), 14)


def test_collect_of_a_shop_on_long_holiday_is_refused_with_its_reason() -> None:
    closed = frozenset(TUESDAY + timedelta(days=n) for n in range(21))
    shop = Shop(MerchantId("b"), OpeningHours(LUNCH_BREAK.text, closed), 30)
    refusal = refused(collect_promise(shop, at(TUESDAY, 9), COLLECT))
    assert (refusal.code, refusal.binding) == ("merchant_closed", ("b",))
    # The shop opens again on 15 December, 14 days after the first order it can take.
    assert refusal.unlock == {"order_from": "2026-12-01T00:00:00+01:00"}
    earliest = parse_instant(refusal.unlock["order_from"])
    assert isinstance(collect_promise(shop, earliest, COLLECT), Promise)


def test_standard_ordered_on_monday_comes_from_thursday_to_tuesday_week() -> None:
    """Three postal days: Tuesday, Wednesday, Thursday.  Seven: Sunday is not counted."""
    promise = promised(standard_promise(at(MONDAY, 10), STANDARD, FRANCE))
    assert promise.days == (date(2026, 11, 26), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("ordered", "first", "last"),
    [
        # After the 17:00 collection: counted from Tuesday.
        (at(MONDAY, 17), date(2026, 11, 27), date(2026, 12, 2)),
        # Saturday evening and Sunday leave on Monday.
        (at(date(2026, 11, 21), 18), date(2026, 11, 26), date(2026, 12, 1)),
        (at(date(2026, 11, 22), 10), date(2026, 11, 26), date(2026, 12, 1)),
        # Armistice day and Sunday between: 5 6 7 9 10 12 13.
        (at(date(2026, 11, 4), 10), date(2026, 11, 7), date(2026, 11, 13)),
        # 23 24 26 28 29 30 31: Christmas and a Sunday.
        (at(date(2026, 12, 22), 10), date(2026, 12, 26), date(2026, 12, 31)),
    ],
)
def test_standard_counts_the_days_on_which_the_post_works(
    ordered: datetime, first: date, last: date
) -> None:
    assert promised(standard_promise(ordered, STANDARD, FRANCE)).days == (first, last)


def test_alsace_counts_one_day_less_at_christmas() -> None:
    """23 24 28 29 30 31 and 2 January: Saint Stephen's is no postal day there."""
    promise = promised(standard_promise(at(date(2026, 12, 22), 10), STANDARD, Calendar("alsace")))
    assert promise.days == (date(2026, 12, 28), date(2027, 1, 2))


@given(st.dates(date(2025, 1, 1), date(2028, 12, 31)), st.integers(0, 1439))
def test_between_posting_and_reception_lie_as_many_postal_days_as_promised(
    day: date, minute: int
) -> None:
    level = ServiceLevel(Mode.STANDARD)  # no cut-off: posted on the day of the order
    promise = promised(standard_promise(instant_at(day, minute), level, FRANCE))
    for reached, days in zip(promise.days, (3, 7), strict=True):
        after = (day + timedelta(days=n) for n in range(1, (reached - day).days + 1))
        assert sum(map(FRANCE.is_postal, after)) == days
        assert FRANCE.is_postal(reached)


@pytest.mark.parametrize(
    ("ordered", "first", "last"),
    [
        # After the 17:00 collection: counted from Tuesday.
        (at(MONDAY, 17), date(2026, 11, 27), date(2026, 12, 1)),
        # Wednesday + 3 is Saturday; + 7 is Wednesday.
        (at(date(2026, 11, 25), 10), date(2026, 11, 28), date(2026, 12, 2)),
        # Thursday + 3 is Sunday, so Monday.
        (at(date(2026, 11, 26), 10), date(2026, 11, 30), date(2026, 12, 3)),
        # Sunday has no post: counted from Monday.
        (at(date(2026, 11, 22), 10), date(2026, 11, 26), date(2026, 11, 30)),
        # Saturday evening too.
        (at(date(2026, 11, 21), 18), date(2026, 11, 26), date(2026, 11, 30)),
        # 4 + 7 is Armistice day: back to the 10th.
        (at(date(2026, 11, 4), 10), date(2026, 11, 7), date(2026, 11, 10)),
        # 22 December + 3 is Christmas: forward to the 26th.
        (at(date(2026, 12, 22), 10), date(2026, 12, 26), date(2026, 12, 29)),
    ],
)
def test_counted_in_calendar_days_standard_moves_inwards_to_postal_days(
    ordered: datetime, first: date, last: date
) -> None:
    assert promised(standard_promise(ordered, CALENDAR_DAYS, FRANCE)).days == (first, last)


@given(st.dates(date(2025, 1, 1), date(2028, 12, 31)), st.integers(0, 1439))
def test_in_calendar_days_standard_comes_three_to_seven_days_after_the_order(
    day: date, minute: int
) -> None:
    # no cut-off: counted from the order itself
    same_day = ServiceLevel(Mode.STANDARD, counted_in="calendar")
    first, last = promised(standard_promise(instant_at(day, minute), same_day, FRANCE)).days
    assert timedelta(days=3) <= first - day <= last - day <= timedelta(days=7)
    assert FRANCE.is_postal(first)
    assert FRANCE.is_postal(last)


@given(st.dates(date(2025, 1, 1), date(2028, 12, 31)), st.integers(0, 1439), st.integers(0, 4000))
def test_ordering_later_never_brings_the_post_sooner(day: date, minute: int, later: int) -> None:
    early, late = instant_at(day, minute), instant_at(day, minute) + timedelta(minutes=later)
    first = promised(standard_promise(early, STANDARD, FRANCE)).days
    second = promised(standard_promise(late, STANDARD, FRANCE)).days
    assert first[0] <= second[0]
    assert first[1] <= second[1]


def test_standard_never_comes_before_the_shop_could_post_it() -> None:
    ready = at(date(2026, 11, 27), 10)
    promise = promised(standard_promise(at(MONDAY, 10), STANDARD, FRANCE, ready))
    assert promise.days == (date(2026, 11, 28), date(2026, 12, 1))
    too_late = standard_promise(at(MONDAY, 10), STANDARD, FRANCE, at(date(2026, 12, 1), 9))
    assert refused(too_late).code == "not_ready_in_time"


def test_standard_without_a_postal_day_in_reach_is_refused() -> None:
    on_sunday = ServiceLevel(Mode.STANDARD, min_days=3, max_days=3, counted_in="calendar")
    refusal = refused(standard_promise(at(date(2026, 11, 26), 10), on_sunday, FRANCE))
    assert (refusal.code, refusal.binding) == ("holiday", ("max_days",))


@pytest.mark.parametrize(
    ("ordered", "opens"),
    [
        (at(TUESDAY, 9), at(TUESDAY, 15)),  # one delivery hour after 14:00
        (at(TUESDAY, 14, 30), at(TUESDAY, 15, 30)),
        # Ready to leave at 16:30, but two hours no longer fit before 18:00.
        (at(TUESDAY, 15, 30), at(date(2026, 11, 25), 14)),
        (at(MONDAY, 10), at(TUESDAY, 15)),
    ],
)
def test_a_merchant_delivers_in_two_hours_that_fit_its_delivery_round(
    ordered: datetime, opens: datetime
) -> None:
    promise = promised(merchant_promise(FLORIST, ordered, MERCHANT))
    assert promise.window == TimeWindow(opens, opens + timedelta(hours=2))
    assert promise.pickups == ()


def test_a_merchant_van_does_not_leave_before_the_parcel_is_ready() -> None:
    said = at(TUESDAY, 15, 45)
    promise = promised(merchant_promise(FLORIST, at(TUESDAY, 9), MERCHANT, said))
    assert promise.window.opens_at == promise.ready_at == said


def test_a_delivery_round_too_short_for_the_window_is_refused() -> None:
    terms = OwnDelivery(OpeningHours("Tu-Sa 14:00-15:00"), lead_min=0, radius_m=5000)
    shop = Shop(MerchantId("f"), LUNCH_BREAK, 30, frozenset({Mode.MERCHANT}), terms)
    refusal = refused(merchant_promise(shop, at(TUESDAY, 9), MERCHANT))
    assert (refusal.code, refusal.binding) == ("merchant_closed", ("f", "own_delivery.hours"))


@pytest.mark.parametrize(
    ("ordered", "opens"),
    [
        (at(MONDAY, 16), at(TUESDAY, 15)),
        (at(MONDAY, 17), at(date(2026, 11, 25), 14)),  # Tuesday's orders are closed on Monday at 17
        (at(TUESDAY, 9), at(TUESDAY, 15)),  # the day's own orders have their own cut-off
    ],
)
def test_a_round_takes_its_orders_until_the_eve(ordered: datetime, opens: datetime) -> None:
    level = replace(MERCHANT, day_before_cut_off=17 * 60)
    assert promised(merchant_promise(FLORIST, ordered, level)).window.opens_at == opens


def test_a_round_keeps_its_notice() -> None:
    level = replace(MERCHANT, notice_min=7 * 60)  # 09:00 + 7 h
    promise = promised(merchant_promise(FLORIST, at(TUESDAY, 9), level))
    assert promise.window.opens_at == at(TUESDAY, 16)


def test_collect_has_a_cut_off_of_its_own() -> None:
    level = replace(COLLECT, order_cut_off=12 * 60)
    assert promised(collect_promise(BAKERY, at(TUESDAY, 11, 59), level))
    refusal = refused(collect_promise(BAKERY, at(TUESDAY, 12), level))
    assert (refusal.code, refusal.binding) == ("after_cutoff", ("order_cut_off",))
    assert refusal.unlock == {"order_from": "2026-11-25T00:00:00+01:00"}


@pytest.mark.parametrize("mode", list(Mode))
def test_one_door_answers_every_mode(mode: Mode) -> None:
    answer = promised(promise_for(mode, [FLORIST], at(TUESDAY, 10), LEVELS, FRANCE))
    assert answer.mode is mode


@pytest.mark.parametrize("mode", list(Mode))
def test_a_mode_the_offer_or_the_shop_leaves_out_is_disabled(mode: Mode) -> None:
    ordered = at(TUESDAY, 10)
    without = {m: level for m, level in LEVELS.items() if m is not mode}
    assert refused(promise_for(mode, [FLORIST], ordered, without, FRANCE)).code == "mode_disabled"
    nothing = Shop(MerchantId("n"), LUNCH_BREAK, 30, frozenset())
    refusal = refused(promise_for(mode, [nothing], ordered, LEVELS, FRANCE))
    assert (refusal.code, refusal.binding) == ("mode_disabled", ("n",))
    off = service_levels("within_4h", {mode: {"enabled": False}})
    assert refused(promise_for(mode, [FLORIST], ordered, off, FRANCE)).binding == (
        f"{mode}.enabled",
    )


def test_collect_from_two_shops_is_two_promises_and_express_is_one() -> None:
    order = [BAKERY, FLORIST]
    assert len(promises_for(Mode.COLLECT, order, at(TUESDAY, 10), LEVELS, FRANCE)) == 2
    (together,) = promises_for(Mode.EXPRESS, order, at(TUESDAY, 10), LEVELS, FRANCE)
    assert [pickup.merchant_id for pickup in promised(together).pickups] == ["bakery", "florist"]
    with pytest.raises(ValueError, match="one promise per shop; asked for 2"):
        promise_for(Mode.COLLECT, order, at(TUESDAY, 10), LEVELS, FRANCE)
    with pytest.raises(ValueError, match="asked for 0"):
        promise_for(Mode.EXPRESS, [], at(TUESDAY, 10), LEVELS, FRANCE)


def test_a_ready_time_reaches_the_shop_it_names() -> None:
    said = {FLORIST.merchant_id: at(TUESDAY, 11, 30)}
    (together,) = promises_for(
        Mode.EXPRESS, [BAKERY, FLORIST], at(TUESDAY, 10), LEVELS, FRANCE, said
    )
    assert [clock_text(p.ready_at) for p in promised(together).pickups] == ["10:30", "11:30"]


def test_standard_waits_for_a_shop_on_holiday() -> None:
    closed = frozenset(TUESDAY + timedelta(days=n) for n in range(10))
    shop = Shop(MerchantId("b"), OpeningHours(LUNCH_BREAK.text, closed), 30)
    refusal = refused(promise_for(Mode.STANDARD, [shop], at(TUESDAY, 10), LEVELS, FRANCE))
    assert refusal.code == "not_ready_in_time"
    earliest = parse_instant(refusal.unlock["order_from"])
    again = promised(promise_for(Mode.STANDARD, [shop], earliest, LEVELS, FRANCE))
    assert again.ready_at is not None
    assert again.days[0] > local_day(again.ready_at)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(list(Mode)),
    st.sampled_from([date(2026, 3, 28), date(2026, 10, 24), ARMISTICE, MONDAY]),
    st.integers(0, 3 * 1440),
)
def test_nothing_is_promised_before_it_is_ordered_and_ready(
    mode: Mode, day: date, minute: int
) -> None:
    ordered = instant_at(day, 0) + timedelta(minutes=minute)
    answer = promise_for(mode, [FLORIST], ordered, LEVELS, FRANCE)
    if isinstance(answer, Refusal):
        assert mode in {Mode.EXPRESS}  # the others only ever wait
        assert answer.unlock
    else:
        assert answer.ready_at is not None
        assert ordered <= answer.ready_at <= answer.window.opens_at


def test_a_promise_opening_before_it_is_ready_is_refused_at_birth() -> None:
    window = TimeWindow(at(TUESDAY, 10), at(TUESDAY, 11))
    with pytest.raises(ValueError, match="ready only at"):
        Promise(Mode.EXPRESS, window, ready_at=at(TUESDAY, 10, 1))
    with pytest.raises(ValueError, match="pickup at bakery has no window"):
        Pickup(BAKERY.merchant_id, ())
