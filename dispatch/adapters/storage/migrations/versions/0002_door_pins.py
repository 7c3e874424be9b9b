"""Doors that couriers put right.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.adapters.storage.columns import Doc, Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "door_pins",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("pin_id", sa.String, nullable=False),
        sa.Column("address_key", sa.String, nullable=False),
        sa.Column("place", Doc, nullable=False),
        sa.Column("known", Doc, nullable=False),
        sa.Column("courier_id", sa.String, nullable=False),
        sa.Column("tour_id", sa.String, nullable=False),
        sa.Column("stop_id", sa.String, nullable=False),
        sa.Column("quote_id", sa.String, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("at_server", Instant, nullable=False),
        sa.Column("accuracy_m", sa.Float, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("decided_at", Instant),
        sa.ForeignKeyConstraint(
            ["quote_id"],
            ["quotes.quote_id"],
            name=op.f("fk_door_pins_quote_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tour_id"],
            ["tours.tour_id"],
            name=op.f("fk_door_pins_tour_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.CheckConstraint("state IN ('kept', 'asked', 'undone')", name=op.f("ck_door_pins_state")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_door_pins")),
        sa.UniqueConstraint("pin_id", name=op.f("uq_door_pins_pin_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_door_pins_address_key"), "door_pins", ["address_key"])


def downgrade() -> None:
    op.drop_table("door_pins")
