"""Take in what a courier's phone says happened, once, and move everything that follows from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dispatch.core.errors import Forbidden, Invalid
from dispatch.core.ids import CourierId
from dispatch.core.places import Place
from dispatch.core.reasons import Refusal
from dispatch.operations.depart import departed
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.standing import forecast_manifest
from dispatch.operations.steps import step
from dispatch.operations.waves import LooseOrder
from dispatch.orders.failures import AT_DROP, AT_PICKUP, NEXT_STEP, FailureReason, NextStep
from dispatch.orders.shipments import State
from dispatch.tracking.facts import Fact, FactKind, apply
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour


@dataclass(frozen=True, slots=True)
class Report:
    """What the phone sends.

    fact_id   : made by the phone: sent twice, counted once
    at_device : when it happened, by the phone's clock
    """

    fact_id: str
    tour_id: str
    stop_id: str
    kind: FactKind
    at_device: datetime
    reason: str | None = None
    position: Place | None = None


def record(report: Report, courier_id: CourierId, ports: Ports) -> Tour:
    """Apply one report and return the tour; a report seen before changes nothing.

    Raises
    ------
    Forbidden
        When the tour is another courier's.
    Invalid
        When the reason is not one that can happen at such a stop.
    NotFound, Conflict
        See ``tracking.facts.apply``.
    """
    ports = as_learnt(ports)
    now = ports.clock.now()
    with ports.store.writing() as tx:
        tour = tx.tour(report.tour_id)
        if tour.courier_id != courier_id:
            raise Forbidden(f"tour {tour.tour_id} is another courier's")
        fact = _fact(report, tour, now)
        if not tx.add_fact(fact):
            return tour
        after = apply(tour, fact)
        if after is tour:
            return tour
        stop = next(s for s in after.stops if s.stop_id == fact.stop_id)
        after = _consequences(after, stop, fact, tx, ports)
        after = replace(after, seen=report.position or stop.place, seen_at=fact.at_device)
        after = departed(after, tx, ports)
        return tx.put_tour(retimed(after, ports))


def retimed(tour: Tour, ports: Ports) -> Tour:
    """Return the tour with new ETAs on what the courier has still to do."""
    eta = {
        stop.stop_id: timing.begin_at
        for stop, timing in forecast_manifest(tour, ports.clock.now(), ports)
    }
    return replace(
        tour,
        stops=tuple(
            replace(s, eta_at=eta[s.stop_id]) if s.stop_id in eta else s for s in tour.stops
        ),
    )


def _fact(report: Report, tour: Tour, now: datetime) -> Fact:
    stop = next((s for s in tour.manifest if s.stop_id == report.stop_id), None)
    if report.kind is FactKind.FAILED and stop is not None:
        known = AT_PICKUP if stop.kind is StopKind.PICKUP else AT_DROP
        if report.reason not in known:
            raise Invalid(
                f"{report.reason!r} cannot happen at a {stop.kind}; known: {', '.join(known)}",
                field="reason",
            )
    elif report.reason is not None:
        raise Invalid("only a failed stop has a reason", field="reason")
    return Fact(
        report.fact_id,
        tour.tour_id,
        tour.courier_id,
        report.stop_id,
        report.kind,
        # A phone whose clock runs ahead has not seen the future.
        min(report.at_device, now),
        now,
        report.reason,
        report.position,
    )


def _consequences(tour: Tour, stop: Stop, fact: Fact, tx: Transaction, ports: Ports) -> Tour:
    """Move the stop's shipments; a failed pickup also takes its drop out of the tour."""
    if stop.kind is StopKind.PICKUP:
        to = {
            FactKind.ARRIVED: State.AT_PICKUP,
            FactKind.DONE: State.PICKED_UP,
            FactKind.FAILED: State.PICKUP_FAILED,
        }[fact.kind]
    else:
        to = {
            FactKind.ARRIVED: State.AT_DROPOFF,
            FactKind.DONE: State.DELIVERED,
            FactKind.FAILED: State.ATTEMPTED,
        }[fact.kind]
    for shipment_id in stop.shipment_ids:
        shipment = tx.shipment(shipment_id)
        # A doorstep may wait for several shops; what was never fetched is not delivered.
        if shipment.may_become(to):
            step(shipment, to, tx, ports, actor="courier", at=fact.at_device, reason=fact.reason)
    if fact.kind is FactKind.FAILED and stop.kind is StopKind.PICKUP:
        return _without_pickup(tour, stop, tx, ports)
    return tour


def _without_pickup(tour: Tour, failed: Stop, tx: Transaction, ports: Ports) -> Tour:
    """After a failed pickup: the drop carries less, or disappears; the planner is told."""
    order = [s for s in tour.stops if s.quote_id == failed.quote_id]
    drop = next(s for s in order if s.kind is StopKind.DROP)
    others = [
        s
        for s in order
        if s.kind is StopKind.PICKUP and s.stop_id != failed.stop_id and s.reason is None
    ]
    reason = FailureReason(failed.reason or FailureReason.OTHER)
    # A half-fetched order is not sent out twice without a person's word.
    retry = not others and NEXT_STEP[reason] is NextStep.RETRY
    refusal = Refusal("pickup_failed", binding=(reason.value,))
    missing = (again(failed), again(drop, shipment_ids=failed.shipment_ids, load=failed.load))
    tx.put_loose(
        _together(
            LooseOrder(failed.quote_id, tour.day, missing, refusal, ports.clock.now(), retry), tx
        )
    )
    if not others:
        return tour.without_order(failed.quote_id)
    weight_g, volume_cm3, cold = (d - f for d, f in zip(drop.load, failed.load, strict=True))
    left = tuple(i for i in drop.shipment_ids if i not in failed.shipment_ids)
    return tour.with_stop(replace(drop, shipment_ids=left, load=(weight_g, volume_cm3, cold)))


def again(stop: Stop, **changes: Any) -> Stop:
    """Return *stop* as a new visit, open and given to nobody.

    Its id is new (``…:0`` becomes ``…:0r2``): the first visit stays in the tour as
    history, and reports on the two must not be taken for each other.
    """
    base, _, turn = stop.stop_id.partition(":")[2].partition("r")
    return replace(
        stop,
        stop_id=f"{stop.quote_id}:{base}r{int(turn or 1) + 1}",
        state=StopState.OPEN,
        ended_at=None,
        reason=None,
        published_at=None,
        departed_at=None,
        target_at=None,
        eta_at=None,
        **changes,
    )


def _together(order: LooseOrder, tx: Transaction) -> LooseOrder:
    """Join what two shops of one order failed to hand over: one doorstep, one line to read."""
    before = next((o for o in tx.loose_orders(order.day) if o.quote_id == order.quote_id), None)
    if before is None:
        return order
    *pickups, drop = before.stops
    *more, other = order.stops
    weight_g, volume_cm3, cold = (a + b for a, b in zip(drop.load, other.load, strict=True))
    doorstep = replace(
        drop,
        shipment_ids=(*drop.shipment_ids, *other.shipment_ids),
        load=(weight_g, volume_cm3, cold),
    )
    return replace(before, stops=(*pickups, *more, doorstep), retry=before.retry and order.retry)
