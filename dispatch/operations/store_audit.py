"""The store's words about who changed what: a trail that only grows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from dispatch.operations.audit import Change, Entry


class StoredAudit(Protocol):
    """There is no word to change or remove an entry."""

    def add_entry(self, entry: Entry) -> None: ...
    def entries(self, since: datetime, limit: int) -> Sequence[Entry]:
        """Return at most *limit* entries made at *since* or later, in order."""
        ...

    def latest_entry(self, act: Change) -> Entry | None: ...
