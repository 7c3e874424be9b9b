"""Cancel a booking, as long as no courier has its parcels."""

from __future__ import annotations

from dataclasses import replace

from dispatch.core.errors import InvalidTransition, NotFound
from dispatch.core.ids import StorefrontId
from dispatch.operations.ports import Ports
from dispatch.operations.reserve import release
from dispatch.operations.steps import step
from dispatch.orders.bookings import Booking
from dispatch.orders.shipments import Shipment, State


def cancel(
    booking_id: str, storefront_id: StorefrontId, ports: Ports, *, reason: str = ""
) -> tuple[Booking, tuple[Shipment, ...]]:
    """Cancel every shipment of the booking and free its place in the tours.

    Cancelling twice is harmless.  Raises ``NotFound`` when the storefront has no
    such booking, ``InvalidTransition`` when a parcel has left its shop: then
    nothing changes.
    """
    now = ports.clock.now()
    with ports.store.writing() as tx:
        booking = tx.booking(booking_id)
        if booking.storefront_id != storefront_id:
            raise NotFound(f"no booking {booking_id}", booking_id=booking_id)
        shipments = tuple(tx.shipments_of(booking_id))
        if booking.cancelled_at is not None:
            return booking, shipments
        stuck = next((s for s in shipments if not s.may_become(State.CANCELLED)), None)
        if stuck is not None:
            raise InvalidTransition(
                f"shipment {stuck.shipment_id} is {stuck.state}, too late to cancel",
                shipment_id=stuck.shipment_id,
                state=stuck.state.value,
            )
        gone = tuple(
            step(s, State.CANCELLED, tx, ports, actor="storefront", reason=reason or None)
            for s in shipments
        )
        release(booking.quote_id, tx, ports)
        tx.drop_loose(booking.quote_id)
        booking = replace(booking, cancelled_at=now)
        tx.put_booking(booking)
    return booking, gone
