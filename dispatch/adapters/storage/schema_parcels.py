"""The tables of parcels at a counter, and of those with the post.

Who came for one has a column of its own, so that a purge is an UPDATE.  A label shows a
name and an address: it has a table of its own, so that a purge is a DELETE and nobody reads
it who only asks where a parcel is.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, LargeBinary, String, Table

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

parcels = Table(
    "parcels",
    metadata,
    Column("shipment_id", String, refers_to("shipments.shipment_id"), primary_key=True),
    Column("tracking_number", String, index=True),
    Column("since", Instant, nullable=False),
    Column("next_at", Instant, index=True),
    Column("tries", Integer, nullable=False),
    Column("trouble", String),
    Column("last_code", String),
    Column("last_at", Instant),
    CheckConstraint("tries >= 0", name="tries"),
)

labels = Table(
    "labels",
    metadata,
    Column("shipment_id", String, refers_to("shipments.shipment_id"), primary_key=True),
    Column("pdf", LargeBinary, nullable=False),
    Column("made_at", Instant, nullable=False),
)
