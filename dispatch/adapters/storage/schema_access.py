"""The tables of who comes in: keys and links, by their hashes."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from dispatch.adapters.storage.columns import Doc, Instant, known, metadata
from dispatch.operations.access import PageKind

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_hash", String, primary_key=True),
    Column("storefront_id", String, nullable=False),
    Column("scopes", Doc, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

page_links = Table(
    "page_links",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    known("kind", PageKind),
)
