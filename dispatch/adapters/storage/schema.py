"""The tables: a real column for whatever is searched, joined, constrained or purged.

The nested rest of a value is one JSON ``doc``.  Who receives and where, and where a
courier was, have columns of their own, so that a purge is an UPDATE and not surgery
in JSON.  There is one ``schema_*`` file per noun; all meet in ``metadata`` here.

A change of a table, or a new word in one of the vocabularies checked there, needs a
migration beside it; a test compares the two.
Columns are named like the fields they hold: ``rows.Shelf`` relies on it.
Foreign keys are checked at commit, so that an operation may write in any order.
"""

from __future__ import annotations

from dispatch.adapters.storage.columns import metadata
from dispatch.adapters.storage.schema_access import api_keys, audit, devices, page_links
from dispatch.adapters.storage.schema_calendar import closures, wet_days
from dispatch.adapters.storage.schema_events import events
from dispatch.adapters.storage.schema_lessons import calibrations, door_pins
from dispatch.adapters.storage.schema_notices import notice_refusals, noticed, notices
from dispatch.adapters.storage.schema_orders import bookings, idempotency_keys, quotes, shipments
from dispatch.adapters.storage.schema_parcels import handovers, labels, parcels
from dispatch.adapters.storage.schema_proofs import proofs
from dispatch.adapters.storage.schema_tours import facts, loose_orders, tours, waves
from dispatch.adapters.storage.schema_webhooks import webhook_deliveries, webhook_endpoints

__all__ = [
    "api_keys",
    "audit",
    "bookings",
    "calibrations",
    "closures",
    "devices",
    "door_pins",
    "events",
    "facts",
    "handovers",
    "idempotency_keys",
    "labels",
    "loose_orders",
    "metadata",
    "notice_refusals",
    "noticed",
    "notices",
    "page_links",
    "parcels",
    "proofs",
    "quotes",
    "shipments",
    "tours",
    "waves",
    "webhook_deliveries",
    "webhook_endpoints",
    "wet_days",
]
