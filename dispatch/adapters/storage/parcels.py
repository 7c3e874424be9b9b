"""Parcels at a counter: what waits, who came; and with the post: labels, news, what is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema import handovers, labels, parcels, shipments
from dispatch.orders.collecting import Handover
from dispatch.orders.parcels import Parcel
from dispatch.orders.shipments import Shipment, State
from dispatch.slots.service_levels import Mode

_SHIPMENTS = Shelf(Shipment, shipments)
_HANDOVERS = Shelf(Handover, handovers)
_PARCELS = Shelf(Parcel, parcels)


class ParcelRows(Rows):
    """The Transaction's words about parcels."""

    def waiting_at_counters(self) -> Sequence[Shipment]:
        """Return every parcel in a shop that a customer has still to come for, oldest first.

        Packed to be collected, or brought back by a courier and kept there.
        """
        row = shipments.c
        packed = (row.state == State.READY.value) & (row.mode == Mode.COLLECT.value)
        kept = (row.state == State.HELD_FOR_PICKUP.value) & (row.mode == Mode.EXPRESS.value)
        return self._all(_SHIPMENTS, select(shipments).where(packed | kept).order_by(row.number))

    def handover(self, shipment_id: str) -> Handover | None:
        return self._found(_HANDOVERS, "shipment_id", shipment_id)

    def put_handover(self, handover: Handover) -> None:
        self._put(_HANDOVERS, "shipment_id", handover)

    def shipments_to_label(self, now: datetime, limit: int) -> Sequence[Shipment]:
        """Return at most *limit* packed shipments for the post whose label is to be asked for."""
        row = shipments.c
        asked = parcels.c
        packed = (row.state == State.READY.value) & (row.mode == Mode.STANDARD.value)
        due = asked.shipment_id.is_(None) | (
            asked.tracking_number.is_(None) & (asked.next_at <= now)
        )
        query = (
            select(shipments)
            .outerjoin(parcels, asked.shipment_id == row.shipment_id)
            .where(packed, due)
            # Those that were never asked for first: one that is refused holds nobody up.
            .order_by(asked.next_at.isnot(None), asked.next_at, row.number)
            .limit(limit)
        )
        return self._all(_SHIPMENTS, query)

    def parcels_to_follow(self, now: datetime, limit: int) -> Sequence[Parcel]:
        """Return at most *limit* parcels whose news are due, those that wait longest first."""
        asked = parcels.c
        query = select(parcels).where(asked.tracking_number.isnot(None), asked.next_at <= now)
        return self._all(_PARCELS, query.order_by(asked.next_at, asked.shipment_id).limit(limit))

    def parcel(self, shipment_id: str) -> Parcel | None:
        return self._found(_PARCELS, "shipment_id", shipment_id)

    def put_parcel(self, parcel: Parcel) -> None:
        self._put(_PARCELS, "shipment_id", parcel)

    def parcels_under_way(self) -> Sequence[Parcel]:
        """Return every parcel whose shipment has not ended, oldest first."""
        asked = parcels.c
        query = (
            select(parcels)
            .join(shipments, shipments.c.shipment_id == asked.shipment_id)
            .where(shipments.c.ended_at.is_(None))
        )
        return self._all(_PARCELS, query.order_by(asked.since, asked.shipment_id))

    def label(self, shipment_id: str) -> bytes | None:
        """Return the sheet to print, a PDF."""
        query = select(labels.c.pdf).where(labels.c.shipment_id == shipment_id)
        found = self._connection.scalar(query)
        return None if found is None else bytes(found)

    def put_label(self, shipment_id: str, pdf: bytes, at: datetime) -> None:
        self._connection.execute(delete(labels).where(labels.c.shipment_id == shipment_id))
        row = {"shipment_id": shipment_id, "pdf": pdf, "made_at": at}
        self._connection.execute(labels.insert(), row)
