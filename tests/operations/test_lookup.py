"""A storefront looks up its own, and tours of days that make sense."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.core.civil import local_day
from dispatch.core.errors import Invalid, NotFound
from dispatch.core.ids import StorefrontId
from dispatch.operations.book import Booked, BookRequest, book
from dispatch.operations.lookup import (
    DAYS_AWAY,
    EventsFound,
    booked,
    events_after,
    follow,
    pulse,
    tours_on,
)
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.tick import tick
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of, house

OTHER = StorefrontId("sf_other")


@pytest.fixture
def ports() -> Ports:
    return house()


def a_booking(ports: Ports) -> Booked:
    offer = quote(an_order(ports, "m_atelier_gariguette", "m_or_et_rosee"), SHOP, ports)
    return book(BookRequest(offer.quote_id, "opt_1", CUSTOMER), SHOP, ports)


def test_a_booking_is_found_by_its_storefront_only(ports: Ports) -> None:
    made = a_booking(ports)
    booking_id = made.booking.booking_id
    assert booked(booking_id, SHOP, ports) == made
    with pytest.raises(NotFound):
        booked(booking_id, OTHER, ports)


def test_each_shipment_of_a_booking_is_followed_on_its_own(ports: Ports) -> None:
    made = a_booking(ports)
    for shipment in made.shipments:
        seen = follow(shipment.shipment_id, SHOP, ports)
        assert seen.shipment == shipment
        assert {event.shipment_id for event in seen.events} == {shipment.shipment_id}
        assert seen.eta is None, "nobody has it yet"
        with pytest.raises(NotFound):
            follow(shipment.shipment_id, OTHER, ports)


def test_both_shipments_ring_the_bell_together(ports: Ports) -> None:
    made = a_booking(ports)
    clock_of(ports).move_to("2026-11-24T10:30+01:00")
    tick(ports)
    first, second = (follow(s.shipment_id, SHOP, ports).eta for s in made.shipments)
    assert first is not None
    assert first == second


def test_events_are_the_storefront_s_own(ports: Ports) -> None:
    made = a_booking(ports)
    mine = events_after(0, 10, SHOP, ports)
    assert not mine.more
    assert [event.shipment_id for event in mine.events] == list(made.booking.shipment_ids)
    assert mine.bookings == dict.fromkeys(made.booking.shipment_ids, made.booking.booking_id)
    assert events_after(0, 10, OTHER, ports) == EventsFound((), {}, more=False)
    first, *rest = mine.events
    assert events_after(first.position, 10, SHOP, ports).events == tuple(rest)
    assert events_after(0, 1, SHOP, ports).more


def test_tours_are_told_a_year_around_today(ports: Ports) -> None:
    today = local_day(ports.clock.now())
    assert tours_on(today, ports)
    for days in (-DAYS_AWAY, DAYS_AWAY):
        tours_on(today + timedelta(days=days), ports)
    for days in (-DAYS_AWAY - 1, DAYS_AWAY + 1):
        with pytest.raises(Invalid) as refused:
            tours_on(today + timedelta(days=days), ports)
        assert refused.value.field == "day"


def test_the_pulse_tells_the_clock_of_the_house(ports: Ports) -> None:
    assert pulse(ports) == ports.clock.now()
