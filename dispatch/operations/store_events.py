"""The store's words about the log of what happened to shipments.

The log only grows: nothing here changes or removes an event.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from dispatch.core.ids import StorefrontId
from dispatch.orders.shipments import Event, EventType


class StoredEvents(Protocol):
    """What happened, in order."""

    def add_event(self, event: Event) -> Event:
        """Append to the log; return the event with its ``position``.

        Written down at the same time for every webhook that is to tell it.
        """
        ...

    def add_events(self, events: Sequence[Event]) -> Sequence[Event]:
        """Append all, in their order, with no more questions to the database than for one."""
        ...

    def events_of(self, shipment_id: str) -> Sequence[Event]: ...
    def latest_event_at(self) -> datetime | None: ...
    def events_after(
        self,
        position: int,
        limit: int,
        storefront_id: StorefrontId,
        types: Collection[EventType] = (),
    ) -> Sequence[Event]:
        """Return at most *limit* events of the storefront behind *position*, in order.

        types : only events of these types; none: of all
        """
        ...
