"""One step of a shipment: the new state and its event, written together."""

from __future__ import annotations

from datetime import datetime

from dispatch.operations.ports import Ports, Transaction
from dispatch.orders.shipments import Event, Shipment, State


def step(
    shipment: Shipment,
    state: State,
    tx: Transaction,
    ports: Ports,
    *,
    actor: str,
    at: datetime | None = None,
    reason: str | None = None,
) -> Shipment:
    """Move *shipment* to *state*, write it with its event, and return it.

    at : when it happened, by the clock of whoever saw it; default: now

    Raises ``InvalidTransition``.
    """
    now = ports.clock.now()
    moved = shipment.becomes(state, at or now)
    tx.put_shipment(moved)
    tx.add_event(Event(moved.shipment_id, moved.seq, state, at or now, now, actor, reason))
    return moved
