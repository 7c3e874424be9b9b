"""The tables: a real column for whatever is searched, joined, constrained or purged.

The nested rest of a value is one JSON ``doc``.  Who receives and where, and where a
courier was, have columns of their own, so that a purge is an UPDATE and not surgery
in JSON.  A change here, or a new word in one of the vocabularies checked here, needs
a migration beside it; a test compares the two.

Columns are named like the fields they hold: ``rows.Shelf`` relies on it.
Foreign keys are checked at commit, so that an operation may write in any order.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from dispatch.adapters.storage.columns import Doc, Instant
from dispatch.operations.access import PageKind
from dispatch.operations.waves import WaveState
from dispatch.orders.shipments import State
from dispatch.slots.service_levels import Mode
from dispatch.tracking.door_pins import PinState
from dispatch.tracking.facts import FactKind

# Every constraint has a name: a later migration can only change what it can name.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _refers_to(column: str) -> ForeignKey:
    return ForeignKey(column, deferrable=True, initially="DEFERRED")


def _known(column: str, words: Iterable[str]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(str(w)) for w in words)})", name=column)


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
    Column("request", Doc, nullable=False),
    Column("doc", Doc, nullable=False),
    CheckConstraint("expires_at >= created_at", name="life"),
)

bookings = Table(
    "bookings",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("booking_id", String, nullable=False, unique=True),
    Column("quote_id", String, _refers_to("quotes.quote_id"), nullable=False, unique=True),
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
    Column("doc", Doc, nullable=False),
    UniqueConstraint("storefront_id", "external_ref"),
    _known("mode", Mode),
    sqlite_autoincrement=True,
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("storefront_id", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("claimed_at", Instant, nullable=False, index=True),
    Column("booking_id", String, _refers_to("bookings.booking_id")),
)

shipments = Table(
    "shipments",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("shipment_id", String, nullable=False, unique=True),
    Column("booking_id", String, _refers_to("bookings.booking_id"), nullable=False, index=True),
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
    _known("mode", Mode),
    _known("state", State),
    CheckConstraint("seq >= 0", name="seq"),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    # Never given twice: a storefront that read up to here must not miss what comes after.
    Column("position", Integer, primary_key=True),
    Column("shipment_id", String, _refers_to("shipments.shipment_id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("at_device", Instant, nullable=False),
    Column("at_server", Instant, nullable=False),
    Column("actor", String, nullable=False),
    Column("reason", String),
    UniqueConstraint("shipment_id", "seq"),
    _known("state", State),
    CheckConstraint("seq >= 0", name="seq"),
    sqlite_autoincrement=True,
)

tours = Table(
    "tours",
    metadata,
    Column("tour_id", String, primary_key=True),
    Column("day", Date, nullable=False, index=True),
    Column("courier_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("wave_id", String),
    Column("seen", Doc),
    Column("seen_at", Instant),
    Column("doc", Doc, nullable=False),
    CheckConstraint("version >= 1", name="version"),
)

loose_orders = Table(
    "loose_orders",
    metadata,
    Column("quote_id", String, _refers_to("quotes.quote_id"), primary_key=True),
    Column("day", Date, nullable=False, index=True),
    Column("since", Instant, nullable=False),
    Column("retry", Boolean, nullable=False),
    Column("doc", Doc, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("fact_id", String, nullable=False, unique=True),
    Column("tour_id", String, _refers_to("tours.tour_id"), nullable=False, index=True),
    Column("courier_id", String, nullable=False),
    Column("stop_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("at_device", Instant, nullable=False),
    Column("at_server", Instant, nullable=False, index=True),
    Column("reason", String),
    Column("position", Doc),
    _known("kind", FactKind),
    sqlite_autoincrement=True,
)

calibrations = Table(
    "calibrations",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("calibration_id", String, nullable=False, unique=True),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("deliveries", Integer, nullable=False),
    Column("lessons", Doc, nullable=False),
    Column("applied_at", Instant, nullable=False),
    Column("undone_at", Instant),
    sqlite_autoincrement=True,
)

door_pins = Table(
    "door_pins",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("pin_id", String, nullable=False, unique=True),
    Column("address_key", String, nullable=False, index=True),
    Column("place", Doc, nullable=False),
    Column("known", Doc, nullable=False),
    Column("courier_id", String, nullable=False),
    Column("tour_id", String, _refers_to("tours.tour_id"), nullable=False),
    Column("stop_id", String, nullable=False),
    Column("quote_id", String, _refers_to("quotes.quote_id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("at_server", Instant, nullable=False),
    Column("accuracy_m", Float, nullable=False),
    Column("state", String, nullable=False),
    Column("decided_at", Instant),
    _known("state", PinState),
    sqlite_autoincrement=True,
)

waves = Table(
    "waves",
    metadata,
    Column("wave_id", String, primary_key=True),
    Column("day", Date, nullable=False, index=True),
    Column("cut_off_at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("leased_until", Instant),
    Column("published_at", Instant),
    Column("result", Doc),
    Column("error", String),
    Column("by_hand", Boolean, nullable=False),
    _known("state", WaveState),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_hash", String, primary_key=True),
    Column("storefront_id", String, nullable=False),
    Column("scopes", Doc, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

page_links = Table(
    "page_links",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    _known("kind", PageKind),
)
