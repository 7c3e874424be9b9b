"""Parcels: who came for one, how often its code was guessed; labels, and news of the post.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.adapters.storage.columns import Instant

revision = "0007"
down_revision = "0006"
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
        _of_a_shipment("handovers"),
        sa.CheckConstraint("wrong_codes >= 0", name=op.f("ck_handovers_wrong_codes")),
        sa.PrimaryKeyConstraint("shipment_id", name=op.f("pk_handovers")),
    )

    op.create_table(
        "parcels",
        sa.Column("shipment_id", sa.String, nullable=False),
        sa.Column("tracking_number", sa.String),
        sa.Column("since", Instant, nullable=False),
        sa.Column("next_at", Instant),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("trouble", sa.String),
        sa.Column("last_code", sa.String),
        sa.Column("last_at", Instant),
        _of_a_shipment("parcels"),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_parcels_tries")),
        sa.PrimaryKeyConstraint("shipment_id", name=op.f("pk_parcels")),
    )
    op.create_index(op.f("ix_parcels_tracking_number"), "parcels", ["tracking_number"])
    op.create_index(op.f("ix_parcels_next_at"), "parcels", ["next_at"])
    op.create_table(
        "labels",
        sa.Column("shipment_id", sa.String, nullable=False),
        sa.Column("pdf", sa.LargeBinary, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        _of_a_shipment("labels"),
        sa.PrimaryKeyConstraint("shipment_id", name=op.f("pk_labels")),
    )


def downgrade() -> None:
    op.drop_table("labels")
    op.drop_table("parcels")
    op.drop_table("handovers")
    op.drop_index(op.f("ix_shipments_state_mode"), "shipments")


def _of_a_shipment(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["shipment_id"],
        ["shipments.shipment_id"],
        name=op.f(f"fk_{table}_shipment_id"),
        initially="DEFERRED",
        deferrable=True,
    )
