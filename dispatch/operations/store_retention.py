"""The store's words about forgetting: what the purge empties, counted.

Decides nothing about when; an act that forgets is ``operations.retention``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from dispatch.core.ids import QuoteId, ShipmentId, TourId
from dispatch.operations.forgetting import Forgotten
from dispatch.orders.bookings import Booking
from dispatch.orders.quotes import Doorstep
from dispatch.tracking.tours import Tour


class StoredRetention(Protocol):
    """Each returns how many rows it changed, or what is still to be changed."""

    def forget_positions(self, before: datetime) -> int:
        """Empty where couriers were before that instant."""
        ...

    def forget_wave_words(self, before: date) -> int:
        """Keep only the code of what went wrong in waves before that day: words may quote."""
        ...

    def forget_closure_words(self, before: date) -> int:
        """Empty why a shop stayed closed until before that day: words may name somebody."""
        ...

    def forget_quotes(self, expired_before: datetime) -> int:
        """Remove quotes that nobody booked."""
        ...

    def forget_keys(self, claimed_before: datetime) -> int:
        """Remove idempotency keys."""
        ...

    def forget_events(self, before: datetime) -> int:
        """Remove events of shipments that ended before that instant."""
        ...

    def forget_who_pinned(self, before: datetime) -> int:
        """Cut doors put right off from the order, the tour and the courier that taught them."""
        ...

    def named_bookings(self, made_before: datetime, after: str, limit: int) -> Sequence[Booking]:
        """Return bookings that still name somebody, behind id *after*, in order of their ids."""
        ...

    def forget_handover(self, shipment_id: ShipmentId) -> None:
        """Remove its label, and who came for it."""
        ...

    def forget_doorstep(self, quote_id: QuoteId, instead: Doorstep) -> None:
        """Put *instead* where the quote's request says where the order goes."""
        ...

    def remembering_tours(
        self, before: date, less_than: Forgotten, after: str, limit: int
    ) -> Sequence[Tour]:
        """Return tours before that day that forgot *less_than*, behind id *after*, by id."""
        ...

    def mark_forgotten(self, tour_id: TourId, what: Forgotten) -> None:
        """Write down that the tour forgot *what*."""
        ...
