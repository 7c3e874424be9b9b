"""What a rolling dispatch saw when it last looked at the day.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.adapters.storage.columns import Doc

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("waves", sa.Column("look", Doc))


def downgrade() -> None:
    op.drop_column("waves", "look")
