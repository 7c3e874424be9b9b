"""Quotes, bookings and idempotency keys: what a customer is promised, once.

Decides nothing of its own: a quote is used once, a reference and a key taken once,
because one statement of the database says so, whatever runs beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import bindparam, func, select, update

from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema import bookings, idempotency_keys, quotes
from dispatch.core.civil import day_window
from dispatch.core.errors import (
    Broken,
    DispatchError,
    DuplicateRef,
    KeyReused,
    NotFound,
    QuoteUsed,
)
from dispatch.core.ids import BookingId, QuoteId, StorefrontId
from dispatch.orders.bookings import Booking
from dispatch.orders.quotes import Quote


class _QuoteShelf(Shelf[Quote]):
    """Quotes; the order's reference is copied out of the request, to be found by."""

    def row(self, value: Quote) -> dict[str, Any]:
        return super().row(value) | {"external_ref": value.request.external_ref}


class _BookingShelf(Shelf[Booking]):
    """Bookings, their customer in three columns that a purge can empty.

    The fee's amount is copied out of ``doc``, to be summed.  The order's reference is there
    twice: for good in ``doc``, and in its column as a claim, which a cancelled booking gives
    up, so that the order may come again under its name.
    """

    def row(self, value: Booking) -> dict[str, Any]:
        row = super().row(value)
        customer = row["doc"].pop("customer")
        row |= {f"customer_{name}": customer[name] for name in ("name", "phone", "email")}
        row["doc"]["external_ref"] = value.external_ref
        if value.cancelled_at is not None:
            row["external_ref"] = None
        return row | {"fee_cents": None if value.fee is None else value.fee.amount_cents}

    def value(self, row: dict[str, Any]) -> Booking:
        customer = {name: row[f"customer_{name}"] for name in ("name", "phone", "email")}
        doc = {**row["doc"], "customer": customer}
        named = doc.get("external_ref", row["external_ref"])  # older rows have the column alone
        return super().value({**row, "doc": doc, "external_ref": named})


@dataclass(frozen=True, slots=True)
class _Claim:
    """One use of an idempotency key, and the booking that it made."""

    storefront_id: StorefrontId
    key: str
    fingerprint: str
    claimed_at: datetime
    booking_id: BookingId


_QUOTES = _QuoteShelf(Quote, quotes)
BOOKINGS = _BookingShelf(Booking, bookings)
_CLAIMS = Shelf(_Claim, idempotency_keys)

# Asked at every booking: put together once, here.
_USED: Final = (
    update(quotes)
    .where(quotes.c.quote_id == bindparam("this_quote"), quotes.c.booking_id.is_(None))
    .values(booking_id=bindparam("by_booking"))
)


