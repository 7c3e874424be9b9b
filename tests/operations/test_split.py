"""::

D . B . F . . x        one cell = one minute; D: the depot, B, F: shops, x, y: doors
. . . . . . . y
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.core.errors import Invalid, NoLongerFeasible, QuoteExpired
from dispatch.core.ids import MerchantId
from dispatch.operations.book import BookRequest, book
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.split import split
from dispatch.orders.quotes import Doorstep, Line, OrderRequest, Quote
from tests.fakes.house import CUSTOMER, SHOP
from tests.operations.drawn import TOWN, at, courier, drawn_house, territory
from tests.operations.test_holds import express, held

B, F = MerchantId("B"), MerchantId("F")


def ask(ports: Ports, *, f_ready: float | None = None, grams: int = 100) -> Quote:
    """One order of both shops; F is ready *f_ready* minutes after ten, B at once."""
    ready_at = None if f_ready is None else at(f_ready)
    lines = (Line(B, weight_g=grams), Line(F, weight_g=grams, ready_at=ready_at))
    request = OrderRequest(lines, Doorstep(TOWN["x"]), "CMD-1")
    return quote(request, SHOP, ports)


def test_what_waiting_for_the_slowest_shop_costs_is_told() -> None:
    """Anna could be at x at 10:41 with B's parcel; for F's, ready at 12:00, she comes later."""
    first = express(ask(drawn_house(), f_ready=120))[0]
    assert first.waiting is not None
    assert first.waiting.slowest == F
    together = at(120) + timedelta(minutes=1 + 3 + 1 + 1)  # at F: set up, fetch; ride; set up
    assert together - first.waiting.without >= timedelta(hours=1)
    assert first.waiting.waits_s >= 3600
    (parts,) = first.splits
    assert parts.groups == ((B,), (F,))
    assert first.price is not None
    assert parts.price_cents == 2 * 490 > first.price.amount_cents


def test_one_shop_waits_for_nobody() -> None:
    ports = drawn_house()
    alone = OrderRequest((Line(B),), Doorstep(TOWN["x"]))
    first = express(quote(alone, SHOP, ports))[0]
    assert (first.waiting, first.splits) == (None, ())


def test_a_split_is_held_part_by_part_and_the_whole_quote_ends() -> None:
    ports = drawn_house()
    whole = ask(ports, f_ready=60)
    parts = split(whole.quote_id, ((B,), (F,)), SHOP, ports)
    assert [part.request.external_ref for part in parts] == ["CMD-1/1", "CMD-1/2"]
    assert {part.split_of for part in parts} == {whole.quote_id}
    assert {stop.quote_id for stop in held(ports)} == {part.quote_id for part in parts}
    for part in parts:
        assert book(BookRequest(part.quote_id, "opt_1", CUSTOMER), SHOP, ports).shipments
    with pytest.raises(QuoteExpired):
        book(BookRequest(whole.quote_id, "opt_1", CUSTOMER), SHOP, ports)


def test_a_rehearsed_split_leaves_the_whole_quote_as_it_was() -> None:
    ports = drawn_house()
    whole = ask(ports)
    before = held(ports)
    assert len(split(whole.quote_id, ((B,), (F,)), SHOP, ports, dry_run=True)) == 2
    assert held(ports) == before


def test_an_order_too_heavy_for_one_bag_is_told_that_it_fits_in_two() -> None:
    ports = drawn_house(territory(courier(carries_g=1_500)))
    first = express(ask(ports, grams=1_000))[0]
    assert not first.offered
    assert [way.kind for way in first.refusals[0].ways if way.kind == "split"] == ["split"]
    assert first.splits[0].groups == ((B,), (F,))


def test_parts_that_do_not_all_fit_change_nothing() -> None:
    """Anna's shift ends at 10:55: F, ready at 10:50, is not brought any more, alone or not."""
    ports = drawn_house(territory(courier(shift="Mo-Su 09:00-10:55")))
    request = OrderRequest((Line(B), Line(F)), Doorstep(TOWN["x"]))
    whole = quote(request, SHOP, ports)
    before = held(ports)
    late = Line(F, ready_at=at(50))
    with ports.store.writing() as tx:
        tx.put_quote(replace(whole, request=replace(request, lines=(Line(B), late))))
    with pytest.raises(NoLongerFeasible, match="part 2"):
        split(whole.quote_id, ((B,), (F,)), SHOP, ports)
    assert held(ports) == before


@pytest.mark.parametrize("groups", [((B, F),), ((B,), (B, F)), ((B,), ()), ((B,), ("Z",))])
def test_a_split_shares_out_every_shop_once(groups: tuple[tuple[MerchantId, ...], ...]) -> None:
    ports = drawn_house()
    with pytest.raises(Invalid, match="share out B, F"):
        split(ask(ports).quote_id, groups, SHOP, ports)
