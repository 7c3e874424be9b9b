"""How did the day go?  Every booked order is delivered or explained; the figures, and the list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dispatch.core.windows import seconds_between
from dispatch.operations.manifest import short_ref
from dispatch.operations.ports import Ports, Transaction
from dispatch.orders.bookings import Booking
from dispatch.orders.shipments import Event, Shipment, State
from dispatch.slots.service_levels import Mode

#: A shipment in one of these has left our hands as it should.
_KEPT = frozenset({State.DELIVERED, State.COLLECTED})
#: In one of these it has not, and an event says why.
_MISSED = frozenset(
    {
        State.ATTEMPTED,
        State.PICKUP_FAILED,
        State.HELD_FOR_PICKUP,
        State.RETURNING,
        State.RETURNED,
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """One shipment's outcome.

    outcome : ``delivered``, ``late``, ``open`` (its promise still runs, or the post has
              it and tells nobody), ``cancelled`` or ``failed``
    why     : the reason, when it is not simply delivered
    """

    order_ref: str
    shipment_id: str
    mode: Mode
    state: State
    outcome: str
    why: str
    late_s: int


@dataclass(frozen=True, slots=True)
class DayReport:
    """The bookings made on one day, and what became of them by now."""

    day: date
    bookings: int
    lines: tuple[Line, ...]

    def count(self, outcome: str, mode: Mode | None = None) -> int:
        return sum(
            1 for line in self.lines if line.outcome == outcome and mode in (None, line.mode)
        )

    @property
    def unexplained(self) -> tuple[Line, ...]:
        """Lines that are neither delivered nor explained: there should be none."""
        return tuple(line for line in self.lines if line.outcome == "failed" and not line.why)

    def by_mode(self) -> dict[Mode, Counter[str]]:
        table: dict[Mode, Counter[str]] = {}
        for line in self.lines:
            table.setdefault(line.mode, Counter())[line.outcome] += 1
        return table


def day_report(day: date, ports: Ports) -> DayReport:
    """Return what became of the bookings made on *day*, as of now."""
    with ports.store.reading() as tx:
        return report_of(day, tx, ports)


def report_of(day: date, tx: Transaction, ports: Ports) -> DayReport:
    """The same, inside a transaction the caller has."""
    bookings = tuple(tx.bookings(day))
    loose = {order.quote_id: order.refusal.code for order in tx.loose_orders(day)}
    now = ports.clock.now()
    lines = tuple(
        _line(booking, shipment, tx, loose.get(booking.quote_id, ""), now)
        for booking in bookings
        for shipment in tx.shipments_of(booking.booking_id)
    )
    return DayReport(day, len(bookings), lines)


def _line(
    booking: Booking, shipment: Shipment, tx: Transaction, loose_code: str, now: datetime
) -> Line:
    events = tx.events_of(shipment.shipment_id)
    late_s = _late_s(shipment, now)
    outcome, why = _outcome(shipment, events, loose_code, late_s)
    return Line(
        short_ref(booking.quote_id),
        shipment.shipment_id,
        shipment.mode,
        shipment.state,
        outcome,
        why,
        late_s,
    )


def _outcome(
    shipment: Shipment, events: Sequence[Event], loose_code: str, late_s: int
) -> tuple[str, str]:
    if shipment.state is State.CANCELLED:
        return "cancelled", "cancelled"
    if shipment.state in _KEPT:
        return ("late", f"{-(-late_s // 60)} min") if late_s else ("delivered", "")
    if shipment.state in _MISSED:
        reason = next((event.reason for event in reversed(events) if event.reason), None)
        return "failed", reason or loose_code
    if loose_code:
        return "failed", loose_code
    posted = shipment.mode is Mode.STANDARD and shipment.state is State.TO_DROPOFF
    if not late_s or posted:
        return "open", _awaits(shipment)
    # Out of our hands, what it still waits for is the explanation; a tour of ours has none.
    return "failed", "" if shipment.mode is Mode.EXPRESS else _awaits(shipment)


def _awaits(shipment: Shipment) -> str:
    """What an unfinished shipment waits for: its promise still runs."""
    if shipment.mode is Mode.COLLECT:
        return "customer_collects"
    if shipment.mode is Mode.STANDARD:
        return "with_the_post" if shipment.state is State.TO_DROPOFF else "to_be_posted"
    return "merchant_delivers" if shipment.mode is Mode.MERCHANT else "on_its_way"


def _late_s(shipment: Shipment, now: datetime) -> int:
    """Seconds past the promise: of the end when it has ended, of this moment when it has not."""
    end = shipment.ended_at or now
    return max(0, seconds_between(shipment.promise.window.closes_at, end))
