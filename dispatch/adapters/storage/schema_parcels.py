"""The tables of parcels at a counter.

Who came for one has a column of its own, so that a purge is an UPDATE.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, String, Table

from dispatch.adapters.storage.columns import Instant, metadata, refers_to

handovers = Table(
    "handovers",
    metadata,
    Column("shipment_id", String, refers_to("shipments.shipment_id"), primary_key=True),
    Column("wrong_codes", Integer, nullable=False),
    Column("waits_until", Instant),
    Column("received_by", String),
    CheckConstraint("wrong_codes >= 0", name="wrong_codes"),
)
