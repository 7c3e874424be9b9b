"""The tables of webhooks: who is told, and the outbox of what is still to be told.

What has arrived is no row any more: the events themselves are the record.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
)

from dispatch.adapters.storage.columns import Doc, Instant, known, metadata, refers_to
from dispatch.operations.webhooks import DeliveryState

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("endpoint_id", String, primary_key=True),
    Column("storefront_id", String, nullable=False, index=True),
    Column("url", String, nullable=False),
    Column("types", Doc, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("secret_mark", String, nullable=False),
    Column("secret_version", Integer, nullable=False),
    Column("old_until", Instant),
    Column("arrived_at", Instant),
    CheckConstraint("secret_version >= 1", name="secret_version"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("endpoint_id", String, refers_to("webhook_endpoints.endpoint_id"), nullable=False),
    # A purge of the log takes what was still to be told of it along.
    Column(
        "position",
        Integer,
        ForeignKey("events.position", ondelete="CASCADE", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("booking_id", String, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("error", String, nullable=False),
    PrimaryKeyConstraint("endpoint_id", "position"),
    known("state", DeliveryState),
    CheckConstraint("tries >= 0", name="tries"),
    # What is due anywhere: asked twice a second.
    Index(None, "state", "due_at"),
    # What an order still has before this: asked for each thing that is due.
    Index(None, "endpoint_id", "booking_id", "position"),
    # The purge looks up by position alone.
    Index(None, "position"),
)
