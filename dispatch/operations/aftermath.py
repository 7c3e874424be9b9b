"""What follows from the facts of a tour: its parcels move, a shop's failure is put to the planner.

Decides what each changed stop means for its shipments.  What has been told of a shipment is
never rewritten: where a later word is the truer one, a further event says so.  Which word
counts is ``tracking.facts``'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.civil import local_text
from dispatch.core.reasons import Refusal
from dispatch.operations.bring_back import arrived_back, to_be_brought_back, without_returns
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.reclaim import heavier, lighter
from dispatch.operations.steps import step, tell
from dispatch.operations.waves import LooseOrder
from dispatch.orders.failures import NEXT_STEP, FailureReason, NextStep
from dispatch.orders.shipments import EventType, Shipment, State
from dispatch.tracking.facts import Fact, as_told, verdicts
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour

#: So long a planner may say what comes of what a shop did not give while the rest is on its way.
#: First guess.
HALF_FETCHED_WAITS: Final = timedelta(minutes=30)

_STATE: Final = {
    (StopKind.PICKUP, StopState.ARRIVED): State.AT_PICKUP,
    (StopKind.PICKUP, StopState.DONE): State.PICKED_UP,
    (StopKind.PICKUP, StopState.FAILED): State.PICKUP_FAILED,
    (StopKind.DROP, StopState.ARRIVED): State.AT_DROPOFF,
    (StopKind.DROP, StopState.DONE): State.DELIVERED,
    (StopKind.DROP, StopState.FAILED): State.ATTEMPTED,
}


@dataclass(frozen=True, slots=True)
class _Change:
    """One stop, as it was and as it is told now.  ``before`` None: the tour did not have it."""

    before: Stop | None
    after: Stop
    at: datetime

    @property
    def was(self) -> StopState:
        return StopState.OPEN if self.before is None else self.before.state

    @property
    def retold(self) -> bool:
        """True when the same is said as before, of another minute or for another reason."""
        return (
            self.before is not None
            and self.before.state is self.after.state
            and (self.before.ended_at, self.before.reason)
            != (self.after.ended_at, self.after.reason)
        )


def follow(before: Tour, tour: Tour, facts: Sequence[Fact], tx: Transaction, ports: Ports) -> Tour:
    """Return *tour* as all its *facts* tell, every consequence written but the tour itself.

    before : the tour as it was written last
    """
    while True:
        after, told = as_told(tour, facts), verdicts(tour, facts)
        old = {stop.stop_id: stop for stop in before.stops}
        changes = [
            _Change(old.get(stop.stop_id), stop, told[stop.stop_id].at)
            for stop in after.stops
            if stop.stop_id in told and _differs(old.get(stop.stop_id), stop)
        ]
        if not changes:
            return after
        before = tour = after
        # A shop's word comes before its customer's, whichever came in first.
        for change in sorted(changes, key=lambda one: one.after.kind is StopKind.DROP):
            tour = _follow(tour, change, tx, ports)


def _differs(before: Stop | None, after: Stop) -> bool:
    if before is None:
        return after.state is not StopState.OPEN
    return (before.state, before.ended_at, before.reason, before.shipment_ids) != (
        after.state,
        after.ended_at,
        after.reason,
        after.shipment_ids,
    )


def _follow(tour: Tour, change: _Change, tx: Transaction, ports: Ports) -> Tour:
    stop = change.after
    state = _STATE.get((stop.kind, stop.state))
    if stop.kind is StopKind.RETURN:
        arrived_back(stop, tx, ports, at=change.at)
    for shipment_id in stop.shipment_ids:
        shipment = tx.shipment(shipment_id)
        if state is shipment.state and change.retold:
            _retell(shipment, change, tx, ports)
        elif state is not None:
            _bring(shipment, state, change, tx, ports)
    if stop.kind is StopKind.PICKUP and change.was is StopState.FAILED:
        _explain_again(tour, stop, tx)
    elif stop.kind is StopKind.PICKUP and stop.state is StopState.FAILED:
        return _without_pickup(tour, stop, tx, ports)
    elif stop.kind is StopKind.DROP and stop.state is StopState.FAILED:
        return to_be_brought_back(tour, stop, tx, ports)
    elif stop.kind is StopKind.DROP and change.was is StopState.FAILED:
        return without_returns(tour, stop)
    return tour


def _bring(
    shipment: Shipment, state: State, change: _Change, tx: Transaction, ports: Ports
) -> None:
    """Move the shipment to *state* if it can come there; else the facts alone remember it."""
    if (
        state is State.PICKED_UP
        and not shipment.may_become(state)
        and shipment.may_become(State.ASSIGNED)
    ):
        # Taken back, or said to be missing, and in the courier's bag all the same.
        shipment = step(shipment, State.ASSIGNED, tx, ports, actor="courier", at=change.at)
    if shipment.may_become(state):
        reason = change.after.reason
        step(shipment, state, tx, ports, actor="courier", at=change.at, reason=reason)


def _retell(shipment: Shipment, change: _Change, tx: Transaction, ports: Ports) -> None:
    """Say with a further event that it was at another minute, or for another reason."""
    ended_at = change.at if shipment.ended_at is not None else None
    told = {"at": local_text(change.at)}
    reason = change.after.reason
    mended = replace(shipment, ended_at=ended_at)
    tell(mended, EventType.RETOLD, tx, ports, actor="courier", data=told, reason=reason)


def _without_pickup(tour: Tour, failed: Stop, tx: Transaction, ports: Ports) -> Tour:
    """After a failed pickup: the drop carries less, or disappears; the planner is told."""
    turn = failed.visit[1]
    shops = _shops(tour, failed)
    drop = next(
        s
        for s in tour.stops
        if s.quote_id == failed.quote_id and s.kind is StopKind.DROP and s.visit[1] == turn
    )
    missing = (
        failed.at_turn(turn + 1),
        replace(drop, shipment_ids=failed.shipment_ids, load=failed.load).at_turn(turn + 1),
    )
    lost = LooseOrder(failed.quote_id, tour.day, missing, _why(shops), ports.clock.now())
    tx.put_loose(_explained(_together(lost, tx), shops))
    if all(shop.state is StopState.FAILED for shop in shops):
        return tour.without_order(failed.quote_id)
    return tour.with_stop(lighter(drop, failed))


def _explain_again(tour: Tour, told: Stop, tx: Transaction) -> None:
    """Give the planner's list the reasons that count now."""
    shops = _shops(tour, told)
    for order in tx.loose_orders(tour.day):
        if order.quote_id == told.quote_id and _reasons(shops):
            tx.put_loose(_explained(order, shops))


