"""When an order is completed, what it owes then, and the statements of a month.

Decides when an order counts: once, when its last shipment has ended, in the month of that
moment.  A closed month never changes: what comes back later is taken back in the month when
it comes back.  The amounts are ``orders.settlement``'s; the event that carries them is
written by ``steps``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from dispatch.core.civil import day_window
from dispatch.core.errors import Broken, Invalid
from dispatch.core.windows import TimeWindow
from dispatch.operations.ports import Ports, Transaction
from dispatch.orders.bookings import Booking
from dispatch.orders.settlement import (
    Entry,
    Settled,
    SettlementLine,
    Statement,
    by_merchant,
    by_recommender,
    line_of,
)
from dispatch.orders.shipments import FINAL, Event, EventType, Shipment, State

#: The events a statement is made of, and what each is in it.
_ENTRIES: Final = {
    EventType.COMPLETED: Entry.COMPLETED,
    EventType.CORRECTED: Entry.CORRECTED,
}
_MONTHS: Final = range(1, 13)


@dataclass(frozen=True, slots=True)
class Month:
    """A settled month: a statement for each merchant, one for each recommender."""

    first_day: date
    merchants: tuple[Statement, ...]
    recommenders: tuple[Statement, ...]


def completion(
    moved: Shipment, tx: Transaction, ports: Ports
) -> tuple[EventType, Mapping[str, Any]] | None:
    """Return what is to be told now that *moved*, already written, is in its new state.

    ``order.completed`` when it was the last of its order to end, unless all were cancelled;
    ``order.corrected`` when it comes back after that; None: nothing.  Marks the booking.
    """
    if moved.state not in FINAL:
        return None
    booking = tx.booking(moved.booking_id)
    shipments = tx.shipments_of(booking.booking_id)
    if booking.completed_at is not None:
        # Only what was received can still move, and only back.  Exactly what was counted
        # is taken back, whatever the terms are by now.
        counted = _counted(moved, shipments, tx)
        return EventType.CORRECTED, _data(booking, (counted.taken_back(),))
    if any(one.state not in FINAL for one in shipments):
        return None
    if all(one.state is State.CANCELLED for one in shipments):
        return None
    tx.put_booking(replace(booking, completed_at=ports.clock.now()))
    terms = ports.parameters.settlement
    return EventType.COMPLETED, _data(
        booking, tuple(line_of(one, booking, terms) for one in shipments)
    )


def settle(month: str, ports: Ports, *, merchant_id: str | None = None) -> Month:
    """Return the statements of *month*, written ``2026-11``; of one merchant if named.

    Raises ``Invalid`` for what is no month, ``NotFound`` for an unknown merchant.
    """
    if merchant_id is not None:
        ports.territory.merchant(merchant_id)
    first_day, window = _month(month)
    with ports.store.reading() as tx:
        events = tx.settlement_events(window.opens_at, window.closes_at)
    lines = [
        settled
        for event in events
        for settled in _settled(event)
        if merchant_id in (None, settled.line.merchant_id)
    ]
    return Month(first_day, by_merchant(lines), by_recommender(lines))


def _counted(moved: Shipment, shipments: Sequence[Shipment], tx: Transaction) -> SettlementLine:
    """Return the line of *moved* in the event that completed its order."""
    for one in shipments:
        for event in tx.events_of(one.shipment_id):
            if event.type is not EventType.COMPLETED:
                continue
            for settled in _settled(event):
                if settled.line.shipment_id == moved.shipment_id:
                    return settled.line
    raise Broken(f"shipment {moved.shipment_id} is of a completed order that no event tells of")


def _data(booking: Booking, lines: tuple[SettlementLine, ...]) -> dict[str, Any]:
    return {
        "booking_id": booking.booking_id,
        "storefront_id": booking.storefront_id,
        "external_ref": booking.external_ref,
        "recommended_by": booking.recommended_by,
        "items_value": sum(line.items_value_cents for line in lines),
        "commission_base": sum(line.base_cents for line in lines),
        "commission_base_derived": any(line.base_derived for line in lines),
        "commission": sum(line.commission_cents for line in lines),
        "reward": sum(line.reward_cents for line in lines),
        "delivered": [line.shipment_id for line in lines if line.received],
        "not_delivered": [line.shipment_id for line in lines if not line.received],
        "lines": [line.doc() for line in lines],
    }


def _settled(event: Event) -> tuple[Settled, ...]:
    """Read the lines back from an event of ``_data``."""
    said: Mapping[str, Any] = event.data or {}
    return tuple(
        Settled(
            at=event.at_server,
            entry=_ENTRIES[event.type],
            storefront_id=said["storefront_id"],
            booking_id=said["booking_id"],
            order_ref=said["external_ref"] or said["booking_id"],
            recommended_by=said["recommended_by"],
            line=SettlementLine.read(doc),
        )
        for doc in said["lines"]
    )


def _month(text: str) -> tuple[date, TimeWindow]:
    year, dash, month = text.partition("-")
    whole = (year + month).isdecimal() and dash and (len(year), len(month)) == (4, 2)
    if not whole or int(month) not in _MONTHS or not 2000 <= int(year) <= 9998:
        raise Invalid(f"{text!r} is not a month; write it as 2026-11", field="month")
    first = date(int(year), int(month), 1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first, TimeWindow(day_window(first).opens_at, day_window(following).opens_at)
