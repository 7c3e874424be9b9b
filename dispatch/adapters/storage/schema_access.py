"""The tables of who comes in, by the hashes of their secrets, and of who changed what."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table, false

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
    Column("expires_at", Instant),
    Column("last_used_at", Instant),
)

page_links = Table(
    "page_links",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("expires_at", Instant),
    Column("once", Boolean, nullable=False, server_default=false()),
    Column("used_at", Instant),
    known("kind", PageKind),
)

devices = Table(
    "devices",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("platform", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    # The link it came by; made by an earlier version: that link's token itself.
    Column("link_hash", String, nullable=False),
    known("kind", PageKind),
)

# It only grows: no word of the store changes or removes an entry.
audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("actor", String, nullable=False),
    Column("act", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("before", Doc),
    Column("after", Doc),
    sqlite_autoincrement=True,
)
