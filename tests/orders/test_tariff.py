from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.orders.tariff import Nudge, Tariff
from dispatch.slots.service_levels import Mode

TARIFF = Tariff(express_cents=400, extra_shop_cents=100, standard_cents=500, collect_cents=50)


@pytest.mark.parametrize(
    ("mode", "shops", "fees", "cents"),
    [
        (Mode.EXPRESS, 1, (), 400),
        (Mode.EXPRESS, 3, (), 600),  # one courier, two more counters
        (Mode.STANDARD, 1, (), 500),
        (Mode.STANDARD, 3, (), 1500),  # three parcels
        (Mode.COLLECT, 1, (), 50),
        (Mode.COLLECT, 3, (), 50),
        (Mode.MERCHANT, 2, (250, 300), 550),  # each shop's own fee
        (Mode.MERCHANT, 1, (0,), 0),
    ],
)
def test_the_price_of_each_mode(mode: Mode, shops: int, fees: tuple[int, ...], cents: int) -> None:
    assert TARIFF.price(mode, shops, fees).amount_cents == cents


def test_the_first_shop_is_in_the_price_and_the_others_are_named() -> None:
    assert TARIFF.price(Mode.EXPRESS, 1).breakdown == (("express", 400),)
    assert TARIFF.price(Mode.EXPRESS, 3).breakdown == (("express", 400), ("extra_shops", 200))


@given(
    mode=st.sampled_from(list(Mode)),
    fees=st.lists(st.integers(0, 2000), min_size=1, max_size=6),
)
def test_the_breakdown_adds_up_to_the_price(mode: Mode, fees: list[int]) -> None:
    price = TARIFF.price(mode, len(fees), tuple(fees))
    assert sum(cents for _, cents in price.breakdown) == price.amount_cents
    assert price.vat_bp == TARIFF.vat_bp


@pytest.mark.parametrize(
    "name", ["express_cents", "extra_shop_cents", "standard_cents", "collect_cents"]
)
def test_a_negative_price_is_refused_by_name(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is negative: -1"):
        Tariff(**{name: -1})


@pytest.mark.parametrize("vat_bp", [-1, 10_001])
def test_a_vat_rate_lies_between_nothing_and_the_whole(vat_bp: int) -> None:
    with pytest.raises(ValueError, match=f"vat_bp is out of 0 to 10000: {vat_bp}"):
        Tariff(vat_bp=vat_bp)


@pytest.mark.parametrize("name", ["below_s", "off_cents", "least_cents"])
def test_a_nudge_is_off_until_asked_for_and_never_makes_anything_dearer(name: str) -> None:
    assert not Nudge().enabled
    with pytest.raises(ValueError, match=f"{name} is negative: -1"):
        replace(Nudge(), **{name: -1})  # type: ignore[arg-type]


NUDGE = Nudge(enabled=True, below_s=240, off_cents=150, least_cents=300)


@pytest.mark.parametrize(
    ("nudge", "added_s", "cents"),
    [
        (NUDGE, 240, 300),  # 400 less 150 would be below the least
        (replace(NUDGE, least_cents=0), 240, 250),
        (replace(NUDGE, least_cents=0), 241, 400),  # a detour
        (replace(NUDGE, enabled=False), 0, 400),
        (replace(NUDGE, least_cents=450), 0, 400),  # never dearer
    ],
)
def test_express_is_cheaper_where_a_courier_passes(nudge: Nudge, added_s: int, cents: int) -> None:
    assert nudge.lowered(TARIFF.price(Mode.EXPRESS, 1), added_s).amount_cents == cents


def test_what_the_passing_courier_takes_off_is_a_line_of_its_own() -> None:
    price = replace(NUDGE, least_cents=0).lowered(TARIFF.price(Mode.EXPRESS, 2), 0)
    assert price.breakdown == (("express", 400), ("extra_shops", 100), ("courier_passes", -150))


@given(
    st.builds(
        Nudge, st.booleans(), st.integers(0, 600), st.integers(0, 2000), st.integers(0, 1000)
    ),
    st.integers(0, 1000),
    st.integers(1, 5),
)
def test_a_nudge_never_raises_a_price_nor_goes_below_its_least(
    nudge: Nudge, added_s: int, shops: int
) -> None:
    usual = TARIFF.price(Mode.EXPRESS, shops)
    price = nudge.lowered(usual, added_s)
    assert min(usual.amount_cents, nudge.least_cents) <= price.amount_cents <= usual.amount_cents
    assert sum(cents for _, cents in price.breakdown) == price.amount_cents
