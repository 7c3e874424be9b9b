"""Change a booking that still can be: its window, whom to call, what the courier should know.

A new window is a new promise: it is given only where a courier can keep it beside all the
others of its own day, and until then the old place stays.  What was paid stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.core.civil import clock_text, local_day, local_text
from dispatch.core.errors import Invalid, NoLongerFeasible, Stale, TooLate
from dispatch.core.ids import StorefrontId
from dispatch.core.reasons import Refusal
from dispatch.operations.cancel import owned
from dispatch.operations.closures import as_closed
from dispatch.operations.enquire import check_day
from dispatch.operations.express import Desk, desk
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.quote_ask import offers_to
from dispatch.operations.reserve import Seat, moved_seat, no_seat, sit, sparing, told
from dispatch.operations.standing import tours_of
from dispatch.operations.steady import on_one_engine
from dispatch.operations.steps import step, tell
from dispatch.operations.think_first import think_first
from dispatch.orders.bookings import Booking
from dispatch.orders.cancelling import STATES_BEFORE_THE_WAY
from dispatch.orders.quotes import OrderRequest
from dispatch.orders.shipments import FINAL, EventType, Shipment, State
from dispatch.slots.promises import Promise
from dispatch.slots.service_levels import Mode
from dispatch.slots.shops import ready_at
from dispatch.tracking.news import Why
from dispatch.tracking.tours import Tour


@dataclass(frozen=True, slots=True)
class Amendment:
    """What is to be another; None: as it was.

    window_from : when the new window begins
    phone       : whom the courier calls
    note        : for the courier; "" takes the earlier one back

    Raises ``ValueError`` when nothing is to change.
    """

    window_from: datetime | None = None
    phone: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        if not self.changed:
            raise ValueError("an amendment changes something")

    @property
    def changed(self) -> list[str]:
        """The names of what changes, as an event tells them."""
        asked = {"window": self.window_from, "phone": self.phone, "note": self.note}
        return [name for name, value in asked.items() if value is not None]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is looked at.

    since  : when the shops have had the order
    before : the tours of the day for which it is promised now
    table  : those of the day on which it is to be tried, which may be another
    """

    booking: Booking
    shipments: tuple[Shipment, ...]
    request: OrderRequest
    since: datetime
    before: tuple[Tour, ...]
    table: Desk


@dataclass(frozen=True, slots=True)
class _Change:
    """What was seen, and where the order goes; no ``promise``: it stays where it is."""

    seen: _Seen
    promise: Promise | None = None
    seat: Seat | None = None


def amend(
    booking_id: str,
    change: Amendment,
    storefront_id: StorefrontId,
    ports: Ports,
    *,
    dry_run: bool = False,
) -> tuple[Booking, tuple[Shipment, ...]]:
    """Change the booking, tell its shipments' log what changed, and return both.

    dry_run : answer as if, write nothing

    Raises
    ------
    NotFound
        When the storefront has no such booking.
    Invalid
        When there is no window of that beginning, or the order is in no courier's tour.
    TooLate
        When it is over, or, for a window, when a courier has left for one of its shops.
    NoLongerFeasible
        When no courier can keep the new window; ``reason`` says why.  The old one holds.
    """

    def act(ports: Ports) -> tuple[Booking, tuple[Shipment, ...]]:
        return think_first(
            lambda tx: _look(booking_id, change, storefront_id, tx, ports),
            lambda seen: _think(seen, change, ports),
            lambda thought, tx: _write(thought, change, tx, ports),
            ports,
            dry_run=dry_run,
        )

    return on_one_engine(lambda steady: act(as_closed(as_learnt(steady))), ports)


def _look(
    booking_id: str,
    change: Amendment,
    storefront_id: StorefrontId,
    tx: Transaction,
    ports: Ports,
) -> _Seen:
    booking = owned(booking_id, storefront_id, tx)
    offer = tx.quote(booking.quote_id)
    shipments = tuple(tx.shipments_of(booking_id))
    # The promise tells the day, not the quote: it may have been amended before.
    promised_on = local_day(shipments[0].promise.window.opens_at)
    day = promised_on
    if change.window_from is not None:
        day = local_day(change.window_from)
        check_day(day, ports.clock.now(), "window.start")
    table = desk(tx, ports, day=day)
    before = table.tours if day == promised_on else tours_of(tx, promised_on, ports)
    return _Seen(booking, shipments, offer.request, offer.created_at, before, table)


