"""One step of a shipment, or one thing told of it: written with its event, together.

The only writer of events besides the booking, which writes each shipment's first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dispatch.core.errors import Broken
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.settle import completion
from dispatch.orders.shipments import Event, EventType, Shipment, State


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

    An order that is completed, or corrected, by this step is told of in the same breath.

    at : when it happened, by the clock of whoever saw it; default: now

    Raises ``InvalidTransition``.
    """
    now = ports.clock.now()
    moved = shipment.becomes(state, at or now)
    tx.put_shipment(moved)
    tx.add_event(Event(moved.shipment_id, moved.seq, state, at or now, now, actor, reason))
    if (over := completion(moved, tx, ports)) is not None:
        what, data = over
        return tell(moved, what, tx, ports, actor="house", data=data)
    return moved


def tell(
    shipment: Shipment,
    what: EventType,
    tx: Transaction,
    ports: Ports,
    *,
    actor: str,
    data: Mapping[str, object] | None = None,
    reason: str | None = None,
) -> Shipment:
    """Append an event that is no change of state, and return the shipment one event later.

    data : what the event says, as JSON has it; nobody's name, address or phone number

    Raises ``Broken`` for a change of state: that is ``step``'s.
    """
    if what is EventType.STATE:
        raise Broken(f"shipment {shipment.shipment_id}: a state is stepped to, not told")
    now = ports.clock.now()
    told = shipment.told()
    tx.put_shipment(told)
    tx.add_event(
        Event(told.shipment_id, told.seq, told.state, now, now, actor, reason, type=what, data=data)
    )
    return told
