"""The customer's page: where is my order?  One booking, nobody else's data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dispatch.core.civil import local_day
from dispatch.core.places import Place
from dispatch.core.windows import TimeWindow
from dispatch.operations.ports import Ports
from dispatch.orders.bookings import Booking
from dispatch.orders.parcels import Parcel
from dispatch.orders.shipments import Event, Shipment
from dispatch.slots.service_levels import Mode
from dispatch.tracking.public_view import CourierView, courier_view
from dispatch.tracking.tours import StopKind


@dataclass(frozen=True, slots=True)
class TrackedShipment:
    """One parcel: who packs it, where it is in its life, what happened so far.

    collect_code : what to say at the counter; only for a parcel to collect
    post_number  : the post's number of it, once it has one
    """

    merchant_name: str
    merchant_address: str
    shipment: Shipment
    events: tuple[Event, ...]
    collect_code: str | None
    post_number: str | None = None


@dataclass(frozen=True, slots=True)
class Tracking:
    """What the page shows, at ``now``."""

    booking: Booking
    now: datetime
    promise: TimeWindow
    shipments: tuple[TrackedShipment, ...]
    courier: CourierView
    drop: Place


def track(token: str, ports: Ports) -> Tracking:
    """Return the tracking of the booking *token* opens.  Raises ``NotFound``."""
    now = ports.clock.now()
    with ports.store.reading() as tx:
        booking = tx.booking_by_token(token)
        shipments = tuple(tx.shipments_of(booking.booking_id))
        events = {s.shipment_id: tuple(tx.events_of(s.shipment_id)) for s in shipments}
        posted = {s.shipment_id: tx.parcel(s.shipment_id) for s in shipments if _by_post(s)}
        tours = (
            tx.tours(local_day(shipments[0].promise.window.closes_at))
            if booking.mode is Mode.EXPRESS
            else ()
        )
    tour, drop_id = None, None
    for candidate in tours:
        for stop in candidate.stops:
            if stop.quote_id == booking.quote_id and stop.kind is StopKind.DROP:
                tour, drop_id = candidate, stop.stop_id
    return Tracking(
        booking=booking,
        now=now,
        promise=TimeWindow(
            min(s.promise.window.opens_at for s in shipments),
            max(s.promise.window.closes_at for s in shipments),
        ),
        shipments=tuple(
            _tracked(s, events[s.shipment_id], posted.get(s.shipment_id), ports) for s in shipments
        ),
        courier=courier_view(tour, drop_id, now),
        drop=booking.deliver_to.place,
    )


def _by_post(shipment: Shipment) -> bool:
    return shipment.mode is Mode.STANDARD


def _tracked(
    shipment: Shipment, events: tuple[Event, ...], parcel: Parcel | None, ports: Ports
) -> TrackedShipment:
    merchant = ports.territory.merchant(shipment.merchant_id)
    return TrackedShipment(
        merchant.name,
        merchant.address,
        shipment,
        events,
        shipment.handover_code if shipment.mode is Mode.COLLECT else None,
        None if parcel is None else parcel.tracking_number,
    )
