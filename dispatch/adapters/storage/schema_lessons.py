"""The tables of what couriers taught: calibrations and doors put right."""

from __future__ import annotations

from sqlalchemy import Column, Date, Float, Integer, String, Table

from dispatch.adapters.storage.columns import Doc, Instant, known, metadata, refers_to
from dispatch.tracking.door_pins import PinState

calibrations = Table(
    "calibrations",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("calibration_id", String, nullable=False, unique=True),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("deliveries", Integer, nullable=False),
    Column("lessons", Doc, nullable=False),
    Column("applied_at", Instant, nullable=False),
    Column("undone_at", Instant),
    sqlite_autoincrement=True,
)

door_pins = Table(
    "door_pins",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("pin_id", String, nullable=False, unique=True),
    Column("address_key", String, nullable=False, index=True),
    Column("place", Doc, nullable=False),
    Column("known", Doc, nullable=False),
    Column("courier_id", String, nullable=False),
    # NULL once it is forgotten who lived there and who was there: the door itself stays.
    Column("tour_id", String, refers_to("tours.tour_id")),
    Column("stop_id", String, nullable=False),
    Column("quote_id", String, refers_to("quotes.quote_id")),
    Column("at", Instant, nullable=False),
    Column("at_server", Instant, nullable=False),
    Column("accuracy_m", Float, nullable=False),
    Column("state", String, nullable=False),
    Column("decided_at", Instant),
    known("state", PinState),
    sqlite_autoincrement=True,
)
