"""Webhooks: who is told what happens, and the outbox of what is still to be told.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.adapters.storage.columns import Doc, Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("endpoint_id", sa.String, nullable=False),
        sa.Column("storefront_id", sa.String, nullable=False),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("types", Doc, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("secret_mark", sa.String, nullable=False),
        sa.Column("secret_version", sa.Integer, nullable=False),
        sa.Column("old_until", Instant),
        sa.Column("arrived_at", Instant),
        sa.PrimaryKeyConstraint("endpoint_id", name=op.f("pk_webhook_endpoints")),
        sa.CheckConstraint("secret_version >= 1", name=op.f("ck_webhook_endpoints_secret_version")),
    )
    op.create_index(
        op.f("ix_webhook_endpoints_storefront_id"), "webhook_endpoints", ["storefront_id"]
    )
    _outbox()


def _outbox() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("endpoint_id", sa.String, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("booking_id", sa.String, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("error", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("endpoint_id", "position", name=op.f("pk_webhook_deliveries")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.endpoint_id"],
            name=op.f("fk_webhook_deliveries_endpoint_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(
            ["position"],
            ["events.position"],
            name=op.f("fk_webhook_deliveries_position"),
            ondelete="CASCADE",
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'dead')", name=op.f("ck_webhook_deliveries_state")
        ),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_webhook_deliveries_tries")),
    )
    for columns in (
        ["state", "due_at"],
        ["endpoint_id", "booking_id", "position"],
        ["position"],
    ):
        name = f"ix_webhook_deliveries_{'_'.join(columns)}"
        op.create_index(op.f(name), "webhook_deliveries", columns)


def downgrade() -> None:
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_endpoints")
