"""The store's words about webhooks: who is told, and what is still to be told.

What is to be told is written by ``add_event``, in the event's own transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from dispatch.core.ids import StorefrontId
from dispatch.operations.webhooks import Backlog, Delivery, Endpoint
from dispatch.orders.shipments import Event


class StoredWebhooks(Protocol):
    """Endpoints, and the outbox: a row for each event that one of them has not yet had."""

    def add_endpoint(self, endpoint: Endpoint) -> None: ...
    def put_endpoint(self, endpoint: Endpoint) -> None:
        """Write over the endpoint of the same id; nothing when it was removed meanwhile."""
        ...

    def endpoint(self, endpoint_id: str) -> Endpoint: ...
    def endpoints(self) -> Sequence[Endpoint]:
        """Return all endpoints, in order of making."""
        ...

    def remove_endpoint(self, endpoint_id: str) -> None:
        """Remove it, and what it was still to be told."""
        ...

    def endpoints_due(self, now: datetime) -> Sequence[str]:
        """Return the ids of the endpoints that ``next_delivery`` has something for."""
        ...

    def next_delivery(self, endpoint_id: str, now: datetime) -> Delivery | None:
        """Return the first due telling, by position, that no earlier one of its order holds up."""
        ...

    def arrived(self, delivery: Delivery, at: datetime) -> None:
        """Take it out of the outbox, and note *at* on its endpoint."""
        ...

    def put_delivery(self, delivery: Delivery) -> None:
        """Write what a try changed; nothing when it was removed meanwhile."""
        ...

    def tell_again(self, endpoint_id: str, event: Event, at: datetime) -> None:
        """Put *event* into the outbox, due *at*, its tries not begun, whatever became of it."""
        ...

    def dead_deliveries(self) -> Sequence[Delivery]:
        """Return what was given up, longest dead first."""
        ...

    def backlog(self, endpoint_id: str) -> Backlog: ...
    def event_at(self, position: int) -> Event: ...
    def events_since(self, at: datetime, storefront_id: StorefrontId) -> Sequence[Event]:
        """Return the storefront's events that we learnt of from *at* on, in order."""
        ...
