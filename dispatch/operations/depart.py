"""The courier sets off: the next stop is frozen, and whoever waits there is told.

Nobody presses a button for it: a courier leaves when the forecast says that it is time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.core.civil import local_day
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.standing import forecast_manifest
from dispatch.operations.steps import step
from dispatch.orders.shipments import State
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour


@dataclass(frozen=True, slots=True)
class Departure:
    """It is time to leave for *stop*, since *at*."""

    stop: Stop
    at: datetime

    @property
    def before(self) -> State:
        """The state of those shipments that are to be told."""
        return State.ASSIGNED if self.stop.kind is StopKind.PICKUP else State.PICKED_UP

    @property
    def heading(self) -> State:
        """The state that they are then in."""
        return State.TO_PICKUP if self.stop.kind is StopKind.PICKUP else State.TO_DROPOFF

    def frozen(self, tour: Tour) -> Tour:
        """Return *tour* on its way to the stop."""
        return tour.with_stop(replace(self.stop, departed_at=self.at))


def departed(tour: Tour, tx: Transaction, ports: Ports) -> Tour:
    """Return *tour* with its next stop frozen if it is time to leave for it; tell its shipments."""
    due = departure(tour, ports)
    if due is None:
        return tour
    for shipment_id in due.stop.shipment_ids:
        shipment = tx.shipment(shipment_id)
        if shipment.state is due.before:
            step(shipment, due.heading, tx, ports, actor="courier", at=due.at)
    return due.frozen(tour)


def announce_departures(ports: Ports) -> int:
    """Freeze and announce every stop that a courier leaves for by now; return how many."""
    ports = as_learnt(ports)
    day = local_day(ports.clock.now())
    with ports.store.reading() as tx:
        leaving = [tour.tour_id for tour in tx.tours(day) if departure(tour, ports) is not None]
    if not leaving:
        return 0
    with ports.store.writing() as tx:
        for tour_id in leaving:
            tour = tx.tour(tour_id)
            after = departed(tour, tx, ports)
            if after is not tour:
                tx.put_tour(after)
    return len(leaving)


def departure(tour: Tour, ports: Ports) -> Departure | None:
    """Return what the courier should be on the way to by now, if nobody has noticed yet."""
    stop = tour.next_stop
    if stop is None or stop.departed_at is not None or stop.state is not StopState.OPEN:
        return None
    now = ports.clock.now()
    _, timing = forecast_manifest(tour, now, ports)[0]
    return Departure(stop, timing.depart_at) if timing.depart_at <= now else None
