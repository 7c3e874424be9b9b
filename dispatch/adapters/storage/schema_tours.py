"""The tables of a day on the road: tours, what no tour holds, facts, waves.

Where a courier was has columns of its own, so that a purge is an UPDATE.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Integer, String, Table

from dispatch.adapters.storage.columns import Doc, Instant, known, metadata, refers_to
from dispatch.operations.waves import WaveState
from dispatch.tracking.facts import FactKind

tours = Table(
    "tours",
    metadata,
    Column("tour_id", String, primary_key=True),
    Column("day", Date, nullable=False, index=True),
    Column("courier_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("wave_id", String),
    Column("seen", Doc),
    Column("seen_at", Instant),
    Column("waiting", Doc),
    # ``operations.forgetting.Forgotten``: so that the purge looks at each tour once.
    Column("forgotten", Integer, nullable=False, server_default="0"),
    Column("doc", Doc, nullable=False),
    CheckConstraint("version >= 1", name="version"),
)

loose_orders = Table(
    "loose_orders",
    metadata,
    Column("quote_id", String, refers_to("quotes.quote_id"), primary_key=True),
    Column("day", Date, nullable=False, index=True),
    Column("since", Instant, nullable=False),
    Column("retry", Boolean, nullable=False),
    Column("doc", Doc, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("fact_id", String, nullable=False, unique=True),
    Column("tour_id", String, refers_to("tours.tour_id"), nullable=False, index=True),
    Column("courier_id", String, nullable=False),
    Column("stop_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("at_device", Instant, nullable=False),
    Column("at_server", Instant, nullable=False, index=True),
    Column("reason", String),
    Column("position", Doc),
    Column("phone", String),
    Column("seq", Integer),
    known("kind", FactKind),
    sqlite_autoincrement=True,
)

waves = Table(
    "waves",
    metadata,
    Column("wave_id", String, primary_key=True),
    Column("day", Date, nullable=False, index=True),
    Column("cut_off_at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("leased_until", Instant),
    Column("published_at", Instant),
    Column("result", Doc),
    Column("error", String),
    Column("by_hand", Boolean, nullable=False),
    Column("look", Doc),
    known("state", WaveState),
)
