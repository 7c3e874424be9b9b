"""What couriers' facts taught.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.adapters.storage.columns import Doc, Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calibrations",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("calibration_id", sa.String, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("deliveries", sa.Integer, nullable=False),
        sa.Column("lessons", Doc, nullable=False),
        sa.Column("applied_at", Instant, nullable=False),
        sa.Column("undone_at", Instant),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_calibrations")),
        sa.UniqueConstraint("calibration_id", name=op.f("uq_calibrations_calibration_id")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("calibrations")
