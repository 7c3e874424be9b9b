"""Which phone told a fact, and its how-manieth word that was.

Revision ID: 0012
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("facts", sa.Column("phone", sa.String))
    op.add_column("facts", sa.Column("seq", sa.Integer))


def downgrade() -> None:
    op.drop_column("facts", "seq")
    op.drop_column("facts", "phone")
