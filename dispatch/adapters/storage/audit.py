"""Who changed what: rows that are added, and read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select

from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema import audit
from dispatch.operations.audit import Change, Entry

_ENTRIES = Shelf(Entry, audit)


class AuditRows(Rows):
    """The Transaction's words about the audit trail."""

    def add_entry(self, entry: Entry) -> None:
        row = _ENTRIES.row(entry)
        del row["number"]  # the database gives it
        self._connection.execute(insert(audit), row)

    def entries(self, since: datetime, limit: int) -> Sequence[Entry]:
        query = select(audit).where(audit.c.at >= since).order_by(audit.c.number).limit(limit)
        return self._all(_ENTRIES, query)

    def latest_entry(self, act: Change) -> Entry | None:
        query = select(audit).where(audit.c.act == act.value)
        found = self._all(_ENTRIES, query.order_by(audit.c.number.desc()).limit(1))
        return found[0] if found else None
