"""The table of proofs of a handover.  The pictures are files: ``adapters.proofs``."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table

from dispatch.adapters.storage.columns import Instant, known, metadata, refers_to
from dispatch.tracking.proofs import ProofKind

proofs = Table(
    "proofs",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("proof_id", String, nullable=False, unique=True),
    Column("tour_id", String, refers_to("tours.tour_id"), nullable=False, index=True),
    Column("courier_id", String, nullable=False),
    Column("stop_id", String, nullable=False),
    Column("quote_id", String, refers_to("quotes.quote_id"), nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("at_device", Instant, nullable=False),
    Column("at_server", Instant, nullable=False, index=True),
    Column("holds", Boolean, nullable=False),
    Column("said", String),
    Column("file", String),
    Column("content_type", String),
    Column("size", Integer),
    known("kind", ProofKind),
    sqlite_autoincrement=True,
)
