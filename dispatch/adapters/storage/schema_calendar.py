"""The tables of exceptional closings and of wet days.

A merchant is no foreign key: shops are the town's files, not the database's rows.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, String, Table

from dispatch.adapters.storage.columns import Instant, metadata

closures = Table(
    "closures",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("closure_id", String, nullable=False, unique=True),
    Column("merchant_id", String),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False, index=True),
    Column("reason", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),
    sqlite_autoincrement=True,
)

wet_days = Table(
    "wet_days",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("wet_day_id", String, nullable=False, unique=True),
    Column("day", Date, nullable=False, index=True),
    Column("said_at", Instant, nullable=False),
    Column("taken_back_at", Instant),
    sqlite_autoincrement=True,
)
