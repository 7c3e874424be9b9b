"""The events a settlement is made of, read from the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select

from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema import events
from dispatch.orders.shipments import Event, EventType

_TOLD: Final = sorted((EventType.COMPLETED, EventType.CORRECTED))

_EVENTS = Shelf(Event, events)


class SettlementRows(Rows):
    """The Transaction's words about settlements."""

    def settlement_events(self, since: datetime, until: datetime) -> Sequence[Event]:
        """Return what was told of completed and corrected orders, *until* excluded, in order."""
        query = select(events).where(
            events.c.type.in_(_TOLD), events.c.at_server >= since, events.c.at_server < until
        )
        return self._all(_EVENTS, query.order_by(events.c.position))
