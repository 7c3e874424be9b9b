"""A shop's side of the counter: ask, hold, book what is paid for, change it, hear of it.

Decides nothing about deliveries.  Of all calls only ``book`` is made after payment, so
only ``book`` has an outbox: the others tell of a failure at once, and may be made again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from dispatch.client import clock
from dispatch.client.delivery import Delivery, first_row
from dispatch.client.errors import NotDecided, Problem, RefTaken, UnknownOrder
from dispatch.client.outbox import Outbox, Row
from dispatch.client.terms import Tolerance, nearest
from dispatch.client.wire import Wire
from dispatch.client.words import (
    Basket,
    Booked,
    Booking,
    Event,
    EventPage,
    Json,
    Order,
    Pending,
    Quote,
    Why,
)

TIMEOUT_S: Final = 10.0
#: How many orders one ``deliver_outbox`` tries: it comes back soon enough.
AT_MOST: Final = 100
_EVENTS: Final = "events"
_EVENTS_A_PAGE: Final = 500
#: The mode that takes a place in somebody's day.
_COURIERS: Final = "express"
_NOTHING: Final = Tolerance()


class Shop:
    """A storefront with its key.  May be shared by threads.

    base_url  : the server's, such as ``https://dispatch.example``
    key       : ``dk_…``, with the scopes ``quotes`` and ``bookings``
    outbox    : a file on a disk that stays; several processes of the shop may share it
    tolerance : what may be booked unasked in place of what was paid for and is gone
    timeout_s : how long one call may take at each step
    now_s     : the shop's clock, seconds since 1970; for tests, as is ``transport``
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        outbox: str | Path,
        tolerance: Tolerance = _NOTHING,
        timeout_s: float = TIMEOUT_S,
        now_s: Callable[[], float] = clock.now_s,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._wire = Wire(base_url, key, timeout_s, transport)
        self._outbox = Outbox(Path(outbox))
        self._now_s = now_s
        self._delivery = Delivery(self._wire, self._outbox, tolerance, now_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._wire.close()

    # Before payment ---------------------------------------------------------------

    def merchants(self) -> tuple[Json, ...]:
        """Return the merchants as the server lists them: ``id``, ``name``, ``modes``…"""
        return tuple(self._wire.get("/v1/merchants")["merchants"])

    def quote(self, basket: Basket) -> Quote:
        """Ask for every way to get *basket*; the first express option is held.

        Raises ``Unreachable`` or ``Problem``: nothing is paid yet, so say so to the customer.
        """
        return Quote.of(self._wire.post("/v1/quotes", basket.body()))

    def hold(self, quote: Quote, option_id: str) -> Quote:
        """Move the quote's hold to the option picked; return the quote as it is then.

        An option that is held, or needs no courier, leaves the quote as it was, and so does
        a server that cannot do this: ``held`` tells.  Raises ``Problem`` when that option is
        gone by now (``no_longer_feasible``).
        """
        option = quote.option(option_id)
        if option.held or option.mode != _COURIERS:
            return quote
        path = f"/v1/quotes/{quote.quote_id}/hold"
        try:
            return Quote.of(self._wire.post(path, {"option_id": option_id}))
        except Problem as no:
            # No such path; an unknown quote would be named.
            if no.status in (404, 405) and not no.facts:
                return quote
            raise

    # After payment ----------------------------------------------------------------

    def book(self, order: Order) -> Booked | Pending:
        """Book a paid order: write it into the outbox, then call.  Never raises for the network.

        The same order again is answered with what became of it, so after a crash a shop
        calls this for every order it finds paid.  Raises ``RefTaken`` when the outbox has
        another order under its reference.
        """
        new = first_row(order, self._now_s())
        row = self._outbox.add(new)
        if row.asked != new.asked:
            raise RefTaken(f"{row.ref} was paid for as {row.asked}, not {new.asked}")
        if row.state == Why.WAITING and row.due_s <= self._now_s():
            row, _ = self._delivery.send(row)
        return row.told()

    def deliver_outbox(self, *, at_most: int = AT_MOST) -> tuple[Booked | Pending, ...]:
        """Send what is due; return what became of each.

        Call it every few seconds, from any process.  Stops at the first call that is not
        answered: the others would not be either.
        """
        told = []
        for row in self._outbox.due(self._now_s(), at_most):
            now, answered = self._delivery.send(row)
            told.append(now.told())
            if not answered:
                break
        return tuple(told)

    def order(self, external_ref: str) -> Booked | Pending | None:
        """Return where a paid order is; None when the outbox never had it.  Calls nobody."""
        row = self._outbox.get(external_ref)
        return None if row is None else row.told()

    def pending(self) -> tuple[Pending, ...]:
        """Return every paid order that is not booked: show these to somebody."""
        told = (row.told() for row in self._outbox.not_booked())
        return tuple(one for one in told if isinstance(one, Pending))

    def accept(self, external_ref: str, option_id: str | None = None) -> Booked | Pending:
        """Take an option of the fresh quote of an order that ``CHANGED``, and book it.

        ``option_id``: None: the nearest one of the same mode.  Raises ``UnknownOrder``,
        ``NotDecided``, or ``ValueError`` when there is no such option.
        """
        row = self._row(external_ref, Why.CHANGED)
        quote = Quote.of(row.fresh or {})
        option = nearest(row.agreed, quote) if option_id is None else quote.option(option_id)
        if option is None:
            raise ValueError(f"nothing like {row.agreed.mode} is offered now: choose an option")
        return self._sent(self._delivery.take(row, quote, option, agreed=True))

    def retry(self, external_ref: str) -> Booked | Pending:
        """Send an order now that ``CHANGED``, was ``REFUSED``, or waits for its turn."""
        row = self._row(external_ref, Why.CHANGED, Why.REFUSED, Why.WAITING)
        again = replace(row, state=Why.WAITING, fresh=None, due_s=self._now_s())
        return self._sent(self._outbox.put(again))

    def withdraw(self, external_ref: str) -> Pending:
        """Give up an order that ``CHANGED`` or was ``REFUSED``, to pay its customer back.

        Raises ``NotDecided`` for one that waits: it may be booked already.  One that is
        booked is cancelled with ``cancel``.
        """
        row = self._row(external_ref, Why.CHANGED, Why.REFUSED, Why.WITHDRAWN)
        if row.state != Why.WITHDRAWN:
            self._outbox.put(replace(row, state=Why.WITHDRAWN).forgetting())
        return Pending(external_ref, Why.WITHDRAWN, tries=row.tries, error=row.error)

    def booking(self, booking_id: str) -> Booking:
        """Return a booking as it is now."""
        return Booking.of(self._wire.get(f"/v1/bookings/{booking_id}"))

    def cancel(self, booking_id: str) -> Booking:
        """Cancel a booking; twice is harmless.  Raises ``Problem`` when it is too late."""
        return Booking.of(self._wire.post(f"/v1/bookings/{booking_id}/cancel", None))

    def amend(
        self,
        booking_id: str,
        *,
        window_from: datetime | None = None,
        phone: str | None = None,
        note: str | None = None,
    ) -> Booking:
        """Change the window, whom the courier calls, or the note at the door.

        Saying it twice is harmless.  Raises ``Problem`` when the window is full or it is
        too late; the booking is then as it was.
        """
        body: Json = {}
        if window_from is not None:
            body["window"] = {"start": window_from.isoformat()}
        if phone is not None:
            body["customer"] = {"phone": phone}
        if note is not None:
            body["note"] = note
        if not body:
            raise ValueError("say what is to be another: window_from, phone or note")
        return Booking.of(self._wire.post(f"/v1/bookings/{booking_id}/amend", body))

    # What happened ----------------------------------------------------------------

    def events(self, after: int = 0, *, limit: int = 100) -> EventPage:
        """Return the events of all shipments behind a position, in order."""
        told = self._wire.get("/v1/events", {"after": after, "limit": limit})
        return EventPage(tuple(Event.of(one) for one in told["events"]), int(told["next_after"]))

    def catch_up(self, handle: Callable[[Event], None]) -> int:
        """Give *handle* each event since the last call; return how many.

        Where it stopped is kept in the outbox's file, so a shop that was away misses
        nothing.  At least once: should the shop die in between, the last page comes again.
        """
        after, handled = self._outbox.cursor(_EVENTS), 0
        while (page := self.events(after, limit=_EVENTS_A_PAGE)).events:
            try:
                for event in page.events:
                    handle(event)
                    after, handled = event.position, handled + 1
            finally:
                self._outbox.move_cursor(_EVENTS, after)
        return handled

    def _row(self, ref: str, *states: str) -> Row:
        row = self._outbox.get(ref)
        if row is None:
            raise UnknownOrder(ref)
        if row.state not in states:
            raise NotDecided(f"{ref} is {row.state}: this is for {', '.join(states)}")
        return row

    def _sent(self, row: Row) -> Booked | Pending:
        sent, _ = self._delivery.send(row)
        return sent.told()
