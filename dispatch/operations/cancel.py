"""Cancel a booking, as long as no courier has its parcels; what that costs is the rules'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dispatch.core.civil import local_day
from dispatch.core.errors import NotFound, TooLate
from dispatch.core.ids import StorefrontId
from dispatch.core.money import Price
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.reserve import Seat, no_seat, sit, sparing, told
from dispatch.operations.standing import tours_of
from dispatch.operations.steady import on_one_engine
from dispatch.operations.steps import step
from dispatch.operations.think_first import think_first
from dispatch.orders.bookings import Booking
from dispatch.orders.cancelling import fee_cents
from dispatch.orders.shipments import Shipment, State
from dispatch.slots.service_levels import Mode
from dispatch.tracking.news import Why
from dispatch.tracking.tours import Tour


@dataclass(frozen=True, slots=True)
class _Seen:
    booking: Booking
    tours: tuple[Tour, ...]


def cancel(
    booking_id: str,
    storefront_id: StorefrontId,
    ports: Ports,
    *,
    reason: str = "",
    dry_run: bool = False,
) -> tuple[Booking, tuple[Shipment, ...]]:
    """Cancel every shipment of the booking and free its place in the tours.

    The booking carries the fee, by how far it had come.  Cancelling twice is harmless.
    Raises ``NotFound`` when the storefront has no such booking, ``TooLate`` when a parcel
    has left its shop: then nothing changes.

    dry_run : answer as if, write nothing
    """

    def act(ports: Ports) -> tuple[Booking, tuple[Shipment, ...]]:
        return think_first(
            lambda tx: _look(booking_id, storefront_id, tx, ports),
            lambda seen: (seen.booking, _freed(seen.booking, seen.tours, ports)),
            lambda found, tx: _cancel(*found, reason, tx, ports),
            ports,
            dry_run=dry_run,
        )

    return on_one_engine(lambda steady: act(as_learnt(steady)), ports)


def _look(booking_id: str, storefront_id: StorefrontId, tx: Transaction, ports: Ports) -> _Seen:
    booking = owned(booking_id, storefront_id, tx)
    return _Seen(booking, _tours(tx.shipments_of(booking_id), tx, ports))


def _freed(booking: Booking, tours: Sequence[Tour], ports: Ports) -> Seat:
    """The place given back; a courier who was on the way there is told."""
    seat = sparing(no_seat(booking.quote_id, tours), tours, ports)
    return told(seat, tours, Why.CANCELLED, ports.clock.now())


def _tours(shipments: Sequence[Shipment], tx: Transaction, ports: Ports) -> tuple[Tour, ...]:
    """All tours of the day that the order is promised for."""
    return tours_of(tx, local_day(shipments[0].promise.window.closes_at), ports)


def owned(booking_id: str, storefront_id: StorefrontId, tx: Transaction) -> Booking:
    """Return the booking.  Raises ``NotFound`` also when it is another storefront's."""
    booking = tx.booking(booking_id)
    if booking.storefront_id != storefront_id:
        raise NotFound(f"no booking {booking_id}", booking_id=booking_id)
    return booking


def _cancel(
    booking: Booking, seat: Seat, reason: str, tx: Transaction, ports: Ports
) -> tuple[Booking, tuple[Shipment, ...]]:
    booking = tx.booking(booking.booking_id)
    shipments = tuple(tx.shipments_of(booking.booking_id))
    if booking.cancelled_at is not None:
        return booking, shipments
    _refuse_too_late(shipments)
    if booking.mode is Mode.EXPRESS and seat.fresh:
        # In no tour when we looked: a wave may have found it a place since.
        seat = _freed(booking, _tours(shipments, tx, ports), ports)
    fee = fee_cents([s.state for s in shipments], ports.parameters.cancelling)
    gone = tuple(
        step(s, State.CANCELLED, tx, ports, actor="storefront", reason=reason or None)
        for s in shipments
    )
    sit(seat, booking.quote_id, (), tx, ports)
    tx.drop_loose(booking.quote_id)
    booking = replace(
        booking,
        cancelled_at=ports.clock.now(),
        fee=Price(fee, booking.price.vat_bp, booking.price.currency) if fee else None,
    )
    tx.put_booking(booking)
    return booking, gone


def _refuse_too_late(shipments: Sequence[Shipment]) -> None:
    stuck = next((s for s in shipments if not s.may_become(State.CANCELLED)), None)
    if stuck is not None:
        raise TooLate(
            f"shipment {stuck.shipment_id} is {stuck.state}, too late to cancel",
            shipment_id=stuck.shipment_id,
            state=stuck.state.value,
        )
