"""What bookings owe the marketplace, when they end, and quotes found by their order.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dispatch.adapters.storage.columns import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("quotes", sa.Column("external_ref", sa.String))
    op.add_column(
        "quotes", sa.Column("held_back", sa.Boolean, nullable=False, server_default=sa.false())
    )
    for column in _of_bookings():
        op.add_column("bookings", column)
    _fill()
    op.create_index(
        op.f("ix_quotes_storefront_id_external_ref"), "quotes", ["storefront_id", "external_ref"]
    )
    op.create_index(op.f("ix_bookings_completed_at"), "bookings", ["completed_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_bookings_completed_at"), "bookings")
    op.drop_index(op.f("ix_quotes_storefront_id_external_ref"), "quotes")
    for column in reversed(_of_bookings()):
        op.drop_column("bookings", column.name)
    op.drop_column("quotes", "held_back")
    op.drop_column("quotes", "external_ref")


def _of_bookings() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("recommended_by", sa.String),
        sa.Column("commission_bp", sa.Integer, nullable=False, server_default="0"),
        sa.Column("fee_cents", sa.Integer),
        sa.Column("completed_at", Instant),
        sa.Column("tracking_until", Instant),
        sa.Column("note", sa.String, nullable=False, server_default=""),
    )


def _fill() -> None:
    """What earlier quotes were asked goes into the columns; earlier bookings owe nothing."""
    quotes = sa.table(
        "quotes", sa.column("quote_id"), sa.column("external_ref"), sa.column("request", sa.JSON)
    )
    bookings = sa.table("bookings", sa.column("quote_id"), sa.column("recommended_by"))
    asked = quotes.c.request
    op.execute(quotes.update().values(external_ref=asked["external_ref"].as_string()))
    recommended = (
        sa.select(asked["recommended_by"].as_string())
        .where(quotes.c.quote_id == bookings.c.quote_id)
        .scalar_subquery()
    )
    op.execute(bookings.update().values(recommended_by=recommended))
