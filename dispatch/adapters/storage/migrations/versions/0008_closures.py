"""Days on which a shop, or all of them, stay closed.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.adapters.storage.columns import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closures",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("closure_id", sa.String, nullable=False),
        sa.Column("merchant_id", sa.String),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("removed_at", Instant),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_closures")),
        sa.UniqueConstraint("closure_id", name=op.f("uq_closures_closure_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_closures_last_day"), "closures", ["last_day"])


def downgrade() -> None:
    op.drop_table("closures")
