"""Who is named on the board: doorsteps of what the merchant carries or posts, and who came.

Decides who is named: only customers whose parcel the merchant carries or posts,
and only while it has to.  A courier's customers are the courier's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.operations.board import Board, BoardLine
from dispatch.operations.ports import Ports
from dispatch.orders.parcels import Parcel
from dispatch.orders.shipments import WITH_MERCHANT, State
from dispatch.slots.service_levels import Mode
from dispatch.web.merchant.counter import is_under_way


@dataclass(frozen=True, slots=True)
class To:
    """What is written on the parcel."""

    name: str
    phone: str
    address: str
    note: str


def doorsteps(board: Board, ports: Ports) -> Mapping[str, To]:
    """Return the doorstep of each parcel on *board* that the merchant takes there, by shipment."""
    lines = [line for line in (*board.to_prepare, *board.prepared, *board.gone) if _taken(line)]
    if not lines:
        return {}
    with ports.store.reading() as tx:
        bookings = {x.shipment.shipment_id: tx.booking(x.shipment.booking_id) for x in lines}
    return {
        shipment_id: To(
            booking.customer.name,
            booking.customer.phone,
            booking.deliver_to.address or booking.deliver_to.place.label,
            booking.deliver_to.note,
        )
        for shipment_id, booking in bookings.items()
    }


def received_by(board: Board, ports: Ports) -> Mapping[str, str]:
    """Return who came for each parcel that was not handed to its customer, by shipment."""
    ids = [x.shipment.shipment_id for x in board.gone if x.shipment.state is State.COLLECTED]
    if not ids:
        return {}
    with ports.store.reading() as tx:
        found = [tx.handover(shipment_id) for shipment_id in ids]
    return {one.shipment_id: one.received_by for one in found if one and one.received_by}


def posted(board: Board, ports: Ports) -> Mapping[str, Parcel]:
    """Return what the post knows of each parcel on *board* that goes by it, by shipment."""
    lines = (*board.prepared, *board.gone)
    ids = [x.shipment.shipment_id for x in lines if x.shipment.mode is Mode.STANDARD]
    if not ids:
        return {}
    with ports.store.reading() as tx:
        found = [tx.parcel(shipment_id) for shipment_id in ids]
    return {one.shipment_id: one for one in found if one is not None}


def _taken(line: BoardLine) -> bool:
    if line.shipment.mode not in (Mode.MERCHANT, Mode.STANDARD):
        return False
    return line.shipment.state in WITH_MERCHANT or is_under_way(line)