def _think(seen: _Seen, change: Amendment, ports: Ports) -> _Change:
    _refuse_ended(seen.shipments)
    if change.window_from is None:
        return _Change(seen)
    if seen.booking.mode is not Mode.EXPRESS:
        raise Invalid(f"an order by {seen.booking.mode} has no window to change", field="window")
    _refuse_left(seen)
    promise = _another_window(seen, change.window_from, ports)
    moved = moved_seat(seen.booking.quote_id, seen.request, promise, seen.table, ports)
    if isinstance(moved.fit, Refusal):
        raise NoLongerFeasible(
            f"no courier can keep the window from {clock_text(change.window_from)}: "
            f"{moved.fit.code}",
            booking_id=seen.booking.booking_id,
            reason=moved.fit.code,
        )
    # The place given up may be in another day's tours than those it was tried in.
    left = no_seat(seen.booking.quote_id, seen.before).freed
    seat = replace(moved, freed=left).taken(moved.fit)
    seat = sparing(seat, seen.before, ports)
    seat = told(seat, (*seen.before, *seen.table.tours), Why.AMENDED, ports.clock.now())
    return _Change(seen, promise, seat)


def _refuse_ended(shipments: Sequence[Shipment]) -> None:
    if all(shipment.state in FINAL for shipment in shipments):
        raise TooLate(f"booking {shipments[0].booking_id} is over", state=shipments[0].state.value)


def _refuse_left(seen: _Seen) -> None:
    """Refuse another window once a courier has left for the order, or has tried it before."""
    stuck = next((s for s in seen.shipments if s.state not in STATES_BEFORE_THE_WAY), None)
    begun = any(_begun(tour, seen.booking) for tour in seen.before)
    if stuck is not None or begun:
        raise TooLate(
            "a courier is on the way already",
            state=(stuck or seen.shipments[0]).state.value,
        )


def _begun(tour: Tour, booking: Booking) -> bool:
    mine = (stop for stop in tour.stops if stop.quote_id == booking.quote_id)
    return any(stop.over or stop.departed_at is not None for stop in mine)


def _another_window(seen: _Seen, opens_at: datetime, ports: Ports) -> Promise:
    """Return the promise of the window that begins at *opens_at*, as ordered now.

    The shops have the order since it was asked for: they do not begin anew.
    """
    now = ports.clock.now()
    day = local_day(opens_at)
    shops = [ports.territory.merchant(line.merchant_id).shop for line in seen.request.lines]
    lines = tuple(
        replace(line, ready_at=ready_at(shop, seen.since, line.ready_at))
        for line, shop in zip(seen.request.lines, shops, strict=True)
    )
    asked = replace(seen.request, lines=lines, day=day)
    found = offers_to(asked, Mode.EXPRESS, shops, now, ports)
    # The first of today is "as soon as possible": no window to move to.
    windows = found[1:] if day == local_day(now) else found
    same = [o.answer for o in windows if o.window is not None and o.window.opens_at == opens_at]
    if not same:
        known = ", ".join(local_text(o.window.opens_at) for o in windows if o.window)
        raise Invalid(
            f"no window begins at {local_text(opens_at)}; those that do: {known or 'none'}",
            field="window.start",
        )
    if isinstance(same[0], Refusal):
        raise NoLongerFeasible(
            f"the window from {clock_text(opens_at)} is not offered: {same[0].code}",
            booking_id=seen.booking.booking_id,
            reason=same[0].code,
        )
    return same[0]


def _write(
    thought: _Change, change: Amendment, tx: Transaction, ports: Ports
) -> tuple[Booking, tuple[Shipment, ...]]:
    seen = thought.seen
    booking = tx.booking(seen.booking.booking_id)
    shipments = tuple(tx.shipments_of(booking.booking_id))
    if (booking, shipments) != (seen.booking, seen.shipments):
        raise Stale(f"booking {booking.booking_id} changed meanwhile")
    data: dict[str, object] = {"changed": change.changed}
    if thought.promise is not None and thought.seat is not None:
        window = thought.promise.window
        data["promise"] = {
            "start": local_text(window.opens_at),
            "end": local_text(window.closes_at),
        }
        shipments = tuple(_promised_anew(s, thought.promise, tx, ports) for s in shipments)
        sit(thought.seat, booking.quote_id, shipments, tx, ports)
        tx.drop_loose(booking.quote_id)
    told = tuple(
        tell(s, EventType.AMENDED, tx, ports, actor="storefront", data=data)
        if s.state not in FINAL
        else s
        for s in shipments
    )
    phone = booking.customer.phone if change.phone is None else change.phone
    booking = replace(
        booking,
        customer=replace(booking.customer, phone=phone),
        note=booking.note if change.note is None else change.note,
    )
    tx.put_booking(booking)
    return booking, told


def _promised_anew(shipment: Shipment, promise: Promise, tx: Transaction, ports: Ports) -> Shipment:
    """Write the shipment with its share of *promise*; a courier who had it is sent anew."""
    mine = tuple(p for p in promise.pickups if p.merchant_id == shipment.merchant_id)
    again = replace(shipment, promise=replace(promise, ready_at=mine[0].ready_at, pickups=mine))
    if again.state is State.ASSIGNED:
        back = State.READY if again.prepared_at else State.BOOKED
        return step(again, back, tx, ports, actor="storefront", reason="amended")
    tx.put_shipment(again)
    return again
