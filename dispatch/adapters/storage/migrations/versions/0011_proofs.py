"""Which phone told a fact, and its how-manieth word that was; proofs of a handover.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.adapters.storage.columns import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("facts", sa.Column("phone", sa.String))
    op.add_column("facts", sa.Column("seq", sa.Integer))
    op.create_table(
        "proofs",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("proof_id", sa.String, nullable=False),
        sa.Column("tour_id", sa.String, nullable=False),
        sa.Column("courier_id", sa.String, nullable=False),
        sa.Column("stop_id", sa.String, nullable=False),
        sa.Column("quote_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("at_device", Instant, nullable=False),
        sa.Column("at_server", Instant, nullable=False),
        sa.Column("holds", sa.Boolean, nullable=False),
        sa.Column("said", sa.String),
        sa.Column("file", sa.String),
        sa.Column("content_type", sa.String),
        sa.Column("size", sa.Integer),
        sa.CheckConstraint(
            "kind IN ('name', 'pin', 'code', 'photo', 'signature')", name=op.f("ck_proofs_kind")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_proofs")),
        sa.UniqueConstraint("proof_id", name=op.f("uq_proofs_proof_id")),
        sa.ForeignKeyConstraint(
            ["tour_id"],
            ["tours.tour_id"],
            name=op.f("fk_proofs_tour_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["quote_id"],
            ["quotes.quote_id"],
            name=op.f("fk_proofs_quote_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sqlite_autoincrement=True,
    )
    for column in ("tour_id", "quote_id", "at_server"):
        op.create_index(op.f(f"ix_proofs_{column}"), "proofs", [column])


def downgrade() -> None:
    op.drop_table("proofs")
    op.drop_column("facts", "seq")
    op.drop_column("facts", "phone")
