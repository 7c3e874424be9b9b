"""The store's words about parcels at a counter and parcels with the post."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dispatch.orders.collecting import Handover
from dispatch.orders.shipments import Shipment


class StoredParcels(Protocol):
    """Who waits at a counter."""

    def waiting_at_counters(self) -> Sequence[Shipment]:
        """Return every packed parcel that a customer has still to come for."""
        ...

    def handover(self, shipment_id: str) -> Handover | None: ...
    def put_handover(self, handover: Handover) -> None: ...
