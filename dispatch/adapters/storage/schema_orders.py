"""The tables of what was asked, promised and owed.

A customer has columns of their own, so that a purge is an UPDATE.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
)

from dispatch.adapters.storage.columns import Doc, Instant, known, metadata, refers_to
from dispatch.orders.shipments import State
from dispatch.slots.service_levels import Mode

quotes = Table(
    "quotes",
    metadata,
    Column("quote_id", String, primary_key=True),
    Column("storefront_id", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    # No foreign key: bookings point here already, and two tables pointing at each other
    # could neither be made nor emptied in any order.
    Column("booking_id", String),
    # The request's, to find the live quote of an order again.
    Column("external_ref", String),
    Column("held_back", Boolean, nullable=False, server_default=false()),
    Column("request", Doc, nullable=False),
    Column("doc", Doc, nullable=False),
    Index(None, "storefront_id", "external_ref"),
    CheckConstraint("expires_at >= created_at", name="life"),
)

bookings = Table(
    "bookings",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("booking_id", String, nullable=False, unique=True),
    Column("quote_id", String, refers_to("quotes.quote_id"), nullable=False, unique=True),
    Column("option_id", String, nullable=False),
    Column("storefront_id", String, nullable=False),
    Column("external_ref", String),
    Column("mode", String, nullable=False),
    Column("customer_name", String, nullable=False),
    Column("customer_phone", String, nullable=False),
    Column("customer_email", String),
    Column("deliver_to", Doc, nullable=False),
    Column("tracking_token", String, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False, index=True),
    Column("cancelled_at", Instant),
    Column("recommended_by", String),
    Column("commission_bp", Integer, nullable=False, server_default="0"),
    # The fee's amount, to be summed; the whole price is in ``doc``.
    Column("fee_cents", Integer),
    Column("completed_at", Instant, index=True),
    Column("tracking_until", Instant),
    Column("note", String, nullable=False, server_default=""),
    Column("doc", Doc, nullable=False),
    UniqueConstraint("storefront_id", "external_ref"),
    known("mode", Mode),
    sqlite_autoincrement=True,
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("storefront_id", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("claimed_at", Instant, nullable=False, index=True),
    Column("booking_id", String, refers_to("bookings.booking_id")),
)

shipments = Table(
    "shipments",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("shipment_id", String, nullable=False, unique=True),
    Column("booking_id", String, refers_to("bookings.booking_id"), nullable=False, index=True),
    Column("storefront_id", String, nullable=False),
    Column("merchant_id", String, nullable=False),
    Column("mode", String, nullable=False),
    Column("state", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("drop", Doc, nullable=False),
    Column("prepared_at", Instant),
    Column("ended_at", Instant),
    Column("doc", Doc, nullable=False),
    Index(None, "merchant_id", "ended_at"),
    Index(None, "state", "mode"),
    known("mode", Mode),
    known("state", State),
    CheckConstraint("seq >= 0", name="seq"),
    sqlite_autoincrement=True,
)
