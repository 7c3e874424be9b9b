"""The store's words about what the marketplace is owed: the events that say so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from dispatch.orders.shipments import Event


class StoredSettlement(Protocol):
    """A ledger that only grows: orders completed, and corrected."""

    def settlement_events(self, since: datetime, until: datetime) -> Sequence[Event]:
        """Return what was told of completed and corrected orders, *until* excluded, in order."""
        ...
