"""A parcel can be fetched when it is ready and the door is open."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from dispatch.core.civil import instant_at
from dispatch.core.errors import Invalid
from dispatch.core.ids import MerchantId
from dispatch.slots.calendar import OpeningHours
from dispatch.slots.service_levels import Mode
from dispatch.slots.shops import OwnDelivery, Shop, pickup_windows, ready_at

TUESDAY = date(2026, 11, 24)
HOURS = OpeningHours("Tu-Sa 09:00-12:00,14:00-19:00")
BAKERY = Shop(MerchantId("bakery"), HOURS, preparation_min=30)


def at(hour: int, minute: int = 0, days: int = 0) -> datetime:
    return instant_at(TUESDAY + timedelta(days=days), hour * 60 + minute)


@pytest.mark.parametrize(
    ("ordered", "ready"),
    [
        (at(8), at(9, 30)),
        (at(10), at(10, 30)),
        (at(11, 45), at(14, 15)),
        (at(18, 50), at(9, 20, days=1)),
    ],
)
def test_preparation_counts_opening_time_only(ordered: datetime, ready: datetime) -> None:
    assert ready_at(BAKERY, ordered) == ready


def test_a_parcel_finished_as_the_door_closes_waits_for_the_door() -> None:
    assert ready_at(BAKERY, at(11, 30)) == at(14)


def test_what_the_merchant_says_of_this_order_replaces_the_estimate() -> None:
    assert ready_at(BAKERY, at(10), requested_ready_at=at(10, 5)) == at(10, 5)
    assert ready_at(BAKERY, at(10), requested_ready_at=at(16)) == at(16)
    assert ready_at(BAKERY, at(10), requested_ready_at=at(13)) == at(14)
    assert ready_at(BAKERY, at(10), requested_ready_at=at(8)) == at(10)


def test_a_shop_closed_for_a_month_is_never_ready() -> None:
    closed = frozenset(TUESDAY + timedelta(days=n) for n in range(30))
    shop = Shop(MerchantId("b"), OpeningHours(HOURS.text, closed), 30)
    assert ready_at(shop, at(10)) is None


def test_a_courier_fetches_between_ready_and_the_end_around_lunch() -> None:
    windows = pickup_windows(BAKERY, at(11), at(17))
    assert [(w.opens_at, w.closes_at) for w in windows] == [(at(11), at(12)), (at(14), at(17))]


def test_a_shop_offers_its_own_delivery_exactly_when_it_has_terms_for_it() -> None:
    terms = OwnDelivery(HOURS, lead_min=60, radius_m=5000)
    with pytest.raises(Invalid, match=r"shop van: .*go together"):
        Shop(MerchantId("van"), HOURS, 30, frozenset({Mode.MERCHANT}))
    with pytest.raises(Invalid, match=r"shop van: .*go together"):
        Shop(MerchantId("van"), HOURS, 30, own_delivery=terms)


def test_negative_times_and_empty_radii_are_refused_and_shown() -> None:
    with pytest.raises(Invalid, match="shop b: preparation is negative: -1 min"):
        Shop(MerchantId("b"), HOURS, -1)
    with pytest.raises(Invalid, match="lead time is negative: -5 min"):
        OwnDelivery(HOURS, lead_min=-5, radius_m=1)
    with pytest.raises(Invalid, match="radius is not positive: 0 m"):
        OwnDelivery(HOURS, lead_min=5, radius_m=0)
    with pytest.raises(Invalid, match="no commune and has no radius"):
        OwnDelivery(HOURS, lead_min=5, radius_m=None)
    assert OwnDelivery(HOURS, lead_min=5, radius_m=None, communes=frozenset({"47157"}))
