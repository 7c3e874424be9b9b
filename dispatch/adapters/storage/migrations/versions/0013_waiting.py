"""Where a courier who has nothing to do was told to wait.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.adapters.storage.columns import Doc

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tours", sa.Column("waiting", Doc))


def downgrade() -> None:
    op.drop_column("tours", "waiting")
