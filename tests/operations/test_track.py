from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.core.errors import Gone, NotFound
from dispatch.operations.book import BookRequest, book
from dispatch.operations.ports import Ports
from dispatch.operations.prepare import Act, act
from dispatch.operations.quote import quote
from dispatch.operations.retention import purge
from dispatch.operations.track import track
from dispatch.slots.service_levels import Mode
from dispatch.tracking.facts import FactKind
from dispatch.tracking.tours import StopKind
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of
from tests.fakes.town import express_shops
from tests.operations.test_progress import given_tour, report
from tests.operations.test_run_wave import order


def test_a_token_that_opens_nothing_says_so(ports: Ports) -> None:
    with pytest.raises(NotFound):
        track("nothing", ports)


def test_before_the_wave_the_customer_sees_the_promise_and_no_forecast(ports: Ports) -> None:
    booked = order(ports)
    view = track(booked.booking.tracking_token, ports)
    assert view.promise == booked.shipments[0].promise.window
    assert (view.courier.eta, view.courier.you_next, view.courier.position) == (None, False, None)


def test_the_courier_is_shown_only_to_the_door_that_is_next(ports: Ports) -> None:
    """Two customers of one courier: the second never sees where the first one lives."""
    shop = express_shops(ports)[0]
    first, second = order(ports, shop), order(ports, shop)
    tour = given_tour(ports)
    views = []
    while (stop := tour.next_stop) is not None:
        clock_of(ports).advance(minutes=4)
        tour = report(tour, ports)
        seen = {
            b.booking.quote_id: track(b.booking.tracking_token, ports).courier
            for b in (first, second)
        }
        came_from_a_door = stop.kind is StopKind.DROP
        for quote_id, view in seen.items():
            next_stop = tour.next_stop
            is_next = (
                next_stop is not None
                and next_stop.quote_id == quote_id
                and next_stop.kind is StopKind.DROP
            )
            assert view.you_next is is_next
            # Where the last customer lives is nobody's business.
            assert (view.position is not None) is (is_next and not came_from_a_door)
        views.append((stop.stop_id, seen))
    assert any(v.you_next for _, seen in views for v in seen.values())


def test_the_forecast_is_a_window_that_never_ends_in_the_past(ports: Ports) -> None:
    booked = order(ports)
    tour = given_tour(ports)
    view = track(booked.booking.tracking_token, ports)
    assert view.courier.eta is not None
    clock_of(ports).advance(minutes=120)  # no news from the road for two hours
    later = track(booked.booking.tracking_token, ports)
    assert later.courier.eta is not None
    assert later.courier.eta.closes_at > ports.clock.now()
    tour = report(tour, ports)
    report(tour, ports, FactKind.DONE)
    over = track(booked.booking.tracking_token, ports)
    assert over.courier.eta is None
    assert [event.state.value for event in over.shipments[0].events][-1] == "delivered"


def test_the_page_ends_some_days_after_the_order_and_not_before(ports: Ports) -> None:
    booked = order(ports)
    token = booked.booking.tracking_token
    tour = given_tour(ports)
    while tour.next_stop is not None:
        clock_of(ports).advance(minutes=4)
        tour = report(tour, ports)
    clock_of(ports).advance(minutes=72 * 60 - 1)
    assert track(token, ports).shipments[0].shipment.ended_at is not None
    clock_of(ports).advance(minutes=1)
    with pytest.raises(Gone):
        track(token, ports)


def test_a_parcel_that_waits_keeps_its_page_until_its_customer_is_forgotten(ports: Ports) -> None:
    token = order(ports).booking.tracking_token
    clock_of(ports).advance(minutes=30 * 24 * 60)
    track(token, ports)
    clock_of(ports).advance(minutes=400 * 24 * 60)
    purge(ports)
    with pytest.raises(Gone):
        track(token, ports)


def test_what_the_post_took_is_followed_until_its_last_promised_day(ports: Ports) -> None:
    shop = next(
        m.merchant_id
        for m in ports.territory.merchants.values()
        if Mode.STANDARD in m.shop.modes and Mode.EXPRESS in m.shop.modes
    )
    offer = quote(an_order(ports, shop), SHOP, ports)
    option = next(o for o in offer.options if o.mode is Mode.STANDARD)
    booked = book(BookRequest(offer.quote_id, option.option_id, CUSTOMER), SHOP, ports)
    shipment = booked.shipments[0]
    for what in (Act.READY, Act.POSTED):
        act(what, shipment.shipment_id, shipment.merchant_id, ports)
    last = shipment.promise.window.closes_at
    clock_of(ports).move_to(last + timedelta(hours=71))
    track(booked.booking.tracking_token, ports)
    clock_of(ports).move_to(last + timedelta(hours=72))
    with pytest.raises(Gone):
        track(booked.booking.tracking_token, ports)
