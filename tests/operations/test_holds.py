from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.core.civil import parse_instant
from dispatch.core.errors import Invalid, NoLongerFeasible, NotFound, QuoteExpired, QuoteUsed
from dispatch.core.ids import MerchantId, StorefrontId
from dispatch.core.reasons import Refusal
from dispatch.operations import held_back
from dispatch.operations.book import BookRequest, book
from dispatch.operations.hold import hold
from dispatch.operations.hold_rules import HoldRules
from dispatch.operations.holds import ENOUGH_IS_HELD, holds_of
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.orders.quotes import Doorstep, Line, Option, OrderRequest, Quote
from dispatch.slots.service_levels import Mode
from dispatch.tracking.tours import Stop
from tests.fakes.house import CUSTOMER, SHOP, clock_of
from tests.operations.drawn import TEN, TOWN, courier, drawn_house, territory, tours_today


def ports_with(*, share: float = 0.25, one_per_ref: bool = True, shift: str = "") -> Ports:
    land = territory(courier(shift=shift)) if shift else territory()
    house = drawn_house(land)
    rules = HoldRules(max_held_share=share, one_per_ref=one_per_ref)
    return replace(house, parameters=replace(house.parameters, holds=rules))


def ask(ports: Ports, *, ref: str | None = None, shop: str = "B", to: str = "x") -> Quote:
    line = Line(MerchantId(shop), weight_g=100)
    return quote(OrderRequest((line,), Doorstep(TOWN[to]), ref), SHOP, ports)


def express(offer: Quote) -> list[Option]:
    return [option for option in offer.options if option.mode is Mode.EXPRESS]


def held(ports: Ports) -> Sequence[Stop]:
    return [s for tour in tours_today(ports) for s in tour.stops if s.held_until is not None]


def test_a_hold_costs_the_ride_and_the_halts() -> None:
    """Two minutes from the depot to B, five on to x; one and two minutes there, one each to park.

    Nine hours of Anna's shift are left.
    """
    ports = ports_with()
    ask(ports)
    cost = holds_of(TEN.date(), ports)
    assert (cost.count, cost.held_s, cost.left_s) == (1, (2 + 5 + 1 + 2 + 2) * 60, 9 * 3600)


def test_holds_take_no_more_than_their_share_of_the_day() -> None:
    """Twelve minutes for the first, three or more for each that follows: 27 are 5 % of the day."""
    ports = ports_with(share=0.05)
    offers = [ask(ports) for _ in range(30)]
    cost = holds_of(TEN.date(), ports)
    assert 0 < cost.share <= 0.05
    assert 0 < cost.count < 30
    last = express(offers[-1])[0]
    assert last.offered
    assert not last.held
    assert last.why_not_held == ENOUGH_IS_HELD
    # Only the one that would be held says so.
    assert [o.why_not_held for o in express(offers[0])] == [None] * len(express(offers[0]))
    assert all(o.why_not_held is None for o in express(offers[-1])[1:])
    made = book(BookRequest(offers[-1].quote_id, last.option_id, CUSTOMER), SHOP, ports)
    assert made.booking.quote_id == offers[-1].quote_id


def test_with_no_share_nothing_is_held_and_everything_still_sold() -> None:
    ports = ports_with(share=0)
    offer = ask(ports)
    assert express(offer)[0].offered
    assert held(ports) == []


def test_the_window_picked_says_why_it_is_not_held_and_is_when_there_is_room_again() -> None:
    ports = ports_with(share=0)
    offer = ask(ports)
    _, picked, *_ = express(offer)
    told = hold(offer.quote_id, picked.option_id, SHOP, ports)
    (why,) = [o.why_not_held for o in told.options if o.option_id == picked.option_id]
    assert why == ENOUGH_IS_HELD
    roomy = replace(ports, parameters=replace(ports.parameters, holds=HoldRules()))
    now_held = hold(offer.quote_id, express(offer)[0].option_id, SHOP, roomy)
    first = express(now_held)[0]
    assert (first.held, first.why_not_held) == (True, None)


def test_an_order_asked_for_again_takes_over_its_own_hold() -> None:
    ports = ports_with()
    first, again = ask(ports, ref="CMD-1"), ask(ports, ref="CMD-1")
    other = ask(ports, ref="CMD-2")
    assert {stop.quote_id for stop in held(ports)} == {again.quote_id, other.quote_id}
    made = book(BookRequest(first.quote_id, "opt_1", CUSTOMER), SHOP, ports)
    assert made.booking.quote_id == first.quote_id  # the old answer still books, tried anew


def test_a_planner_may_let_each_quote_of_an_order_hold() -> None:
    ports = ports_with(one_per_ref=False)
    offers = {ask(ports, ref="CMD-1").quote_id, ask(ports, ref="CMD-1").quote_id}
    assert {stop.quote_id for stop in held(ports)} == offers


def test_another_storefront_s_order_of_that_name_keeps_its_hold() -> None:
    ports = ports_with()
    first = ask(ports, ref="CMD-1")
    quote(first.request, StorefrontId("sf_other"), ports)
    assert first.quote_id in {stop.quote_id for stop in held(ports)}


