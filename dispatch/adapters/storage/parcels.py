"""Parcels at a counter: what waits, what was said there, who came."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema import handovers, shipments
from dispatch.orders.collecting import Handover
from dispatch.orders.shipments import Shipment, State
from dispatch.slots.service_levels import Mode

_SHIPMENTS = Shelf(Shipment, shipments)
_HANDOVERS = Shelf(Handover, handovers)


class ParcelRows(Rows):
    """The Transaction's words about parcels."""

    def waiting_at_counters(self) -> Sequence[Shipment]:
        """Return every packed parcel that a customer has still to come for, oldest first."""
        row = shipments.c
        packed = (row.state == State.READY.value) & (row.mode == Mode.COLLECT.value)
        return self._all(_SHIPMENTS, select(shipments).where(packed).order_by(row.number))

    def handover(self, shipment_id: str) -> Handover | None:
        return self._maybe(_HANDOVERS, handovers.c.shipment_id == shipment_id)

    def put_handover(self, handover: Handover) -> None:
        self._put(_HANDOVERS, "shipment_id", handover)