def _shops(tour: Tour, shop: Stop) -> tuple[Stop, ...]:
    """Return the visits to the shops of an order that were tried together with *shop*."""
    found = [
        s
        for s in tour.stops
        if s.quote_id == shop.quote_id and s.kind is StopKind.PICKUP and s.visit[1] == shop.visit[1]
    ]
    return tuple(sorted(found, key=lambda stop: stop.visit))


def _why(shops: Sequence[Stop]) -> Refusal:
    return Refusal("pickup_failed", binding=tuple(reason.value for reason in _reasons(shops)))


def _explained(order: LooseOrder, shops: Sequence[Stop]) -> LooseOrder:
    """Return *order* with what its *shops* gave as reasons, and who decides what comes of it.

    Before a half-fetched order is sent out twice a person may say something; not for ever.
    """
    ready_later = {NEXT_STEP[reason] for reason in _reasons(shops)} == {NextStep.RETRY}
    nothing_fetched = all(shop.state is StopState.FAILED for shop in shops)
    asks = ready_later and not nothing_fetched
    return replace(
        order,
        refusal=_why(shops),
        retry=ready_later and nothing_fetched,
        decide_by=order.since + HALF_FETCHED_WAITS if asks else None,
    )


def _reasons(shops: Sequence[Stop]) -> tuple[FailureReason, ...]:
    failed = (shop for shop in shops if shop.state is StopState.FAILED)
    return tuple(dict.fromkeys(FailureReason(s.reason or FailureReason.OTHER) for s in failed))


def _together(order: LooseOrder, tx: Transaction) -> LooseOrder:
    """Join what two shops of one order failed to hand over: one doorstep, one line to read."""
    before = next((o for o in tx.loose_orders(order.day) if o.quote_id == order.quote_id), None)
    if before is None:
        return order
    *pickups, drop = before.stops
    *more, share = order.stops
    shops = sorted((*pickups, *more), key=lambda stop: stop.visit)
    return replace(before, stops=(*shops, heavier(drop, share, shops)))
