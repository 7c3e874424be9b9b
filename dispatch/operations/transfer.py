"""What a courier who stops leaves behind: visits still to make, parcels to be handed over.

Decides where parcels on board change hands: where their courier was last known to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.ids import CourierId, ShipmentId
from dispatch.core.places import Place
from dispatch.core.windows import TimeWindow
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour

#: One parcel from bag to bag, with a look at its code.  First guess.
TRANSFER_S: Final = 60
#: Parking beside somebody who waits.  First guess.
SETUP_S: Final = 60
#: Somebody who cannot ride waits no longer than this beside the road.  First guess.
WAITS: Final = timedelta(hours=3)


def is_transfer(stop: Stop) -> bool:
    """True for a parcel fetched from another courier: at no shop."""
    return stop.kind is StopKind.PICKUP and stop.merchant_id is None


def holder_of(stop: Stop, tours: Iterable[Tour]) -> CourierId | None:
    """Return who has the parcels that *stop* fetches from a courier, by the *tours* of the day."""
    holders = (
        tour.courier_id
        for tour in tours
        for other in tour.stops
        if other.state is StopState.DONE and other.kind is StopKind.PICKUP and _shared(other, stop)
    )
    return next(holders, None)


def rest_of(tour: Tour, now: datetime) -> tuple[Stop, ...]:
    """Return the open stops of *tour* as somebody else would make them, in the order planned.

    What is on board is fetched first, from where the courier was last known to be.
    """
    ahead = [stop for stop in tour.stops if not stop.over]
    meet = last_known(tour)
    aboard = _fetched(tour)
    transfers: list[Stop] = []
    for drop in (stop for stop in ahead if stop.kind is not StopKind.PICKUP):
        on_board = [stop for stop in aboard if _shared(stop, drop)]
        if on_board:
            transfers.append(_transfer(drop, on_board, meet, now))
    return (*transfers, *(anew(stop) for stop in ahead))


def orders_of(stops: Sequence[Stop]) -> list[tuple[Stop, ...]]:
    """Return *stops* order by order, pickups first, in the order in which they first occur."""
    found: dict[str, list[Stop]] = {}
    for stop in stops:
        found.setdefault(stop.errand, []).append(stop)
    return [tuple(sorted(o, key=lambda s: s.kind is not StopKind.PICKUP)) for o in found.values()]


def last_known(tour: Tour) -> Place:
    """Return where the courier of *tour* was last, as far as anybody was told."""
    over = [stop for stop in tour.stops if stop.over and stop.ended_at is not None]
    arrived = next((stop for stop in tour.stops if stop.state is StopState.ARRIVED), None)
    if arrived is not None:
        return arrived.place
    if tour.seen is not None:
        return tour.seen
    return over[-1].place if over else tour.start


def _fetched(tour: Tour) -> list[Stop]:
    return [s for s in tour.stops if s.kind is StopKind.PICKUP and s.state is StopState.DONE]


def _shared(one: Stop, other: Stop) -> list[ShipmentId]:
    return [i for i in one.shipment_ids if i in other.shipment_ids]


def _transfer(drop: Stop, on_board: Sequence[Stop], meet: Place, now: datetime) -> Stop:
    """Fetch what *on_board* brought for *drop*, at *meet*."""
    weight_g, volume_cm3, cold = (
        sum(amounts) for amounts in zip(*(s.load for s in on_board), strict=True)
    )
    return Stop(
        stop_id=_id_after(drop, on_board),
        quote_id=drop.quote_id,
        kind=StopKind.PICKUP,
        place=meet,
        windows=(TimeWindow(now, now + WAITS),),
        service_s=TRANSFER_S,
        load=(weight_g, volume_cm3, cold),
        shipment_ids=tuple(i for stop in on_board for i in _shared(stop, drop)),
        published_at=drop.published_at,
        setup_s=SETUP_S,
    )


def _id_after(drop: Stop, on_board: Sequence[Stop]) -> str:
    """``…:x1``, and ``…:x2`` when those parcels change hands once more; at the drop's turn."""
    number, turn = drop.visit
    times = [stop.visit[0].rpartition("x")[2] for stop in on_board if is_transfer(stop)]
    n = 1 + max((int(time) for time in times), default=0)
    back = number if number.startswith("b") else ""
    return f"{drop.quote_id}:{back}x{n}{f'r{turn}' if turn > 1 else ''}"


def anew(stop: Stop) -> Stop:
    """Return the same visit, for somebody who has not set out for it."""
    return replace(stop, state=StopState.OPEN, departed_at=None, target_at=None, eta_at=None)
