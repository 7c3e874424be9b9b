"""Webhooks' rows: endpoints, and the outbox, which every event is written into as it happens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    select,
    update,
)

from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema_events import events
from dispatch.adapters.storage.schema_orders import shipments
from dispatch.adapters.storage.schema_webhooks import webhook_deliveries, webhook_endpoints
from dispatch.core.errors import NotFound
from dispatch.core.ids import StorefrontId
from dispatch.operations.webhooks import Backlog, Delivery, DeliveryState, Endpoint
from dispatch.orders.shipments import Event

_ENDPOINTS: Final = Shelf(Endpoint, webhook_endpoints)
_DELIVERIES: Final = Shelf(Delivery, webhook_deliveries)
_EVENTS: Final = Shelf(Event, events)

_ROW: Final = webhook_deliveries.c
_WAITING: Final = _ROW.state == DeliveryState.WAITING.value
#: Asked at every event that happens: put together once, here.
_LISTENING: Final = (
    select(
        *(webhook_endpoints.c.endpoint_id, webhook_endpoints.c.types),
        *(shipments.c.shipment_id, shipments.c.booking_id),
    )
    .join(shipments, shipments.c.storefront_id == webhook_endpoints.c.storefront_id)
    .where(shipments.c.shipment_id.in_(bindparam("shipment_ids", expanding=True)))
)


def write_outbox(events: Sequence[Event], connection: Connection) -> None:
    """Write *events*, which have their positions, down for every endpoint that is to hear."""
    about = sorted({event.shipment_id for event in events})
    ears: dict[str, list[Row[Any, Any, Any, Any]]] = {}
    for ear in connection.execute(_LISTENING, {"shipment_ids": about}):
        ears.setdefault(ear.shipment_id, []).append(ear)
    rows = [
        _DELIVERIES.row(Delivery(ear.endpoint_id, event.position, ear.booking_id, event.at_server))
        for event in events
        for ear in ears.get(event.shipment_id, ())
        if not ear.types or event.type.value in ear.types
    ]
    if rows:
        connection.execute(_DELIVERIES.insert, rows)


class WebhookRows(Rows):
    """The Transaction's words about webhooks."""

    def add_endpoint(self, endpoint: Endpoint) -> None:
        self._add(_ENDPOINTS, endpoint)

    def put_endpoint(self, endpoint: Endpoint) -> None:
        """Write over the endpoint of the same id; nothing when it was removed meanwhile."""
        this = webhook_endpoints.c.endpoint_id == endpoint.endpoint_id
        row = _ENDPOINTS.row(endpoint)
        self._connection.execute(update(webhook_endpoints).where(this).values(row))

    def endpoint(self, endpoint_id: str) -> Endpoint:
        return self._one(_ENDPOINTS, "endpoint_id", endpoint_id)

    def endpoints(self) -> Sequence[Endpoint]:
        """Return all endpoints, in order of making."""
        made = self._all(_ENDPOINTS, select(webhook_endpoints))
        return sorted(made, key=lambda one: (one.created_at, one.endpoint_id))

    def remove_endpoint(self, endpoint_id: str) -> None:
        """Remove it, and what it was still to be told."""
        for table in (webhook_deliveries, webhook_endpoints):
            self._connection.execute(delete(table).where(table.c.endpoint_id == endpoint_id))

    def endpoints_due(self, now: datetime) -> Sequence[str]:
        """Return the ids of the endpoints that ``next_delivery`` has something for."""
        query = _unheld(select(_ROW.endpoint_id).distinct(), now)
        return sorted(self._connection.scalars(query))

    def next_delivery(self, endpoint_id: str, now: datetime) -> Delivery | None:
        """Return the first due telling, by position, that no earlier one of its order holds up."""
        query = _unheld(select(webhook_deliveries), now).where(_ROW.endpoint_id == endpoint_id)
        found = self._all(_DELIVERIES, query.order_by(_ROW.position).limit(1))
        return found[0] if found else None

    def arrived(self, delivery: Delivery, at: datetime) -> None:
        """Take it out of the outbox, and note *at* on its endpoint."""
        self._connection.execute(_delete(delivery))
        this = webhook_endpoints.c.endpoint_id == delivery.endpoint_id
        self._connection.execute(update(webhook_endpoints).where(this).values(arrived_at=at))

    def put_delivery(self, delivery: Delivery) -> None:
        """Write what a try changed; nothing when it was removed meanwhile."""
        row = _DELIVERIES.row(delivery)
        self._connection.execute(update(webhook_deliveries).where(_this(delivery)).values(row))

    def tell_again(self, endpoint_id: str, event: Event, at: datetime) -> None:
        """Put *event* into the outbox, due *at*, its tries not begun, whatever became of it."""
        order = select(shipments.c.booking_id).where(shipments.c.shipment_id == event.shipment_id)
        booking_id = self._connection.scalars(order).one()
        fresh = Delivery(endpoint_id, event.position, booking_id, at)
        self._connection.execute(_delete(fresh))
        self._add(_DELIVERIES, fresh)

    def dead_deliveries(self) -> Sequence[Delivery]:
        """Return what was given up, longest dead first."""
        dead = select(webhook_deliveries).where(_ROW.state == DeliveryState.DEAD.value)
        return self._all(_DELIVERIES, dead.order_by(_ROW.due_at, _ROW.position))

    def backlog(self, endpoint_id: str) -> Backlog:
        counted = select(
            func.count().filter(_WAITING),
            func.count().filter(_WAITING, _ROW.tries > 0),
            func.count().filter(_ROW.state == DeliveryState.DEAD.value),
        ).where(_ROW.endpoint_id == endpoint_id)
        return Backlog(*self._connection.execute(counted).one())

    def event_at(self, position: int) -> Event:
        """Return the event.  Raises ``NotFound``."""
        event = self._found(_EVENTS, "position", position)
        if event is None:
            raise NotFound(f"no event at {position}", position=position)
        return event

    def events_since(self, at: datetime, storefront_id: StorefrontId) -> Sequence[Event]:
        """Return the storefront's events that we learnt of from *at* on, in order."""
        query = (
            select(events)
            .join(shipments, shipments.c.shipment_id == events.c.shipment_id)
            .where(events.c.at_server >= at, shipments.c.storefront_id == storefront_id)
            .order_by(events.c.position)
        )
        return self._all(_EVENTS, query)


def _this(delivery: Delivery) -> ColumnElement[bool]:
    return and_(_ROW.endpoint_id == delivery.endpoint_id, _ROW.position == delivery.position)


def _delete(delivery: Delivery) -> Any:
    return delete(webhook_deliveries).where(_this(delivery))


def _unheld(query: Select[Any], now: datetime) -> Select[Any]:
    """Of what *query* selects in the outbox: what is due, first of its order at its endpoint."""
    earlier = webhook_deliveries.alias("earlier")
    held_up = exists().where(
        earlier.c.endpoint_id == _ROW.endpoint_id,
        earlier.c.booking_id == _ROW.booking_id,
        earlier.c.position < _ROW.position,
        earlier.c.state == DeliveryState.WAITING.value,
    )
    return query.where(_WAITING, _ROW.due_at <= now, ~held_up)
