from __future__ import annotations

from collections.abc import Callable

import pytest

from dispatch.core.ids import CourierId, MerchantId, OptionId, TourId
from dispatch.core.reasons import Refusal
from dispatch.orders.quotes import (
    Doorstep,
    Line,
    Option,
    OrderRequest,
    Part,
    Split,
    Waiting,
    Witness,
)
from dispatch.slots.service_levels import Mode
from tests.adapters.storage_samples import BAKERY, HOME, NOON, PROMISE, quote

PART = Part(BAKERY, PROMISE)
FLORIST = MerchantId("florist")
NO = Refusal("holiday")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("items_value_cents", lambda value: Line(BAKERY, items_value_cents=value)),
        ("weight_g", lambda value: Line(BAKERY, weight_g=value)),
        ("volume_cm3", lambda value: Line(BAKERY, volume_cm3=value)),
    ],
)
def test_a_line_weighs_and_costs_nothing_at_least(name: str, line: Callable[[int], Line]) -> None:
    assert getattr(line(0), name) == 0
    with pytest.raises(ValueError, match=f"{name} is negative: -1"):
        line(-1)


def test_an_order_without_a_merchant_is_no_order() -> None:
    with pytest.raises(ValueError, match="at least one merchant"):
        OrderRequest((), Doorstep(HOME))


def test_a_merchant_stands_once_in_an_order() -> None:
    twice = (Line(BAKERY), Line(MerchantId("florist")), Line(BAKERY))
    with pytest.raises(ValueError, match=r"each merchant appears once .*bakery.*florist"):
        OrderRequest(twice, Doorstep(HOME))


def test_an_option_is_offered_or_refused_and_says_so() -> None:
    assert Option(OptionId("o"), Mode.EXPRESS, parts=(PART,)).offered
    assert not Option(OptionId("o"), Mode.EXPRESS, refusals=(NO,)).offered


@pytest.mark.parametrize(("parts", "refusals"), [((), ()), ((PART,), (NO,))])
def test_an_option_is_never_both_nor_neither(
    parts: tuple[Part, ...], refusals: tuple[Refusal, ...]
) -> None:
    with pytest.raises(ValueError, match="option o9 is either offered or refused"):
        Option(OptionId("o9"), Mode.EXPRESS, parts=parts, refusals=refusals)


def test_an_option_is_found_by_its_name() -> None:
    offer = quote()
    assert offer.option("o2") is offer.options[1]
    assert offer.option("o3") is None


def test_a_witness_names_a_version_that_a_tour_can_have() -> None:
    with pytest.raises(ValueError, match="tour_version is negative: -1"):
        Witness(TourId("t1"), CourierId("anna"), 0, 60, 60, tour_version=-1)


def test_nobody_waits_for_less_than_no_time() -> None:
    assert Waiting(BAKERY, 0, NOON).waits_s == 0
    with pytest.raises(ValueError, match="waits_s is negative: -1"):
        Waiting(BAKERY, -1, NOON)


@pytest.mark.parametrize(
    ("groups", "promises", "cents", "why"),
    [
        (((BAKERY, FLORIST),), 1, 0, "two groups or more"),
        (((BAKERY,), ()), 2, 0, "each shop in one"),
        (((BAKERY,), (FLORIST, BAKERY)), 2, 0, "each shop in one"),
        (((BAKERY,), (FLORIST,)), 1, 0, "2 groups have 1 promises"),
        (((BAKERY,), (FLORIST,)), 2, -1, "price_cents is negative: -1"),
    ],
)
def test_a_split_order_is_whole_deliveries_of_whole_shops(
    groups: tuple[tuple[MerchantId, ...], ...], promises: int, cents: int, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        Split(groups, (PROMISE,) * promises, cents, 0)
