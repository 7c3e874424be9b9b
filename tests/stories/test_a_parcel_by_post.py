"""A parcel by post from order to settlement, through La Poste's own shapes on a real socket."""

from __future__ import annotations

from dataclasses import replace

from dispatch.core.ids import MerchantId
from dispatch.operations.book import BookRequest, book
from dispatch.operations.chores import CHORES
from dispatch.operations.ports import Ports
from dispatch.operations.prepare import Act, act
from dispatch.operations.quote import quote
from dispatch.operations.settle import settle
from dispatch.operations.track import track
from dispatch.orders.shipments import EventType, State
from dispatch.slots.service_levels import Mode
from tests.adapters.parcels.conftest import Office
from tests.adapters.parcels.conftest import office as office
from tests.fakes.house import CUSTOMER, SHOP, an_order, house

CAVE = "m_cave_du_bouvreuil"


def look(ports: Ports) -> None:
    """One look of each chore of the post."""
    for chore in CHORES:
        if chore.name in ("labels", "parcels"):
            chore.act(ports)


def test_a_parcel_goes_to_the_letter_box_though_the_post_was_away_for_a_day(
    office: Office,
) -> None:
    ports = replace(house(), clock=office.clock, carrier=office.carrier)
    request = replace(an_order(ports, CAVE), recommended_by="cityzen-7")
    offer = quote(request, SHOP, ports)
    option = next(o for o in offer.options if o.mode is Mode.STANDARD and o.offered)
    booked = book(BookRequest(offer.quote_id, option.option_id, CUSTOMER), SHOP, ports)
    (shipment,) = booked.shipments

    office.post.down = True
    act(Act.READY, shipment.shipment_id, MerchantId(CAVE), ports)
    look(ports)
    assert track(booked.booking.tracking_token, ports).shipments[0].post_number is None

    office.post.down = False
    office.clock.advance(minutes=1)
    look(ports)
    number = track(booked.booking.tracking_token, ports).shipments[0].post_number
    assert number == "6A00000000001"
    act(Act.POSTED, shipment.shipment_id, MerchantId(CAVE), ports)

    office.post.down = True
    for _ in range(24):
        office.clock.advance(minutes=60)
        look(ports)
    with ports.store.reading() as tx:
        assert tx.shipment(shipment.shipment_id).state is State.TO_DROPOFF
    office.post.down = False
    office.clock.advance(minutes=60)
    look(ports)
    with ports.store.reading() as tx:
        after = tx.shipment(shipment.shipment_id)
        log = tx.events_of(shipment.shipment_id)
    assert after.state is State.DELIVERED
    # Delivered when the post says it was, and not when we heard of it: five steps of four hours.
    delivered = next(event for event in log if event.state is State.DELIVERED)
    assert (delivered.at_server - delivered.at_device).total_seconds() == 5 * 3600
    assert [event.type for event in log][-2:] == [EventType.STATE, EventType.COMPLETED]
    (statement,) = settle("2026-11", ports).merchants
    assert (statement.subject, statement.commission_cents) == (CAVE, 138)
