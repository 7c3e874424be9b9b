"""The customer's page: where is my order?  One booking, nobody else's data."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.core.civil import local_day
from dispatch.core.errors import Gone, StreetsUnavailable
from dispatch.core.ids import ShipmentId
from dispatch.core.places import Place
from dispatch.core.windows import TimeWindow
from dispatch.operations.arrivals import outlooks, packed_stops
from dispatch.operations.late_notice import Instead, instead_in, last_notice
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports
from dispatch.operations.proof_list import received_by
from dispatch.operations.proofs import asked_at, pin_of
from dispatch.orders.bookings import Booking
from dispatch.orders.parcels import Parcel
from dispatch.orders.shipments import FINAL, Event, Shipment, State
from dispatch.slots.service_levels import Mode
from dispatch.tracking.proofs import ProofKind
from dispatch.tracking.public_view import CourierView, courier_view
from dispatch.tracking.tours import Stop, StopKind, Tour


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
    """What the page shows, at ``now``.

    pin         : what the customer says at the door; None: it is not asked, or not any more
    received_by : who took it, as the courier wrote it
    late    : the customer was told that the promise will not be kept
    instead : what could be had instead when it was told
    """

    booking: Booking
    now: datetime
    promise: TimeWindow
    shipments: tuple[TrackedShipment, ...]
    courier: CourierView
    drop: Place
    pin: str | None = None
    received_by: str | None = None
    late: bool = False
    instead: tuple[Instead, ...] = ()


def track(token: str, ports: Ports) -> Tracking:
    """Return the tracking of the booking *token* opens.

    Raises ``NotFound``, and ``Gone`` some time after the order's end (``[retention]
    tracking_hours``): the link lies in messages that nobody deletes.
    """
    ports = as_learnt(ports)
    now = ports.clock.now()
    with ports.store.reading() as tx:
        booking = tx.booking_by_token(token)
        shipments = tuple(tx.shipments_of(booking.booking_id))
        events = {s.shipment_id: tuple(tx.events_of(s.shipment_id)) for s in shipments}
        posted = {s.shipment_id: tx.parcel(s.shipment_id) for s in shipments if _by_post(s)}
        proofs = tuple(tx.proofs_of(booking.quote_id))
        asked = asked_at(booking, tx, ports)
        tours = (
            tx.tours(local_day(shipments[0].promise.window.closes_at))
            if booking.mode is Mode.EXPRESS
            else ()
        )
        tour, drop = _drop_of(booking, tours)
        packed = frozenset() if tour is None else packed_stops([tour], tx)
    until = booking.tracking_until or _until(shipments, events, ports)
    forgotten = not (booking.customer.name or booking.customer.phone)
    if forgotten or (until is not None and now >= until):
        raise Gone("this order's page has ended")
    open_ones = [s for s in shipments if s.state not in FINAL]
    notices = [n for s in open_ones if (n := last_notice(events[s.shipment_id])) is not None]
    likely = None if tour is None or drop is None else _likely(tour, drop, packed, now, ports)
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
        courier=courier_view(tour, None if drop is None else drop.stop_id, now, likely),
        drop=booking.deliver_to.place,
        pin=pin_of(booking) if ProofKind.PIN in asked.kinds and _awaited(shipments) else None,
        received_by=received_by(proofs),
        late=bool(notices),
        instead=instead_in(notices[0]) if notices else (),
    )


def _drop_of(booking: Booking, tours: Iterable[Tour]) -> tuple[Tour | None, Stop | None]:
    """Return the order's doorstep and its tour; of two visits the later."""
    found: tuple[Tour | None, Stop | None] = None, None
    for tour in tours:
        for stop in tour.stops:
            if stop.quote_id == booking.quote_id and stop.kind is StopKind.DROP:
                found = tour, stop
    return found


def _likely(
    tour: Tour, drop: Stop, packed: Collection[str], now: datetime, ports: Ports
) -> tuple[datetime, datetime] | None:
    """Return from when to when service at *drop* probably begins; None: nobody can tell."""
    if drop.over:
        return None
    try:
        seen = outlooks(tour, packed, now, ports)
    except StreetsUnavailable:
        return None
    mine = next((one for one in seen if one.stop.stop_id == drop.stop_id), None)
    return None if mine is None else (mine.early_at, mine.late_at)


def _awaited(shipments: tuple[Shipment, ...]) -> bool:
    """True while a courier may still ring with a parcel of this order."""
    return any(s.mode is Mode.EXPRESS and s.state not in FINAL for s in shipments)


def _until(
    shipments: tuple[Shipment, ...], events: Mapping[ShipmentId, tuple[Event, ...]], ports: Ports
) -> datetime | None:
    """When the page ends; None while a parcel is still on its way, or waits for the customer.

    What the post has is not always seen to arrive: that page ends after the last promised day.
    """
    ends = []
    for shipment in shipments:
        with_the_post = shipment.mode is Mode.STANDARD and shipment.state is State.TO_DROPOFF
        if shipment.ended_at is not None:
            ends.append(shipment.ended_at)
        elif with_the_post:
            ends.append(shipment.promise.window.closes_at)
            ends += [event.at_server for event in events[shipment.shipment_id][-1:]]
        else:
            return None
    return max(ends) + timedelta(hours=ports.parameters.retention.tracking_hours)


def _is_fetched(shipment: Shipment) -> bool:
    """Does the customer say the code at the counter?  Also where a courier brought it back."""
    kept = shipment.mode is Mode.EXPRESS and shipment.state is State.HELD_FOR_PICKUP
    return shipment.mode is Mode.COLLECT or kept


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
        shipment.handover_code if _is_fetched(shipment) else None,
        None if parcel is None else parcel.tracking_number,
    )
