"""Days that somebody said are wet.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.adapters.storage.columns import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wet_days",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("wet_day_id", sa.String, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("said_at", Instant, nullable=False),
        sa.Column("taken_back_at", Instant),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_wet_days")),
        sa.UniqueConstraint("wet_day_id", name=op.f("uq_wet_days_wet_day_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_wet_days_day"), "wet_days", ["day"])


def downgrade() -> None:
    op.drop_table("wet_days")
