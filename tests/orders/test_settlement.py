"""What an order owes: shares rounded line by line, and only of what was received."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.ids import MerchantId, ShipmentId
from dispatch.orders.settlement import (
    Entry,
    Settled,
    SettlementLine,
    Terms,
    before_tax_cents,
    by_merchant,
    by_recommender,
    line_of,
    share_cents,
)
from dispatch.orders.shipments import FINAL, RECEIVED, State
from tests.adapters.storage_samples import NOON, booking, shipment

PILOT = Terms(commission_bp=550, reward_bp=100, items_vat_bp=2000)
RECOMMENDED = replace(booking(), recommended_by="cityzen-7", commission_bp=550)


@pytest.mark.parametrize("name", ["commission_bp", "reward_bp", "items_vat_bp"])
def test_a_share_is_none_of_it_to_all_of_it(name: str) -> None:
    for bounds in (0, 10_000):
        assert getattr(replace(Terms(), **{name: bounds}), name) == bounds
    for beyond in (-1, 10_001):
        with pytest.raises(ValueError, match=f"{name} is out of 0 to 10000: {beyond}"):
            replace(Terms(), **{name: beyond})


def test_the_pilot_s_marketplace_takes_five_and_a_half_per_cent_before_tax() -> None:
    sold = replace(shipment(state=State.DELIVERED), items_value_cents=12_000)
    line = line_of(sold, RECOMMENDED, PILOT)
    assert (line.base_cents, line.base_derived) == (10_000, True)
    assert (line.commission_cents, line.reward_cents) == (550, 100)


def test_a_value_before_tax_that_the_storefront_sent_is_taken_as_it_is() -> None:
    # Books: 5.5 % of tax, not 20.
    sold = replace(
        shipment(state=State.COLLECTED), items_value_cents=10_550, items_net_cents=10_000
    )
    line = line_of(sold, RECOMMENDED, PILOT)
    assert (line.base_cents, line.base_derived, line.commission_cents) == (10_000, False, 550)


def test_the_share_is_the_one_of_the_day_of_the_order() -> None:
    sold = replace(shipment(state=State.DELIVERED), items_value_cents=12_000)
    line = line_of(sold, replace(booking(), commission_bp=300), PILOT)
    assert (line.commission_bp, line.commission_cents) == (300, 300)


def test_nobody_is_rewarded_for_an_order_that_nobody_recommended() -> None:
    sold = shipment(state=State.DELIVERED)
    assert line_of(sold, replace(booking(), commission_bp=550), PILOT).reward_cents == 0


@pytest.mark.parametrize("state", sorted(FINAL - RECEIVED))
def test_what_was_not_received_pays_nobody(state: State) -> None:
    line = line_of(shipment(state=state), RECOMMENDED, PILOT)
    assert (line.items_value_cents, line.base_cents) == (0, 0)
    assert (line.commission_cents, line.reward_cents, line.received) == (0, 0, False)


def test_half_a_cent_is_rounded_up() -> None:
    assert [share_cents(base, 5_000) for base in (0, 1, 2, 3)] == [0, 1, 1, 2]
    assert [before_tax_cents(value, 2000) for value in (0, 1, 3, 120)] == [0, 1, 3, 100]


cents = st.integers(0, 10_000_000)
shares = st.integers(0, 10_000)


@given(cents, shares)
def test_a_share_is_within_half_a_cent_of_the_exact_one(base: int, share_bp: int) -> None:
    assert abs(share_cents(base, share_bp) * 10_000 - base * share_bp) * 2 <= 10_000


@given(cents, shares)
def test_tax_put_back_gives_the_value_to_the_cent(value: int, vat_bp: int) -> None:
    base = before_tax_cents(value, vat_bp)
    assert 0 <= base <= value
    assert abs(base * (10_000 + vat_bp) - value * 10_000) * 2 <= 10_000 + vat_bp


@given(cents, shares, shares, st.none() | cents, st.sampled_from(sorted(FINAL)))
def test_a_line_taken_back_leaves_nothing(
    value: int, commission_bp: int, reward_bp: int, net: int | None, state: State
) -> None:
    sold = replace(shipment(state=state), items_value_cents=value, items_net_cents=net)
    order = replace(RECOMMENDED, commission_bp=commission_bp)
    line = line_of(sold, order, Terms(reward_bp=reward_bp))
    back = line.taken_back()
    for name in ("items_value_cents", "base_cents", "commission_cents", "reward_cents"):
        assert getattr(line, name) + getattr(back, name) == 0
    assert SettlementLine.read(line.doc()) == line


@st.composite
def settled(draw: st.DrawFn) -> Settled:
    who = draw(st.sampled_from(["bakery", "books", "cheese"]))
    sold = replace(
        shipment(state=draw(st.sampled_from(sorted(FINAL)))),
        merchant_id=MerchantId(who),
        shipment_id=ShipmentId(draw(st.text("ab", min_size=1, max_size=3))),
        items_value_cents=draw(cents),
    )
    by = draw(st.none() | st.sampled_from(["c1", "c2"]))
    order = replace(booking(), recommended_by=by, commission_bp=draw(shares))
    line = line_of(sold, order, Terms(reward_bp=draw(shares)))
    if draw(st.booleans()):
        line = line.taken_back()
    where = draw(st.sampled_from(["market", "fair"]))
    return Settled(NOON, Entry.COMPLETED, where, "b1", "R1", by, line)


@given(st.lists(settled(), max_size=20))
def test_every_line_is_in_one_merchant_s_statement_and_the_sums_are_those_of_the_lines(
    lines: list[Settled],
) -> None:
    statements = by_merchant(lines)
    assert sum(len(statement.lines) for statement in statements) == len(lines)
    assert sum(s.commission_cents for s in statements) == sum(
        one.line.commission_cents for one in lines
    )
    assert sum(s.base_cents for s in statements) == sum(one.line.base_cents for one in lines)
    for statement in statements:
        assert {(one.storefront_id, one.line.merchant_id) for one in statement.lines} == {
            (statement.storefront_id, statement.subject)
        }


@given(st.lists(settled(), max_size=20))
def test_rewards_go_to_whoever_recommended_and_to_nobody_else(lines: list[Settled]) -> None:
    statements = by_recommender(lines)
    assert sum(s.reward_cents for s in statements) == sum(one.line.reward_cents for one in lines)
    for statement in statements:
        assert {one.recommended_by for one in statement.lines} == {statement.subject}
        assert all(one.line.reward_cents for one in statement.lines)
