"""One step of a shipment, or one thing told of it: written with its event, together.

The only writer of events besides the booking, which writes each shipment's first.  Who moves
many at once thinks their steps out first (``Steps``) and writes them in one go.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import datetime

from dispatch.core.errors import Broken
from dispatch.core.ids import ShipmentId
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.settle import completion
from dispatch.orders.shipments import FINAL, Event, EventType, Shipment, State
from dispatch.tracking.tours import StopKind, Tour

#: States of a parcel that still waits for a courier, or again.
_UNASSIGNED = frozenset({State.BOOKED, State.PREPARING, State.READY, State.PICKUP_FAILED})


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


class Steps:
    """Steps of many shipments, thought out as they were read, and written together.

    None of them ends its shipment: what an end has to be told of is ``step``'s.
    """

    def __init__(self, seen: Iterable[Shipment]) -> None:
        self._seen = {shipment.shipment_id: shipment for shipment in seen}
        self._moved: dict[ShipmentId, Shipment] = {}
        self._events: list[Event] = []

    def shipment(self, shipment_id: ShipmentId) -> Shipment:
        """Return the shipment as it will be.  Raises ``KeyError`` for one that was not read."""
        return self._moved.get(shipment_id) or self._seen[shipment_id]

    def step(
        self,
        shipment_id: ShipmentId,
        state: State,
        *,
        now: datetime,
        actor: str,
        at: datetime | None = None,
        reason: str | None = None,
    ) -> None:
        """Move the shipment to *state*; see ``step`` above.

        Raises ``InvalidTransition``, and ``Broken`` for a state that ends it.
        """
        if state in FINAL:
            raise Broken(f"shipment {shipment_id}: an end is stepped to by itself")
        moved = self.shipment(shipment_id).becomes(state, at or now)
        self._moved[shipment_id] = moved
        self._events.append(Event(shipment_id, moved.seq, state, at or now, now, actor, reason))

    def assign(self, tour: Tour, was_out: Container[str], *, now: datetime, actor: str) -> None:
        """Tell of the pickups that the courier of *tour* has and that nobody had.

        was_out : the stops that somebody had been given
        """
        for stop in tour.manifest:
            if stop.over or stop.kind is not StopKind.PICKUP or stop.stop_id in was_out:
                continue
            for shipment_id in stop.shipment_ids:
                if self.shipment(shipment_id).state in _UNASSIGNED:
                    self.step(shipment_id, State.ASSIGNED, now=now, actor=actor)

    def write(self, tx: Transaction) -> None:
        """Write all down.  Raises ``Stale`` when one of the shipments moved since it was read."""
        tx.move_shipments(
            [(moved, self._seen[moved.shipment_id].seq) for moved in self._moved.values()]
        )
        tx.add_events(self._events)
