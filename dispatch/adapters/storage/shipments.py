"""Shipments and the log of what happened to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, bindparam, exists, literal, select, update

from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema import events, shipments
from dispatch.adapters.storage.webhooks import write_outbox
from dispatch.core.errors import Stale
from dispatch.core.ids import BookingId, ShipmentId, StorefrontId
from dispatch.orders.shipments import WITH_MERCHANT, Event, EventType, Shipment, State
from dispatch.slots.service_levels import Mode

#: A merchant has the parcel, keeps it for the customer, or is about to get it back.
_AT_THE_SHOP: Final = sorted(WITH_MERCHANT | {State.HELD_FOR_PICKUP, State.RETURNING})

_SHIPMENTS = Shelf(Shipment, shipments)
_EVENTS = Shelf(Event, events)
_MOVED: Final = (
    update(shipments)
    .where(shipments.c.shipment_id == bindparam("this"), shipments.c.seq == bindparam("seen"))
    .values(state=bindparam("to_state"), seq=bindparam("to_seq"))
)
_APPENDED: Final = events.insert().returning(events.c.position, sort_by_parameter_order=True)


class ShipmentRows(Rows):
    """The Transaction's words about shipments and events."""

    def put_shipment(self, shipment: Shipment) -> None:
        self._put(_SHIPMENTS, "shipment_id", shipment)

    def put_shipments(self, shipments: Sequence[Shipment]) -> None:
        self._put(_SHIPMENTS, "shipment_id", *shipments)

    def move_shipments(self, moved: Sequence[tuple[Shipment, int]]) -> None:
        """Write the ``state`` and ``seq`` of shipments, each read at the ``seq`` beside it.

        Raises ``Stale`` when one has moved since, or is not there.
        """
        rows = [
            {"this": one.shipment_id, "seen": seen, "to_state": one.state.value, "to_seq": one.seq}
            for one, seen in moved
        ]
        if rows and self._connection.execute(_MOVED, rows).rowcount != len(rows):
            raise Stale("a shipment has moved since it was read")

    def shipment(self, shipment_id: str) -> Shipment:
        return self._one(_SHIPMENTS, "shipment_id", shipment_id)

    def shipments(self, shipment_ids: Collection[ShipmentId]) -> Sequence[Shipment]:
        """Return the shipments of these ids, in order of making; unknown ids are left out."""
        query = select(shipments).where(shipments.c.shipment_id.in_(shipment_ids))
        return self._all(_SHIPMENTS, query.order_by(shipments.c.number))

    def shipments_of(self, booking_id: str) -> Sequence[Shipment]:
        query = select(shipments).where(shipments.c.booking_id == booking_id)
        return self._all(_SHIPMENTS, query.order_by(shipments.c.number))

    def bookings_of_shipments(
        self, shipment_ids: Collection[ShipmentId]
    ) -> Mapping[ShipmentId, BookingId]:
        """Return the booking of each of these shipments; unknown ones are left out."""
        row = shipments.c
        query = select(row.shipment_id, row.booking_id).where(row.shipment_id.in_(shipment_ids))
        found = self._connection.execute(query)
        return {ShipmentId(one.shipment_id): BookingId(one.booking_id) for one in found}

    def merchant_shipments(self, merchant_id: str, since: datetime) -> Sequence[Shipment]:
        """Return what the merchant still has to do, and what moved after *since*, oldest first.

        A merchant that delivers itself has work until the very end.
        """
        mine, row = shipments.c.merchant_id == merchant_id, shipments.c
        to_do = row.ended_at.is_(None) & (
            row.state.in_(_AT_THE_SHOP) | (row.mode == Mode.MERCHANT.value)
        )
        moved = exists().where(events.c.shipment_id == row.shipment_id, events.c.at_server > since)
        query = select(shipments).where(mine, to_do | moved)
        return self._all(_SHIPMENTS, query.order_by(row.number))

    def add_event(self, event: Event) -> Event:
        """Append to the log, and to the outbox; return the event with its ``position``.

        Raises ``Broken`` when the shipment has an event of that ``seq``.
        """
        (written,) = self.add_events([event])
        return written

    def add_events(self, events: Sequence[Event]) -> Sequence[Event]:
        """Append all, in their order, with no more questions to the database than for one.

        Raises ``Broken`` as ``add_event``.
        """
        if not events:
            return ()
        rows = [_EVENTS.row(event) for event in events]
        for row in rows:
            del row["position"]  # the database gives it
        given = self._connection.scalars(_APPENDED, rows)
        written = tuple(replace(e, position=at) for e, at in zip(events, given, strict=True))
        write_outbox(written, self._connection)
        return written

    def events_of(self, shipment_id: str) -> Sequence[Event]:
        query = select(events).where(events.c.shipment_id == shipment_id)
        return self._all(_EVENTS, query.order_by(events.c.seq))

    def latest_event_at(self) -> datetime | None:
        """Return when, by the house's clock, something last happened to a shipment."""
        latest = self._all(_EVENTS, select(events).order_by(events.c.at_server.desc()).limit(1))
        return latest[0].at_server if latest else None

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
        query = (
            select(events)
            .join(shipments, shipments.c.shipment_id == events.c.shipment_id)
            .where(
                # A stranger's number may be larger than any we shall give.
                events.c.position > literal(position, BigInteger),
                shipments.c.storefront_id == storefront_id,
            )
            .order_by(events.c.position)
            .limit(limit)
        )
        if types:
            query = query.where(events.c.type.in_([what.value for what in types]))
        return self._all(_EVENTS, query)
