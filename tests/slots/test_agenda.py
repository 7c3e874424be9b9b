"""Slots, quotes and bookings ask one question; it has one answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.core.civil import instant_at, local_day
from dispatch.core.ids import ClosureId, MerchantId
from dispatch.core.reasons import Refusal
from dispatch.slots.agenda import offers, still_offered
from dispatch.slots.calendar import Calendar, OpeningHours
from dispatch.slots.closures import Closure, with_closures
from dispatch.slots.promised import Offer, Promise
from dispatch.slots.service_levels import Mode, ServiceLevel, service_levels
from dispatch.slots.shops import OwnDelivery, Shop

TUESDAY = date(2026, 11, 24)
FRANCE = Calendar()
LEVELS = service_levels()
AHEAD = service_levels("within_4h", {"express": {"days_ahead": 3, "notice_min": 30}})
BAKERY = Shop(
    MerchantId("bakery"),
    OpeningHours("Tu-Sa 09:00-12:00,14:00-19:00"),
    30,
    frozenset(Mode),
    OwnDelivery(OpeningHours("Tu-Sa 14:00-18:00"), lead_min=60, radius_m=5000),
)
FLORIST = Shop(MerchantId("florist"), OpeningHours("Mo-Su 09:00-19:00"), 20)
TEN = instant_at(TUESDAY, 600)


def shut(shop: Shop, day: date) -> Shop:
    closure = Closure(ClosureId("cls_1"), shop.merchant_id, day, day, "", TEN)
    return with_closures(shop, (closure,))


def parts_of(answer: Promise) -> list[Promise]:
    """A promise as an option keeps it: one part a shop."""
    if not answer.pickups:
        return [answer]
    return [replace(answer, ready_at=p.ready_at, pickups=(p,)) for p in answer.pickups]


@pytest.mark.parametrize("mode", [Mode.COLLECT, Mode.STANDARD, Mode.MERCHANT])
def test_what_needs_no_courier_has_one_offer_whatever_the_day(mode: Mode) -> None:
    plain = offers(mode, [BAKERY], TEN, LEVELS, FRANCE)
    assert len(plain) == 1
    assert plain == offers(mode, [BAKERY], TEN, LEVELS, FRANCE, day=TUESDAY)


def test_without_a_day_express_is_as_soon_as_possible_and_the_hours_within_it() -> None:
    first, *hours = offers(Mode.EXPRESS, [FLORIST], TEN, LEVELS, FRANCE)
    assert first.window is not None
    assert len(hours) == 3
    assert all(first.window.meet(hour.window) == hour.window for hour in hours if hour.window)


def test_today_asked_by_its_date_has_the_same_promises_and_the_other_hours_refused() -> None:
    plain = offers(Mode.EXPRESS, [FLORIST], TEN, LEVELS, FRANCE)
    dated = offers(Mode.EXPRESS, [FLORIST], TEN, LEVELS, FRANCE, day=TUESDAY)
    assert [o for o in dated if isinstance(o.answer, Promise)] == list(plain)
    assert {o.answer.code for o in dated if isinstance(o.answer, Refusal)} == {
        "not_ready_in_time",  # 10:00
        "too_far_ahead",  # from 14:00 on
    }


def test_a_later_day_has_no_as_soon_as_possible() -> None:
    tomorrow = TUESDAY + timedelta(days=1)
    dated = offers(Mode.EXPRESS, [FLORIST], TEN, AHEAD, FRANCE, day=tomorrow)
    lengths = {o.window.closes_at - o.window.opens_at for o in dated if o.window}
    assert lengths == {timedelta(hours=1)}
    assert {isinstance(o.answer, Promise) for o in dated} == {True}


def test_a_shop_that_closed_since_takes_its_promises_with_it() -> None:
    (offer,) = offers(Mode.COLLECT, [BAKERY], TEN, LEVELS, FRANCE)
    now = offers(Mode.COLLECT, [shut(BAKERY, TUESDAY)], TEN, LEVELS, FRANCE)
    assert isinstance(offer.answer, Promise)
    gone = still_offered([offer.answer], now)
    assert gone is not None
    assert (gone.code, gone.binding) == ("merchant_closed", ())
    first = offers(Mode.EXPRESS, [BAKERY, FLORIST], TEN, LEVELS, FRANCE)[0]
    now = offers(Mode.EXPRESS, [shut(BAKERY, TUESDAY), FLORIST], TEN, LEVELS, FRANCE)
    assert isinstance(first.answer, Promise)
    gone = still_offered(parts_of(first.answer), now)
    assert gone is not None
    assert (gone.code, gone.binding) == ("merchant_closed", ("bakery",))


moments = st.builds(
    lambda day, minute: instant_at(day, 0) + timedelta(minutes=minute),
    st.sampled_from([date(2026, 3, 28), date(2026, 10, 24), date(2026, 11, 10), TUESDAY]),
    st.integers(0, 2 * 1440),
)
orders = st.sampled_from([[BAKERY], [FLORIST], [BAKERY, FLORIST]])
days_on = st.none() | st.integers(0, 4)


@settings(max_examples=150, deadline=None)
@given(moments, orders, st.sampled_from([LEVELS, AHEAD]), days_on, st.none() | st.integers(0, 5))
def test_a_booking_takes_what_the_quote_offered_unless_a_shop_closed(
    ordered_at: datetime,
    shops: list[Shop],
    levels: dict[Mode, ServiceLevel],
    ahead: int | None,
    closes: int | None,
) -> None:
    today = local_day(ordered_at)
    day = None if ahead is None else today + timedelta(days=ahead)

    def asked(some: list[Shop]) -> tuple[Offer, ...]:
        return offers(Mode.EXPRESS, some, ordered_at, levels, FRANCE, day=day)

    quoted = asked(shops)
    assert quoted == asked(shops)  # browsed: the same
    closed_on = None if closes is None else today + timedelta(days=closes)
    later = shops if closed_on is None else [shut(shop, closed_on) for shop in shops]
    for offer in quoted:
        if not isinstance(offer.answer, Promise):
            continue
        gone = still_offered(parts_of(offer.answer), asked(later))
        fetched_on = {local_day(p.ready_at) for p in offer.answer.pickups}
        if closed_on in fetched_on:
            assert gone is not None
        if closed_on is None or closed_on > max(fetched_on):
            assert gone is None
