"""Notices to customers: what is told, how far the log was read, who wants none.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.adapters.storage.columns import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_CHANNEL = "channel IN ('email', 'sms')"


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("notice_id", sa.String, nullable=False),
        sa.Column("booking_id", sa.String, nullable=False),
        sa.Column("shipment_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("useful_until", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("why", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_notices")),
        sa.CheckConstraint(_CHANNEL, name=op.f("ck_notices_channel")),
        sa.CheckConstraint(
            "state IN ('waiting', 'claimed', 'sent', 'skipped', 'failed')",
            name=op.f("ck_notices_state"),
        ),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_notices_tries")),
    )
    op.create_index(
        op.f("ix_notices_channel_state_due_at"), "notices", ["channel", "state", "due_at"]
    )
    op.create_index(op.f("ix_notices_changed_at"), "notices", ["changed_at"])
    op.create_table(
        "noticed",
        sa.Column("reader", sa.String, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("reader", name=op.f("pk_noticed")),
    )
    op.create_table(
        "notice_refusals",
        sa.Column("mark", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("refused_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_notice_refusals")),
        sa.CheckConstraint(_CHANNEL, name=op.f("ck_notice_refusals_channel")),
    )


def downgrade() -> None:
    for table in ("notice_refusals", "noticed", "notices"):
        op.drop_table(table)