class OrderRows(Rows):
    """The Transaction's words about quotes, bookings and idempotency keys."""

    def add_quote(self, quote: Quote) -> None:
        self._add(_QUOTES, quote)

    def quote(self, quote_id: str) -> Quote:
        return self._one(_QUOTES, "quote_id", quote_id)

    def put_quote(self, quote: Quote) -> None:
        """Write over a quote.  Raises ``NotFound`` when there is none, or it is booked."""
        this = (quotes.c.quote_id == quote.quote_id) & quotes.c.booking_id.is_(None)
        if not self._connection.execute(
            update(quotes).where(this).values(_QUOTES.row(quote))
        ).rowcount:
            raise NotFound(f"no quote {quote.quote_id} to change", quote_id=quote.quote_id)

    def live_quotes(
        self, storefront_id: StorefrontId, external_ref: str, now: datetime
    ) -> Sequence[Quote]:
        """Return the storefront's quotes for that order, neither booked nor expired."""
        row = quotes.c
        query = select(quotes).where(
            row.storefront_id == storefront_id,
            row.external_ref == external_ref,
            row.expires_at > now,
            row.booking_id.is_(None),
        )
        return self._all(_QUOTES, query.order_by(row.created_at, row.quote_id))

    def held_back(self, day: date) -> int:
        """Count the orders that on *day* were refused something only because of holds."""
        window, row = day_window(day), quotes.c
        order = func.coalesce(row.external_ref, row.quote_id)
        query = select(func.count(func.distinct(row.storefront_id + "/" + order))).where(
            row.held_back, row.created_at >= window.opens_at, row.created_at < window.closes_at
        )
        return int(self._connection.scalar(query) or 0)

    def use_quote(self, quote_id: QuoteId, booking_id: BookingId) -> bool:
        """Mark the quote as booked; False when it already was, or does not exist."""
        names = {"this_quote": quote_id, "by_booking": booking_id}
        return self._connection.execute(_USED, names).rowcount == 1

    def claim_key(
        self,
        storefront_id: StorefrontId,
        key: str,
        fingerprint: str,
        booking_id: BookingId,
        now: datetime,
    ) -> BookingId | None:
        """Claim an idempotency key for *booking_id*; return the booking it made before, if any.

        Raises ``KeyReused`` when the key came with another *fingerprint*.
        """
        if self._add_once(_CLAIMS, _Claim(storefront_id, key, fingerprint, now, booking_id)):
            return None
        row = idempotency_keys.c
        held = self._connection.execute(
            select(idempotency_keys).where(row.storefront_id == storefront_id, row.key == key)
        ).one()
        if held.fingerprint != fingerprint:
            raise KeyReused(
                "this idempotency key came with another body before", field="Idempotency-Key"
            )
        return BookingId(held.booking_id)

    def add_booking(self, booking: Booking) -> None:
        """Write a new booking.

        Raises
        ------
        DuplicateRef
            When another booking of the storefront, not cancelled, has that ``external_ref``;
            ``facts`` name it.
        QuoteUsed
            When the quote has a booking.
        """
        if not self._add_once(BOOKINGS, booking):
            raise self._why_not(booking)

    def _why_not(self, booking: Booking) -> DispatchError:
        """Say which of the booking's unique columns was taken."""
        ref, row = booking.external_ref, bookings.c
        same_ref = (row.storefront_id == booking.storefront_id) & (row.external_ref == ref)
        holder = ref is not None and self._connection.scalar(select(row.booking_id).where(same_ref))
        if holder:
            return DuplicateRef(
                f"external_ref {ref!r} is taken by booking {holder}",
                external_ref=ref,
                booking_id=holder,
            )
        same_quote = row.quote_id == booking.quote_id
        if self._connection.scalar(select(row.booking_id).where(same_quote)):
            return QuoteUsed(f"quote {booking.quote_id} is booked", quote_id=booking.quote_id)
        return Broken(f"booking {booking.booking_id} repeats an id or a tracking token")

    def put_booking(self, booking: Booking) -> None:
        """Write over a booking.  Raises ``NotFound`` when there is none."""
        this = bookings.c.booking_id == booking.booking_id
        statement = update(bookings).where(this).values(BOOKINGS.row(booking))
        if not self._connection.execute(statement).rowcount:
            raise NotFound(f"no booking {booking.booking_id}", booking_id=booking.booking_id)

    def booking(self, booking_id: str) -> Booking:
        return self._one(BOOKINGS, "booking_id", booking_id)

    def booking_of_quote(self, quote_id: str) -> Booking:
        booking = self._found(BOOKINGS, "quote_id", quote_id)
        if booking is None:
            raise NotFound(f"no booking of quote {quote_id}", quote_id=quote_id)
        return booking

    def booking_by_token(self, token: str) -> Booking:
        booking = self._found(BOOKINGS, "tracking_token", token)
        if booking is None:  # the token is a secret, even a wrong one: it is not repeated
            raise NotFound("no booking with this tracking token")
        return booking

    def bookings(self, day: date) -> Sequence[Booking]:
        """Return the bookings made on *day* in the town, in order of making."""
        window = day_window(day)
        made = bookings.c.created_at
        query = select(bookings).where(made >= window.opens_at, made < window.closes_at)
        return self._all(BOOKINGS, query.order_by(made, bookings.c.number))
