"""The store's words about parcels at a counter and parcels with the post."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from dispatch.orders.collecting import Handover
from dispatch.orders.parcels import Parcel
from dispatch.orders.shipments import Shipment


class StoredParcels(Protocol):
    """Who waits at a counter; what the post is asked, and what it gave."""

    def waiting_at_counters(self) -> Sequence[Shipment]:
        """Return every parcel in a shop that a customer has still to come for."""
        ...

    def handover(self, shipment_id: str) -> Handover | None: ...
    def put_handover(self, handover: Handover) -> None: ...

    def shipments_to_label(self, now: datetime, limit: int) -> Sequence[Shipment]:
        """Return at most *limit* packed shipments for the post whose label is to be asked for."""
        ...

    def parcels_to_follow(self, now: datetime, limit: int) -> Sequence[Parcel]:
        """Return at most *limit* parcels whose news are due, those that wait longest first."""
        ...

    def parcel(self, shipment_id: str) -> Parcel | None: ...
    def put_parcel(self, parcel: Parcel) -> None: ...
    def parcels_under_way(self) -> Sequence[Parcel]:
        """Return every parcel whose shipment has not ended, oldest first."""
        ...

    def label(self, shipment_id: str) -> bytes | None:
        """Return the sheet to print, a PDF."""
        ...

    def put_label(self, shipment_id: str, pdf: bytes, at: datetime) -> None: ...
