"""An exceptional closing is one more reason why a shop is shut, whoever made it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dispatch.core.civil import instant_at
from dispatch.core.ids import ClosureId, MerchantId
from dispatch.slots.calendar import OpeningHours
from dispatch.slots.closures import Closure, made_since, with_closures
from dispatch.slots.service_levels import Mode
from dispatch.slots.shops import OwnDelivery, Shop

TUESDAY = date(2026, 11, 24)
NOON = instant_at(TUESDAY, 720)
HOURS = OpeningHours("Mo-Sa 09:00-19:00")
FLORIST = Shop(
    MerchantId("florist"), HOURS, 30, frozenset(Mode), OwnDelivery(HOURS, lead_min=0, radius_m=1)
)


def closed(shop: str | None, first: int = 0, last: int = 0) -> Closure:
    """From *first* to *last* days after Tuesday."""
    since, until = (TUESDAY + timedelta(days=n) for n in (first, last))
    who = None if shop is None else MerchantId(shop)
    return Closure(ClosureId("cls_1"), who, since, until, "Inventaire", NOON)


def open_days(shop: Shop) -> str:
    days = [TUESDAY + timedelta(days=n) for n in range(3)]
    return "".join("x" if shop.hours.windows(day) else "." for day in days)


@pytest.mark.parametrize(
    ("closures", "days"),
    [
        ((), "xxx"),
        ((closed("florist"),), ".xx"),
        ((closed("florist", 1, 2),), "x.."),
        ((closed("baker", 0, 2),), "xxx"),
        ((closed(None, 2, 2),), "xx."),  # the whole town
        ((closed("florist"), closed(None, 1, 1)), "..x"),
    ],
)
def test_a_shop_stays_shut_on_its_own_days_and_on_the_town_s(
    closures: tuple[Closure, ...], days: str
) -> None:
    assert open_days(with_closures(FLORIST, closures)) == days


def test_its_own_round_stays_in_too() -> None:
    own = with_closures(FLORIST, (closed("florist"),)).own_delivery
    assert own is not None
    assert own.hours.windows(TUESDAY) == ()
    assert own.hours.windows(TUESDAY + timedelta(days=1))


def test_days_closed_before_stay_closed() -> None:
    hours = OpeningHours(HOURS.text, frozenset({TUESDAY}))
    shop = Shop(MerchantId("florist"), hours, 30)
    assert open_days(with_closures(shop, (closed("florist", 1, 1),))) == "..x"


def test_a_closing_made_since_a_quote_is_told_from_one_the_quote_knew() -> None:
    closures = (closed("florist"),)
    assert made_since(closures, NOON, ["baker", "florist"])
    assert not made_since(closures, NOON + timedelta(seconds=1), ["florist"])
    assert not made_since(closures, NOON, ["baker"])


@pytest.mark.parametrize(("first", "last", "why"), [(1, 0, "before it begins"), (0, 366, "366")])
def test_a_closing_that_makes_no_sense_is_refused_at_birth(first: int, last: int, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        closed("florist", first, last)
