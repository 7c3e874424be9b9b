"""The tables of notices to customers: what is told, how far the log was read, who wants none."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table

from dispatch.adapters.storage.columns import Instant, known, metadata
from dispatch.operations.notices import Channel, NoticeState

# No foreign keys: a purge of the log, or of notices, never has to wait for the other.
notices = Table(
    "notices",
    metadata,
    Column("notice_id", String, primary_key=True),
    Column("booking_id", String, nullable=False),
    Column("shipment_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("position", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("useful_until", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("why", String, nullable=False),
    known("channel", Channel),
    known("state", NoticeState),
    CheckConstraint("tries >= 0", name="tries"),
    # What is due by one channel: asked once a second.
    Index(None, "channel", "state", "due_at"),
)

# One row at most: up to which position the log of events became notices.
noticed = Table(
    "noticed",
    metadata,
    Column("reader", String, primary_key=True),
    Column("position", Integer, nullable=False),
)

# By a keyed hash of the contact: who it is cannot be told from it.
notice_refusals = Table(
    "notice_refusals",
    metadata,
    Column("mark", String, primary_key=True),
    Column("channel", String, nullable=False),
    Column("refused_at", Instant, nullable=False),
    known("channel", Channel),
)
