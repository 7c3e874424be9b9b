"""The table of what happened to shipments: it only grows.

The vocabulary of ``type`` is checked by ``Event`` alone: another word needs no migration.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, String, Table, UniqueConstraint

from dispatch.adapters.storage.columns import Doc, Instant, known, metadata, refers_to
from dispatch.orders.shipments import State

events = Table(
    "events",
    metadata,
    # Never given twice: a storefront that read up to here must not miss what comes after.
    Column("position", Integer, primary_key=True),
    Column("shipment_id", String, refers_to("shipments.shipment_id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("at_device", Instant, nullable=False),
    Column("at_server", Instant, nullable=False),
    Column("actor", String, nullable=False),
    Column("reason", String),
    Column("type", String, nullable=False, server_default="shipment.state"),
    Column("data", Doc),
    UniqueConstraint("shipment_id", "seq"),
    known("state", State),
    CheckConstraint("seq >= 0", name="seq"),
    sqlite_autoincrement=True,
)
