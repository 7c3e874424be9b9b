from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.core.errors import (
    DuplicateRef,
    Invalid,
    KeyReused,
    NoLongerFeasible,
    NotFound,
    QuoteExpired,
    QuoteUsed,
    TooLate,
)
from dispatch.core.ids import StorefrontId
from dispatch.operations.book import Booked, BookRequest, book
from dispatch.operations.cancel import cancel
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.orders.quotes import Quote
from dispatch.orders.settlement import Terms
from dispatch.orders.shipments import State
from dispatch.slots.service_levels import Mode
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of
from tests.fakes.road import live
from tests.fakes.town import express_shops
from tests.operations.test_quote import express, standing_stops


@pytest.fixture
def offer(ports: Ports) -> Quote:
    return quote(an_order(ports, express_shops(ports)[0]), SHOP, ports)


def take(offer: Quote, ports: Ports, option: str = "opt_1", **more: str) -> Booked:
    return book(BookRequest(offer.quote_id, option, CUSTOMER, **more), SHOP, ports)


def test_what_was_quoted_is_what_is_booked(ports: Ports, offer: Quote) -> None:
    booked = take(offer, ports)
    (shipment,) = booked.shipments
    assert shipment.promise.window == express(offer)[0].window
    assert booked.booking.price == express(offer)[0].price
    assert [stop.held_until for stop in standing_stops(ports)] == [None, None]


def test_a_booked_place_outlives_the_quote(ports: Ports, offer: Quote) -> None:
    take(offer, ports)
    clock_of(ports).move_to(offer.expires_at)
    assert len(standing_stops(ports)) == 2


def test_the_same_key_books_once_and_answers_twice(ports: Ports, offer: Quote) -> None:
    first = take(offer, ports, idempotency_key="k", fingerprint="body")
    live(ports, minutes=45)  # the shipment has moved on meanwhile
    again = take(offer, ports, idempotency_key="k", fingerprint="body")
    assert again.replayed
    assert (again.booking, again.shipments) == (first.booking, first.shipments)
    assert len(standing_stops(ports)) == 2


def test_the_same_key_with_another_body_is_refused(ports: Ports, offer: Quote) -> None:
    take(offer, ports, idempotency_key="k", fingerprint="body")
    with pytest.raises(KeyReused):
        take(offer, ports, idempotency_key="k", fingerprint="other body")


def test_a_quote_is_booked_once(ports: Ports, offer: Quote) -> None:
    made = take(offer, ports)
    with pytest.raises(QuoteUsed) as why:
        take(offer, ports, option="opt_2")
    assert why.value.facts["booking_id"] == made.booking.booking_id


def test_an_expired_quote_books_nothing(ports: Ports, offer: Quote) -> None:
    clock_of(ports).move_to(offer.expires_at)
    with pytest.raises(QuoteExpired, match="expired at 10:15"):
        take(offer, ports)
    with pytest.raises(QuoteExpired):  # and a failed try does not use it up as "booked"
        take(offer, ports)


def test_a_reference_names_one_order_per_storefront(ports: Ports, offer: Quote) -> None:
    take(offer, ports, external_ref="CMD-1")
    second = quote(an_order(ports, express_shops(ports)[0]), SHOP, ports)
    with pytest.raises(DuplicateRef):
        take(second, ports, external_ref="CMD-1")
    third = quote(an_order(ports, express_shops(ports)[0]), StorefrontId("sf_other"), ports)
    ask = BookRequest(third.quote_id, "opt_1", CUSTOMER, "CMD-1")
    assert book(ask, StorefrontId("sf_other"), ports).booking.external_ref == "CMD-1"


def test_an_order_that_was_cancelled_may_come_again_under_its_name(ports: Ports) -> None:
    shop = express_shops(ports)[0]
    first = take(quote(an_order(ports, shop), SHOP, ports), ports, external_ref="CMD-1")
    gone, _ = cancel(first.booking.booking_id, SHOP, ports)
    assert gone.external_ref == "CMD-1"
    with ports.store.reading() as tx:
        assert tx.booking(gone.booking_id).external_ref == "CMD-1"
    again = take(quote(an_order(ports, shop), SHOP, ports), ports, external_ref="CMD-1")
    third = quote(an_order(ports, shop), SHOP, ports)
    with pytest.raises(DuplicateRef) as why:
        take(third, ports, external_ref="CMD-1")
    assert why.value.facts["booking_id"] == again.booking.booking_id


