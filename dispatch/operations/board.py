"""The merchant's board: what to prepare by when, and who comes for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dispatch.core.civil import local_day
from dispatch.core.ids import MerchantId
from dispatch.core.windows import TimeWindow
from dispatch.operations.closures import as_closed
from dispatch.operations.manifest import short_ref
from dispatch.operations.ports import Ports, Transaction
from dispatch.orders.merchants import Merchant
from dispatch.orders.shipments import FINAL, WITH_MERCHANT, Shipment
from dispatch.slots.service_levels import Mode
from dispatch.tracking.tours import Stop, StopKind


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One parcel of the shop.

    prepare_by : when it must be packed: for the courier's ETA once one is sent, else as promised
    courier    : first name of who fetches it, once a wave has assigned it
    fetch_at   : forecast of the courier's coming
    """

    shipment: Shipment
    order_ref: str
    customer: str
    prepare_by: datetime
    courier: str | None
    fetch_at: datetime | None


@dataclass(frozen=True, slots=True)
class Board:
    """The shop's day at ``now``: what waits for it, what is on the way, what is over."""

    merchant: Merchant
    day: date
    now: datetime
    openings: tuple[TimeWindow, ...]
    to_prepare: tuple[BoardLine, ...]
    prepared: tuple[BoardLine, ...]
    gone: tuple[BoardLine, ...]


def merchant_board(merchant_id: MerchantId, ports: Ports) -> Board:
    """Return the merchant's open parcels and those that ended today.  Raises ``NotFound``."""
    merchant = as_closed(ports).territory.merchant(merchant_id)
    now = ports.clock.now()
    day = local_day(now)
    with ports.store.reading() as tx:
        shipments = tx.merchant_shipments(merchant_id, now - timedelta(hours=18))
        pickups = _pickups(tx, day)
        lines = [_line(s, pickups, tx, ports) for s in shipments]
    lines.sort(key=lambda line: (line.prepare_by, line.shipment.shipment_id))
    here = [line for line in lines if line.shipment.state in WITH_MERCHANT]
    return Board(
        merchant=merchant,
        day=day,
        now=now,
        openings=merchant.shop.hours.windows(day),
        to_prepare=tuple(line for line in here if line.shipment.prepared_at is None),
        prepared=tuple(line for line in here if line.shipment.prepared_at is not None),
        gone=tuple(line for line in lines if line.shipment.state not in WITH_MERCHANT),
    )


def _pickups(tx: Transaction, day: date) -> dict[str, tuple[Stop, str]]:
    """The pickup stop of each shipment that a courier will fetch or has fetched today."""
    return {
        shipment_id: (stop, tour.courier_id)
        for tour in tx.tours(day)
        for stop in tour.stops
        if stop.kind is StopKind.PICKUP
        for shipment_id in stop.shipment_ids
    }


def _line(
    shipment: Shipment, pickups: dict[str, tuple[Stop, str]], tx: Transaction, ports: Ports
) -> BoardLine:
    booking = tx.booking(shipment.booking_id)
    stop, courier_id = pickups.get(shipment.shipment_id, (None, None))
    fetch_at = stop.eta_at if stop is not None and stop.published_at is not None else None
    courier = ports.territory.courier(courier_id).name if fetch_at and courier_id else None
    # Collect and merchant delivery are promised from the moment they begin; a parcel
    # for a courier or the post has to be ready for whoever fetches it, and no sooner.
    promise = shipment.promise
    fetched = shipment.mode in (Mode.EXPRESS, Mode.STANDARD)
    ready_at = (promise.ready_at if fetched else None) or promise.window.opens_at
    prepare_by = max(ready_at, fetch_at) if fetch_at is not None else ready_at
    named = shipment.mode is Mode.MERCHANT or shipment.state not in FINAL
    return BoardLine(
        shipment,
        short_ref(booking.quote_id),
        booking.customer.name if named else "",
        prepare_by,
        courier,
        fetch_at,
    )
