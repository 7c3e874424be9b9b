"""Prices are whole cents with VAT inside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.money import Price


@pytest.mark.parametrize(
    ("amount", "vat_bp", "without"), [(1200, 2000, 1000), (490, 2000, 408), (105, 500, 100)]
)
def test_tax_is_inside_the_price(amount: int, vat_bp: int, without: int) -> None:
    assert Price(amount, vat_bp).without_vat_cents == without


def test_half_a_cent_rounds_up() -> None:
    # 3 cents with 20 % inside are 2.5 cents without.
    assert Price(3).without_vat_cents == 3


def test_without_vat_rate_nothing_is_taken() -> None:
    assert Price(490, 0).without_vat_cents == 490


@given(st.integers(0, 10**7), st.integers(0, 3000))
def test_rounding_never_moves_the_price_by_more_than_half_a_cent(amount: int, vat_bp: int) -> None:
    without = Price(amount, vat_bp).without_vat_cents
    assert abs(without * (10_000 + vat_bp) - amount * 10_000) * 2 <= 10_000 + vat_bp


def test_a_negative_price_is_refused_and_shown() -> None:
    with pytest.raises(ValueError, match="-1 cents"):
        Price(-1)
