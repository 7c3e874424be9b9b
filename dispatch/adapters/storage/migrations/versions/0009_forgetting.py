"""What the purge empties, who comes in by a device, and who changed what.

Revision ID: 0009
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.adapters.storage.columns import Doc, Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tours", sa.Column("forgotten", sa.Integer, nullable=False, server_default="0"))
    _let_pins_forget(nullable=True)
    for table, column in _added():
        op.add_column(table, column)
    _devices()
    _audit()
    _keep_who_is_in()


def downgrade() -> None:
    op.drop_table("audit")
    op.drop_table("devices")
    for table, column in reversed(_added()):
        op.drop_column(table, column.name)
    # A door whose order is forgotten cannot be told to older programs.
    op.execute("DELETE FROM door_pins WHERE quote_id IS NULL")
    _let_pins_forget(nullable=False)
    op.drop_column("tours", "forgotten")


def _added() -> tuple[tuple[str, sa.Column[object]], ...]:
    return (
        ("api_keys", sa.Column("expires_at", Instant)),
        ("api_keys", sa.Column("last_used_at", Instant)),
        ("page_links", sa.Column("expires_at", Instant)),
        ("page_links", sa.Column("once", sa.Boolean, nullable=False, server_default=sa.false())),
        ("page_links", sa.Column("used_at", Instant)),
    )


def _devices() -> None:
    op.create_table(
        "devices",
        sa.Column("token_hash", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("platform", sa.String, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("last_seen_at", Instant, nullable=False),
        sa.Column("revoked_at", Instant),
        sa.Column("link_hash", sa.String, nullable=False),
        sa.CheckConstraint(
            "kind IN ('courier', 'merchant', 'planner')", name=op.f("ck_devices_kind")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_devices")),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("act", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("before", Doc),
        sa.Column("after", Doc),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"])


def _keep_who_is_in() -> None:
    """Until now a phone kept its link's token: each link becomes the device that has it.

    Nobody has to come in again.  The link itself opens once more, as new ones do.
    """
    names = ("token_hash", "kind", "subject", "created_at", "revoked_at", "once")
    links = sa.table("page_links", *(sa.column(name) for name in names))
    row = links.c
    devices = sa.table("devices", *(sa.column(name) for name in _DEVICE))
    # A phone that is at work was here lately, whenever its link was made.
    happened = sa.table("events", sa.column("at_server"))
    latest = sa.select(sa.func.max(happened.c.at_server)).scalar_subquery()
    seen_at = sa.case((latest > row.created_at, latest), else_=row.created_at)
    made = sa.select(
        row.token_hash,
        row.kind,
        row.subject,
        sa.literal(""),
        row.created_at,
        seen_at,
        row.revoked_at,
        row.token_hash,
    )
    op.execute(devices.insert().from_select(list(_DEVICE), made))
    op.execute(links.update().values(once=sa.true()))


_DEVICE = (
    *("token_hash", "kind", "subject", "platform"),
    *("created_at", "last_seen_at", "revoked_at", "link_hash"),
)


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
