"""What is left of a customer once they are forgotten: an order somewhere in the commune.

Decides how each value reads without its person, so that sums, counts and distances by
quarter stay true.  When that happens is ``operations.retention``'s.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import IntEnum
from typing import Final

from dispatch.core.places import Place
from dispatch.operations.transfer import is_transfer
from dispatch.orders.bookings import Booking, Customer
from dispatch.orders.quotes import Doorstep
from dispatch.orders.shipments import Shipment
from dispatch.tracking.tours import StopKind, Tour

#: Two decimals of a degree: at 44.5° north a cell of 1.1 km by 0.8 km.
_DECIMALS: Final = 2


class Forgotten(IntEnum):
    """How much of a tour is forgotten already."""

    NOTHING = 0
    #: Places held for quotes that nobody booked.
    DEAD_HOLDS = 1
    DOORSTEPS = 2


def quarter(place: Place) -> Place:
    """Return the middle of nothing but a square kilometre, without the label."""
    return Place(round(place.lat_deg, _DECIMALS), round(place.lon_deg, _DECIMALS))


def nobodys_doorstep(door: Doorstep) -> Doorstep:
    """Return the quarter and the commune; no address, no note, no doubt about a point."""
    return Doorstep(quarter(door.place), insee=door.insee)


def nobodys_booking(booking: Booking) -> Booking:
    """Return the booking without who receives it, and without the door."""
    return replace(
        booking,
        customer=Customer("", ""),
        deliver_to=nobodys_doorstep(booking.deliver_to),
        note="",
    )


def nobodys_shipment(shipment: Shipment) -> Shipment:
    """Return the shipment, somewhere in its quarter."""
    return replace(shipment, drop=quarter(shipment.drop))


def without_dead_holds(tour: Tour, now: datetime) -> Tour:
    """Return the tour without what was held for quotes that nobody booked."""
    return tour.without_expired_holds(now)


def without_doorsteps(tour: Tour) -> Tour:
    """Return the tour, its doors and where couriers met in their quarters; shops stay."""
    return replace(
        tour,
        stops=tuple(
            replace(stop, place=quarter(stop.place))
            if stop.kind is StopKind.DROP or is_transfer(stop)
            else stop
            for stop in tour.stops
        ),
    )