def test_who_recommended_the_shop_is_known_as_long_as_the_booking(ports: Ports) -> None:
    asked = replace(an_order(ports, express_shops(ports)[0]), recommended_by="cityzen-7")
    assert take(quote(asked, SHOP, ports), ports).booking.recommended_by == "cityzen-7"


def test_the_marketplace_s_share_is_that_of_the_day_of_booking(ports: Ports, offer: Quote) -> None:
    today = replace(ports.parameters, settlement=Terms(commission_bp=600))
    booked = take(offer, replace(ports, parameters=today)).booking
    with ports.store.reading() as tx:
        assert tx.booking(booked.booking_id).commission_bp == 600


def test_another_storefront_s_quote_does_not_exist(ports: Ports, offer: Quote) -> None:
    ask = BookRequest(offer.quote_id, "opt_1", CUSTOMER)
    with pytest.raises(NotFound):
        book(ask, StorefrontId("sf_other"), ports)


def test_a_refused_option_cannot_be_booked(ports: Ports, offer: Quote) -> None:
    refused = next(option for option in offer.options if not option.offered)
    with pytest.raises(Invalid, match=refused.refusals[0].code):
        take(offer, ports, option=refused.option_id)


def test_a_rehearsal_leaves_no_trace(ports: Ports, offer: Quote) -> None:
    ask = BookRequest(offer.quote_id, "opt_1", CUSTOMER, idempotency_key="k", fingerprint="b")
    rehearsed = book(ask, SHOP, ports, dry_run=True)
    with ports.store.reading() as tx, pytest.raises(NotFound):
        tx.booking(rehearsed.booking.booking_id)
    assert not book(ask, SHOP, ports).replayed


def test_taking_another_mode_gives_the_courier_s_place_back(ports: Ports, offer: Quote) -> None:
    collect = next(o for o in offer.options if o.mode is Mode.COLLECT)
    take(offer, ports, option=collect.option_id)
    assert standing_stops(ports) == []


def test_a_window_that_was_not_held_is_checked_again_when_booked(ports: Ports) -> None:
    """While sixty customers hesitate, all are shown the hour from eleven; not all can have it."""
    shop = express_shops(ports)[0]
    hesitant = [quote(an_order(ports, shop), SHOP, ports) for _ in range(60)]
    lost = None
    for offer in hesitant:
        if not express(offer)[2].offered:
            continue
        try:
            take(offer, ports, option="opt_3")
        except NoLongerFeasible:
            lost = offer
    assert lost is not None, "sixty orders fitted into one hour"
    # What was held is still theirs.
    assert take(lost, ports).booking.quote_id == lost.quote_id


def test_cancelling_frees_the_place_and_can_be_repeated(ports: Ports, offer: Quote) -> None:
    booked = take(offer, ports)
    cancel(booked.booking.booking_id, SHOP, ports, reason="changed my mind")
    booking, (shipment,) = cancel(booked.booking.booking_id, SHOP, ports)
    assert (booking.cancelled_at, shipment.state) == (ports.clock.now(), State.CANCELLED)
    assert standing_stops(ports) == []


def test_a_parcel_on_board_cannot_be_cancelled(ports: Ports, offer: Quote) -> None:
    booked = take(offer, ports)
    with ports.store.writing() as tx:
        (shipment,) = tx.shipments_of(booked.booking.booking_id)
        tx.put_shipment(replace(shipment, state=State.PICKED_UP))
    with pytest.raises(TooLate):
        cancel(booked.booking.booking_id, SHOP, ports)
    with ports.store.reading() as tx:
        assert tx.booking(booked.booking.booking_id).cancelled_at is None
