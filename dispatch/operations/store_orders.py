"""The store's words about orders: quotes, idempotency keys, bookings, shipments.

Decides nothing; an operation reads them in ``store_port``, an adapter answers them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from dispatch.core.ids import BookingId, QuoteId, ShipmentId, StorefrontId
from dispatch.orders.bookings import Booking
from dispatch.orders.quotes import Quote
from dispatch.orders.shipments import Shipment


class StoredOrders(Protocol):
    """What was asked, promised and owed."""

    def add_quote(self, quote: Quote) -> None: ...
    def quote(self, quote_id: str) -> Quote: ...
    def put_quote(self, quote: Quote) -> None:
        """Write over a quote.  Raises ``NotFound`` when there is none, or it is booked."""
        ...

    def live_quotes(
        self, storefront_id: StorefrontId, external_ref: str, now: datetime
    ) -> Sequence[Quote]:
        """Return the storefront's quotes for that order, neither booked nor expired."""
        ...

    def held_back(self, day: date) -> int:
        """Count the orders that on *day* were refused something only because of holds.

        One that was asked for several times, under one reference, counts once.
        """
        ...

    def use_quote(self, quote_id: QuoteId, booking_id: BookingId) -> bool:
        """Mark the quote as booked; False when it already was (one atomic step)."""
        ...

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
        ...

    def add_booking(self, booking: Booking) -> None:
        """Raises ``DuplicateRef`` when a booking not cancelled has that ``external_ref``."""
        ...

    def put_booking(self, booking: Booking) -> None: ...
    def booking(self, booking_id: str) -> Booking: ...
    def booking_of_quote(self, quote_id: str) -> Booking: ...
    def booking_by_token(self, token: str) -> Booking: ...
    def bookings(self, day: date) -> Sequence[Booking]:
        """Return the bookings made on *day*, in order of making."""
        ...

    def put_shipment(self, shipment: Shipment) -> None: ...
    def put_shipments(self, shipments: Sequence[Shipment]) -> None: ...
    def move_shipments(self, moved: Sequence[tuple[Shipment, int]]) -> None:
        """Write the ``state`` and ``seq`` of shipments, each read at the ``seq`` beside it.

        Nothing else of them is written over.  Raises ``Stale`` when one has moved since.
        """
        ...

    def shipment(self, shipment_id: str) -> Shipment: ...
    def shipments(self, shipment_ids: Collection[ShipmentId]) -> Sequence[Shipment]:
        """Return the shipments of these ids, in order of making; unknown ids are left out."""
        ...

    def shipments_of(self, booking_id: str) -> Sequence[Shipment]: ...
    def bookings_of_shipments(
        self, shipment_ids: Collection[ShipmentId]
    ) -> Mapping[ShipmentId, BookingId]:
        """Return the booking of each of these shipments; unknown ones are left out."""
        ...

    def merchant_shipments(self, merchant_id: str, since: datetime) -> Sequence[Shipment]:
        """Return what the merchant still has to do, and what moved after *since*."""
        ...
