"""A day that was lived, as a day that can be lived again: from the store, without who it was.

Decides what of a booking is kept: when it was asked for, from which shops, how big, to which
point on the map, whether the shop was late and whether somebody opened.  No name, telephone
number, address or note.  Who was refused left nothing to be read.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from dispatch.core.civil import local_day
from dispatch.core.errors import NotFound
from dispatch.core.places import Place
from dispatch.core.windows import seconds_between
from dispatch.operations.ports import Ports, Transaction
from dispatch.orders.bookings import Booking
from dispatch.orders.failures import FailureReason
from dispatch.orders.shipments import Shipment
from dispatch.replay.day import Day, DayLine, DayOrder, Origin
from dispatch.slots.service_levels import Mode
from dispatch.tracking.stays import DoorKind, kind_of_door


def recorded_day(day: date, ports: Ports) -> Day:
    """Return the express orders booked on *day* for that day, those cancelled left out.

    It rains if a planner said so.
    """
    with ports.store.reading() as tx:
        orders = [
            _order(booking, tx, ports)
            for booking in tx.bookings(day)
            if booking.mode is Mode.EXPRESS and booking.cancelled_at is None
        ]
        rain = any(wet.day == day for wet in tx.wet_days(day))
    today = (order for order in orders if order is not None)
    in_order = sorted(today, key=lambda order: order.asked_at)
    return Day(
        day=day,
        town=ports.territory.name,
        orders=tuple(replace(order, number=n) for n, order in enumerate(in_order, start=1)),
        rain=rain,
        origin=Origin.RECORDED,
    )


def _order(booking: Booking, tx: Transaction, ports: Ports) -> DayOrder | None:
    """The booking as an order of its day; None when it was for another."""
    shipments = tx.shipments_of(booking.booking_id)
    window = shipments[0].promise.window
    made_on = local_day(booking.created_at)
    if local_day(window.opens_at) != made_on:
        return None
    width_min = seconds_between(window.opens_at, window.closes_at) // 60
    door = booking.deliver_to
    kind = kind_of_door(door.address, f"{door.note} {booking.note}")
    return DayOrder(
        number=1,
        asked_at=_asked_at(booking, tx),
        place=Place(door.place.lat_deg, door.place.lon_deg),
        lines=tuple(_line(shipment) for shipment in shipments),
        flat=kind is DoorKind.FLAT,
        # A window of the timetable was chosen; the wide one is "as soon as possible".
        wants_at=window.opens_at
        if width_min <= ports.parameters.levels[Mode.EXPRESS].slot_min
        else None,
        absent=any(
            event.reason == FailureReason.NOT_AT_HOME
            for shipment in shipments
            for event in tx.events_of(shipment.shipment_id)
        ),
    )


def _asked_at(booking: Booking, tx: Transaction) -> datetime:
    """When the quote was given; when it was booked, where the quote is forgotten or older."""
    try:
        asked_at = tx.quote(booking.quote_id).created_at
    except NotFound:
        return booking.created_at
    return asked_at if local_day(asked_at) == local_day(booking.created_at) else booking.created_at


def _line(shipment: Shipment) -> DayLine:
    ready_at, packed_at = shipment.promise.ready_at, shipment.prepared_at
    late_s = 0
    if (
        ready_at is not None
        and packed_at is not None
        and local_day(packed_at) == local_day(ready_at)
    ):
        late_s = seconds_between(ready_at, packed_at)
    return DayLine(
        merchant_id=shipment.merchant_id,
        items_value_cents=shipment.items_value_cents,
        weight_g=shipment.weight_g,
        volume_cm3=shipment.volume_cm3,
        cold=shipment.cold,
        late_s=late_s,
    )
