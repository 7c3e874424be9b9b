"""A parcel could not be handed over: it goes back to its shop, or is tried once more.

Decides the visit that brings it back, and what its arrival there means.  Who was not at home
finds the parcel at the shop; what was refused or damaged is returned.  Where a person has to
think first it stays on board until ``operations.missed`` has the word.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.ids import MerchantId
from dispatch.core.windows import TimeWindow
from dispatch.operations.learnt import pickup_s
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.steps import step
from dispatch.orders.failures import NEXT_STEP, FailureReason, NextStep
from dispatch.orders.shipments import Shipment, State
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour

#: A courier who stands before a closed shop says so: nothing is to forbid that visit before.
_ANY_TIME: Final = timedelta(days=2)

_GOES_BACK: Final = frozenset({NextStep.HOLD_AT_SHOP, NextStep.RETURN})


def to_be_brought_back(tour: Tour, failed: Stop, tx: Transaction, ports: Ports) -> Tour:
    """Return *tour* with what was not handed over at *failed* on its way back, if it goes back."""
    what = NEXT_STEP[FailureReason(failed.reason or FailureReason.OTHER)]
    if what not in _GOES_BACK:
        return tour
    return with_returns(tour, failed, tx, ports, given_up=what is NextStep.RETURN)


def with_returns(
    tour: Tour, failed: Stop, tx: Transaction, ports: Ports, *, given_up: bool
) -> Tour:
    """Return *tour* with a visit to each shop that gets a parcel of *failed* back.

    given_up : the shop has it back for good; else it keeps it for the customer
    """
    by_shop: dict[MerchantId, list[Shipment]] = {}
    for shipment_id in failed.shipment_ids:
        shipment = tx.shipment(shipment_id)
        if given_up and shipment.state is State.ATTEMPTED:
            at = failed.ended_at
            shipment = step(shipment, State.RETURNING, tx, ports, actor="courier", at=at)
        if shipment.state in (State.ATTEMPTED, State.RETURNING):
            by_shop.setdefault(shipment.merchant_id, []).append(shipment)
    tries = [s for s in tour.stops if s.kind is StopKind.RETURN]
    # A shop that was shut is tried again under another name.
    tried = sum(1 for stop in tries if stop.over and stop.quote_id == failed.quote_id)
    back = [stop for stop in tries if not stop.over]
    planned = {shipment_id for stop in back for shipment_id in stop.shipment_ids}
    new = [
        _return(tried + n, shop, shipments, failed, ports)
        for n, (shop, shipments) in enumerate(sorted(by_shop.items()))
        if not planned & {shipment.shipment_id for shipment in shipments}
    ]
    if not new:
        return tour
    # Behind what is promised; where it costs least is the next wave's to find.
    rest = [s for s in tour.stops if s not in back]
    return replace(tour, stops=(*rest, *sorted([*back, *new], key=lambda stop: stop.stop_id)))


def without_returns(tour: Tour, drop: Stop) -> Tour:
    """Return *tour* without the visits that were to bring back what *drop* handed over."""
    return replace(
        tour,
        stops=tuple(
            stop
            for stop in tour.stops
            if stop.over
            or stop.kind is not StopKind.RETURN
            or not set(stop.shipment_ids) & set(drop.shipment_ids)
        ),
    )


def arrived_back(stop: Stop, tx: Transaction, ports: Ports, *, at: datetime) -> None:
    """Let the parcels of a return that is done be at their shop: kept there, or back for good."""
    if stop.state is not StopState.DONE:
        return
    for shipment_id in stop.shipment_ids:
        shipment = tx.shipment(shipment_id)
        if shipment.state is State.RETURNING:
            step(shipment, State.RETURNED, tx, ports, actor="courier", at=at)
        elif shipment.state is State.ATTEMPTED:
            step(shipment, State.HELD_FOR_PICKUP, tx, ports, actor="courier", at=at)


def _return(
    n: int, shop: MerchantId, shipments: list[Shipment], failed: Stop, ports: Ports
) -> Stop:
    merchant = ports.territory.merchant(shop)
    _, turn = failed.visit
    since = failed.ended_at or ports.clock.now()
    return Stop(
        stop_id=f"{failed.quote_id}:b{n}{f'r{turn}' if turn > 1 else ''}",
        quote_id=failed.quote_id,
        kind=StopKind.RETURN,
        place=merchant.place,
        windows=(TimeWindow(since, since + _ANY_TIME),),
        service_s=pickup_s(shop, ports),
        load=(
            sum(s.weight_g for s in shipments),
            sum(s.volume_cm3 for s in shipments),
            sum(int(s.cold) for s in shipments),
        ),
        merchant_id=shop,
        shipment_ids=tuple(s.shipment_id for s in shipments),
        published_at=failed.published_at,
        setup_s=ports.parameters.service_times.setup_s,
    )
