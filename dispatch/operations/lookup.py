"""What a storefront may look up: its own bookings, shipments and events; and the day's tours.

Reads only.  Somebody else's booking does not exist for a storefront.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from dispatch.core.civil import local_day
from dispatch.core.errors import Invalid, NotFound
from dispatch.core.ids import BookingId, ShipmentId, StorefrontId
from dispatch.core.windows import TimeWindow
from dispatch.operations.book import Booked
from dispatch.operations.ports import Ports
from dispatch.operations.standing import tours_of
from dispatch.operations.track import track
from dispatch.orders.shipments import Event, EventType, Shipment
from dispatch.tracking.tours import Tour

#: Tours are asked for a day near today; far years are typing errors.
DAYS_AWAY: Final = 366


@dataclass(frozen=True, slots=True)
class Followed:
    """One shipment with its log.

    eta             : when the bell should ring, once a courier has it
    tracking_number : the post's; None: it goes another way, or has no label yet
    """

    shipment: Shipment
    events: tuple[Event, ...]
    eta: TimeWindow | None
    tracking_number: str | None = None


@dataclass(frozen=True, slots=True)
class EventsFound:
    """A page of the log.

    bookings : the booking of each shipment that the events tell of
    more     : there is more behind the last of them
    """

    events: tuple[Event, ...]
    bookings: Mapping[ShipmentId, BookingId]
    more: bool


def booked(booking_id: str, storefront_id: StorefrontId, ports: Ports) -> Booked:
    """Return the booking as it is now.  Raises ``NotFound``."""
    with ports.store.reading() as tx:
        booking = tx.booking(booking_id)
        if booking.storefront_id != storefront_id:
            raise NotFound(f"no booking {booking_id}", booking_id=booking_id)
        return Booked(booking, tuple(tx.shipments_of(booking_id)))


def follow(shipment_id: str, storefront_id: StorefrontId, ports: Ports) -> Followed:
    """Return the shipment, its events, and the forecast its customer sees.  Raises ``NotFound``."""
    with ports.store.reading() as tx:
        shipment = tx.shipment(shipment_id)
        if shipment.storefront_id != storefront_id:
            raise NotFound(f"no shipment {shipment_id}", shipment_id=shipment_id)
        token = tx.booking(shipment.booking_id).tracking_token
        parcel = tx.parcel(shipment_id)
    seen = track(token, ports)
    (mine,) = (s for s in seen.shipments if s.shipment.shipment_id == shipment_id)
    number = None if parcel is None else parcel.tracking_number
    return Followed(mine.shipment, mine.events, seen.courier.eta, number)


def events_after(
    position: int,
    limit: int,
    storefront_id: StorefrontId,
    ports: Ports,
    *,
    types: Collection[EventType] = (),
) -> EventsFound:
    """Return at most *limit* of the storefront's events behind *position*, in order.

    types : only events of these types; none: of all
    """
    with ports.store.reading() as tx:
        found = tx.events_after(position, limit + 1, storefront_id, types)
        page = tuple(found[:limit])
        bookings = tx.bookings_of_shipments({event.shipment_id for event in page})
    return EventsFound(page, bookings, more=len(found) > limit)


def tours_on(day: date, ports: Ports) -> tuple[Tour, ...]:
    """Return every shift's tour of *day*.  Raises ``Invalid`` more than a year from today."""
    today = local_day(ports.clock.now())
    if abs((day - today).days) > DAYS_AWAY:
        raise Invalid(f"day {day} is more than a year from today, {today}", field="day")
    with ports.store.reading() as tx:
        return tours_of(tx, day, ports)


def pulse(ports: Ports) -> datetime:
    """Return the present instant after a word with the store.  Raises ``StorageError``."""
    now = ports.clock.now()
    with ports.store.reading() as tx:
        tx.waves(local_day(now))
    return now