def full_of_holds() -> Ports:
    """Anna works until 11:20, and may spend all of it on holds."""
    ports = ports_with(share=1.0, shift="Mo-Su 09:00-11:20")
    for minute in range(40):
        if not express(ask(ports))[0].offered:
            break
        clock_of(ports).advance(seconds=10 + minute)
    return ports


def test_who_is_refused_for_holds_alone_is_told_when_to_ask_again() -> None:
    ports = full_of_holds()
    offer = ask(ports)
    (refusal,) = express(offer)[0].refusals
    assert (refusal.code, refusal.binding, offer.held_back) == ("held_by_others", ("holds",), True)
    (way,) = [way for way in refusal.ways if way.kind == "retry_at"]
    assert way.at is not None
    assert way.at == parse_instant(refusal.unlock["retry_at"])
    assert way.at.second == 0
    clock_of(ports).move_to(way.at - timedelta(minutes=1))
    assert not express(ask(ports))[0].offered
    clock_of(ports).move_to(way.at)
    assert express(ask(ports))[0].offered


def test_nobody_is_told_to_ask_again_when_somebody_else_would_lose_by_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There is room then, and a place in it is not sold: who has paid would be late."""
    ports = full_of_holds()
    refused = Refusal("no_feasible_insertion", binding=("other_promises",))
    monkeypatch.setattr(held_back, "find_places", lambda *asked: [refused])
    (refusal,) = express(ask(ports))[0].refusals
    assert refusal.code == "held_by_others"
    assert "retry_at" not in refusal.unlock
    assert "retry_at" not in [way.kind for way in refusal.ways]


def test_the_planner_counts_an_order_held_back_once() -> None:
    ports = full_of_holds()
    before = holds_of(TEN.date(), ports).orders_held_back
    for _ in range(3):
        ask(ports, ref="CMD-1")
    ask(ports, ref="CMD-2")
    assert holds_of(TEN.date(), ports).orders_held_back == before + 2


def test_a_refusal_without_holds_names_no_holds() -> None:
    ports = ports_with(shift="Mo-Su 09:00-10:20")
    offer = ask(ports)
    codes = {refusal.code for option in express(offer) for refusal in option.refusals}
    assert codes
    assert "held_by_others" not in codes


def test_the_hold_moves_to_the_window_that_the_customer_picks() -> None:
    ports = ports_with()
    offer = ask(ports)
    chosen = express(offer)[2]
    assert not chosen.held
    moved = hold(offer.quote_id, chosen.option_id, SHOP, ports)
    assert [option.held for option in express(moved)] == [
        option.option_id == chosen.option_id for option in express(offer)
    ]
    assert moved.expires_at == offer.expires_at
    assert chosen.window is not None
    drops = [stop for stop in held(ports) if stop.due_at is not None]
    assert [stop.promised_until for stop in drops] == [chosen.window.closes_at]
    made = book(BookRequest(offer.quote_id, chosen.option_id, CUSTOMER), SHOP, ports)
    assert made.shipments[0].promise.window == chosen.window


def test_a_hold_that_is_rehearsed_stays_where_it_was() -> None:
    ports = ports_with()
    offer = ask(ports)
    before = held(ports)
    moved = hold(offer.quote_id, express(offer)[2].option_id, SHOP, ports, dry_run=True)
    assert express(moved)[2].held
    assert held(ports) == before


def test_a_window_that_was_lost_leaves_the_hold_where_it_was() -> None:
    """Others book the hour until it is full: who came first keeps the place that was held."""
    ports = ports_with(share=1.0)
    offer = ask(ports, to="y")
    lost = express(offer)[2]
    while True:
        other = ask(ports)
        taken = next(o for o in express(other) if o.window == lost.window)
        if not taken.offered:
            break
        book(BookRequest(other.quote_id, taken.option_id, CUSTOMER), SHOP, ports)
    mine = [stop for stop in held(ports) if stop.quote_id == offer.quote_id]
    with pytest.raises(NoLongerFeasible):
        hold(offer.quote_id, lost.option_id, SHOP, ports)
    assert [stop for stop in held(ports) if stop.quote_id == offer.quote_id] == mine


def test_what_cannot_be_held_is_refused_by_its_reason() -> None:
    ports = ports_with()
    offer = ask(ports)
    collect = next(o for o in offer.options if o.mode is Mode.COLLECT)
    with pytest.raises(Invalid, match="it offers opt_1"):
        hold(offer.quote_id, collect.option_id, SHOP, ports)
    with pytest.raises(NotFound):
        hold(offer.quote_id, "opt_2", StorefrontId("sf_other"), ports)
    book(BookRequest(offer.quote_id, "opt_1", CUSTOMER), SHOP, ports)
    with pytest.raises(QuoteUsed):
        hold(offer.quote_id, "opt_2", SHOP, ports)
    late = ask(ports)
    clock_of(ports).move_to(late.expires_at)
    with pytest.raises(QuoteExpired):
        hold(late.quote_id, "opt_2", SHOP, ports)
