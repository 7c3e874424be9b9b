"""Events that are no change of state: their type, and what they say.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.adapters.storage.columns import Doc

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Until now every event was a new state.
    op.add_column(
        "events", sa.Column("type", sa.String, nullable=False, server_default="shipment.state")
    )
    op.add_column("events", sa.Column("data", Doc))


def downgrade() -> None:
    op.drop_column("events", "data")
    op.drop_column("events", "type")
