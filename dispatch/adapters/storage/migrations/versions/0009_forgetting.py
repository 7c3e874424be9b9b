"""What the purge empties, who comes in by a device, and who changed what.

Revision ID: 0009
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.adapters.storage.columns import Doc, Instant

revision = "0009"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tours", sa.Column("forgotten", sa.Integer, nullable=False, server_default="0"))
    _let_pins_forget(nullable=True)


def downgrade() -> None:
    # A door whose order is forgotten cannot be told to older programs.
    op.execute("DELETE FROM door_pins WHERE quote_id IS NULL")
    _let_pins_forget(nullable=False)
    op.drop_column("tours", "forgotten")


def _let_pins_forget(*, nullable: bool) -> None:
    # SQLite cannot change a column: the table is made anew, from what is said here.
    with op.batch_alter_table("door_pins", copy_from=_door_pins(not nullable)) as pins:
        for name in ("tour_id", "quote_id"):
            pins.alter_column(name, existing_type=sa.String, nullable=nullable)


def _door_pins(nullable: bool) -> sa.Table:
    """The table as it stands before the change."""
    return sa.Table(
        "door_pins",
        sa.MetaData(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("pin_id", sa.String, nullable=False),
        sa.Column("address_key", sa.String, nullable=False),
        sa.Column("place", Doc, nullable=False),
        sa.Column("known", Doc, nullable=False),
        sa.Column("courier_id", sa.String, nullable=False),
        sa.Column("tour_id", sa.String, nullable=nullable),
        sa.Column("stop_id", sa.String, nullable=False),
        sa.Column("quote_id", sa.String, nullable=nullable),
        sa.Column("at", Instant, nullable=False),
        sa.Column("at_server", Instant, nullable=False),
        sa.Column("accuracy_m", sa.Float, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("decided_at", Instant),
        sa.ForeignKeyConstraint(
            ["quote_id"],
            ["quotes.quote_id"],
            name="fk_door_pins_quote_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["tour_id"],
            ["tours.tour_id"],
            name="fk_door_pins_tour_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.CheckConstraint("state IN ('kept', 'asked', 'undone')", name="ck_door_pins_state"),
        sa.PrimaryKeyConstraint("number", name="pk_door_pins"),
        sa.UniqueConstraint("pin_id", name="uq_door_pins_pin_id"),
        sa.Index("ix_door_pins_address_key", "address_key"),
        sqlite_autoincrement=True,
    )
