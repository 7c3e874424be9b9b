"""The first tables: orders, shipments, tours, waves, access.

Spelt out rather than taken from ``schema``, which will move on; this step must not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.adapters.storage.columns import Doc, Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MODES = "'collect', 'express', 'standard', 'merchant'"
STATES = (
    "'booked', 'preparing', 'ready', 'assigned', 'to_pickup', 'at_pickup', 'picked_up', "
    "'pickup_failed', 'to_dropoff', 'at_dropoff', 'delivered', 'collected', 'attempted', "
    "'held_for_pickup', 'returning', 'returned', 'cancelled'"
)


def upgrade() -> None:
    _quotes_and_bookings()
    _idempotency_keys()
    _shipments_and_events()
    _tours_and_facts()
    _waves()
    _access()


def downgrade() -> None:
    for table in (
        "page_links",
        "api_keys",
        "waves",
        "facts",
        "loose_orders",
        "tours",
        "events",
        "shipments",
        "idempotency_keys",
        "bookings",
        "quotes",
    ):
        op.drop_table(table)


def _quotes_and_bookings() -> None:
    op.create_table(
        "quotes",
        sa.Column("quote_id", sa.String, nullable=False),
        sa.Column("storefront_id", sa.String, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("booking_id", sa.String),
        sa.Column("request", Doc, nullable=False),
        sa.Column("doc", Doc, nullable=False),
        sa.PrimaryKeyConstraint("quote_id", name=op.f("pk_quotes")),
        sa.CheckConstraint("expires_at >= created_at", name=op.f("ck_quotes_life")),
    )
    op.create_index(op.f("ix_quotes_expires_at"), "quotes", ["expires_at"])
    op.create_table(
        "bookings",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("booking_id", sa.String, nullable=False),
        sa.Column("quote_id", sa.String, nullable=False),
        sa.Column("option_id", sa.String, nullable=False),
        sa.Column("storefront_id", sa.String, nullable=False),
        sa.Column("external_ref", sa.String),
        sa.Column("mode", sa.String, nullable=False),
        sa.Column("customer_name", sa.String, nullable=False),
        sa.Column("customer_phone", sa.String, nullable=False),
        sa.Column("customer_email", sa.String),
        sa.Column("deliver_to", Doc, nullable=False),
        sa.Column("tracking_token", sa.String, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("cancelled_at", Instant),
        sa.Column("doc", Doc, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_bookings")),
        sa.UniqueConstraint(
            "storefront_id", "external_ref", name=op.f("uq_bookings_storefront_id_external_ref")
        ),
        *(_unique("bookings", name) for name in ("booking_id", "quote_id", "tracking_token")),
        _known("bookings", "mode", MODES),
        _refers("bookings", "quote_id", "quotes.quote_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_bookings_created_at"), "bookings", ["created_at"])


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("storefront_id", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("claimed_at", Instant, nullable=False),
        sa.Column("booking_id", sa.String),
        sa.PrimaryKeyConstraint("storefront_id", "key", name=op.f("pk_idempotency_keys")),
        _refers("idempotency_keys", "booking_id", "bookings.booking_id"),
    )
    op.create_index(op.f("ix_idempotency_keys_claimed_at"), "idempotency_keys", ["claimed_at"])


def _shipments_and_events() -> None:
    op.create_table(
        "shipments",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("shipment_id", sa.String, nullable=False),
        sa.Column("booking_id", sa.String, nullable=False),
        sa.Column("storefront_id", sa.String, nullable=False),
        sa.Column("merchant_id", sa.String, nullable=False),
        sa.Column("mode", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("drop", Doc, nullable=False),
        sa.Column("prepared_at", Instant),
        sa.Column("ended_at", Instant),
        sa.Column("doc", Doc, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_shipments")),
        _unique("shipments", "shipment_id"),
        _known("shipments", "mode", MODES),
        _known("shipments", "state", STATES),
        sa.CheckConstraint("seq >= 0", name=op.f("ck_shipments_seq")),
        _refers("shipments", "booking_id", "bookings.booking_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_shipments_booking_id"), "shipments", ["booking_id"])
    op.create_index(
        op.f("ix_shipments_merchant_id_ended_at"), "shipments", ["merchant_id", "ended_at"]
    )
    op.create_table(
        "events",
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("shipment_id", sa.String, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("at_device", Instant, nullable=False),
        sa.Column("at_server", Instant, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_events")),
        sa.UniqueConstraint("shipment_id", "seq", name=op.f("uq_events_shipment_id_seq")),
        _known("events", "state", STATES),
        sa.CheckConstraint("seq >= 0", name=op.f("ck_events_seq")),
        _refers("events", "shipment_id", "shipments.shipment_id"),
        sqlite_autoincrement=True,
    )


def _tours_and_facts() -> None:
    op.create_table(
        "tours",
        sa.Column("tour_id", sa.String, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("courier_id", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("wave_id", sa.String),
        sa.Column("seen", Doc),
        sa.Column("seen_at", Instant),
        sa.Column("doc", Doc, nullable=False),
        sa.PrimaryKeyConstraint("tour_id", name=op.f("pk_tours")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_tours_version")),
    )
    op.create_index(op.f("ix_tours_day"), "tours", ["day"])
    op.create_table(
        "loose_orders",
        sa.Column("quote_id", sa.String, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("retry", sa.Boolean, nullable=False),
        sa.Column("doc", Doc, nullable=False),
        sa.PrimaryKeyConstraint("quote_id", name=op.f("pk_loose_orders")),
        _refers("loose_orders", "quote_id", "quotes.quote_id"),
    )
    op.create_index(op.f("ix_loose_orders_day"), "loose_orders", ["day"])
    op.create_table(
        "facts",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("fact_id", sa.String, nullable=False),
        sa.Column("tour_id", sa.String, nullable=False),
        sa.Column("courier_id", sa.String, nullable=False),
        sa.Column("stop_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("at_device", Instant, nullable=False),
        sa.Column("at_server", Instant, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("position", Doc),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_facts")),
        _unique("facts", "fact_id"),
        _known("facts", "kind", "'arrived', 'done', 'failed'"),
        _refers("facts", "tour_id", "tours.tour_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_facts_tour_id"), "facts", ["tour_id"])
    op.create_index(op.f("ix_facts_at_server"), "facts", ["at_server"])


def _waves() -> None:
    op.create_table(
        "waves",
        sa.Column("wave_id", sa.String, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("cut_off_at", Instant, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("leased_until", Instant),
        sa.Column("published_at", Instant),
        sa.Column("result", Doc),
        sa.Column("error", sa.String),
        sa.Column("by_hand", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_waves")),
        _known("waves", "state", "'open', 'running', 'published', 'skipped', 'failed'"),
    )
    op.create_index(op.f("ix_waves_day"), "waves", ["day"])


def _access() -> None:
    op.create_table(
        "api_keys",
        sa.Column("key_hash", sa.String, nullable=False),
        sa.Column("storefront_id", sa.String, nullable=False),
        sa.Column("scopes", Doc, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("revoked_at", Instant),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_api_keys")),
    )
    op.create_table(
        "page_links",
        sa.Column("token_hash", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("revoked_at", Instant),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_page_links")),
        _known("page_links", "kind", "'courier', 'merchant', 'planner'"),
    )


def _unique(table: str, column: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(column, name=op.f(f"uq_{table}_{column}"))


def _known(table: str, column: str, words: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} IN ({words})", name=op.f(f"ck_{table}_{column}"))


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        [target],
        name=op.f(f"fk_{table}_{column}"),
        deferrable=True,
        initially="DEFERRED",
    )
