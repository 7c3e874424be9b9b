"""Who came for a parcel at a counter, and how often its code was guessed.

Revision ID: 0007
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.adapters.storage.columns import Instant

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_shipments_state_mode"), "shipments", ["state", "mode"])
    op.create_table(
        "handovers",
        sa.Column("shipment_id", sa.String, nullable=False),
        sa.Column("wrong_codes", sa.Integer, nullable=False),
        sa.Column("waits_until", Instant),
        sa.Column("received_by", sa.String),
        sa.ForeignKeyConstraint(
            ["shipment_id"],
            ["shipments.shipment_id"],
            name=op.f("fk_handovers_shipment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.CheckConstraint("wrong_codes >= 0", name=op.f("ck_handovers_wrong_codes")),
        sa.PrimaryKeyConstraint("shipment_id", name=op.f("pk_handovers")),
    )


def downgrade() -> None:
    op.drop_table("handovers")
    op.drop_index(op.f("ix_shipments_state_mode"), "shipments")
