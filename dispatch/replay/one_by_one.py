"""The policy to beat: each order alone, to the courier who can be at its shop first.

Decides for one order at a time, in order of asking, and for good: nothing is fetched together,
nothing that was given is moved.  An order is given when nobody would have to wait for it any
more, at the shop or at the door; or when the shop would close, or the promise end, before
that.  Quotes promise as they always do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.civil import local_day
from dispatch.core.places import UNREACHABLE_S, Place
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.progress import retimed
from dispatch.operations.seen import forecast_manifest, position_of
from dispatch.operations.standing import tours_of
from dispatch.operations.steps import step
from dispatch.orders.shipments import State
from dispatch.routing.problem import IntMatrix
from dispatch.tracking.tours import Stop, StopKind, Tour

#: One order: its pickups, then its drop.
Order = tuple[Stop, ...]

_NONE: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class _Errand:
    """One order in one tour, after all that its courier has been given.

    there_at : when the courier gets to the first shop
    keeps    : for how long the order is better not given yet
    """

    order: Order
    tour: Tour
    there_at: datetime
    keeps: timedelta


class OneByOne:
    """See the module."""

    def due(self, ports: Ports) -> datetime | None:
        """Return when the first order is to be given; None: there is none."""
        errands = _errands(as_learnt(ports))
        now = ports.clock.now()
        return min((now + errand.keeps for errand in errands), default=None)

    def release(self, ports: Ports) -> None:
        """Give every order that is kept no longer to its courier, one after the other."""
        ports = as_learnt(ports)
        while True:
            ready = (errand for errand in _errands(ports) if not errand.keeps)
            errand = next(ready, None)
            if errand is None:
                return
            with ports.store.writing() as tx:
                _give(errand, tx, ports)


def _errands(ports: Ports) -> list[_Errand]:
    """Return for each order not given yet, in order of asking, the courier who is there first."""
    now = ports.clock.now()
    with ports.store.reading() as tx:
        tours = tours_of(tx, local_day(now), ports)
        orders = [*_loose(tx, tours, now), *_not_given(tours)]
    if not orders:
        return []
    ends = [_end(tour, ports) for tour in tours]
    places = list(dict.fromkeys([here for here, _ in ends] + [s.place for o in orders for s in o]))
    row = {place: n for n, place in enumerate(places)}
    kinds = [ports.territory.courier(t.courier_id).vehicle.kind.value for t in tours]
    ways: dict[str, IntMatrix] = {
        kind: ports.streets.durations_s(places, kind, at=now) for kind in sorted(set(kinds))
    }
    found: list[_Errand] = []
    for order in orders:
        tried = (
            _tried(order, tour, end, ways[kind], row)
            for tour, end, kind in zip(tours, ends, kinds, strict=True)
            if _carries(order, tour, ports)
        )
        possible = [errand for errand in tried if errand is not None]
        if possible:
            found.append(min(possible, key=lambda one: (one.there_at, one.tour.tour_id)))
    return found


def _not_given(tours: Sequence[Tour]) -> list[Order]:
    """The booked orders that stand in some tour and that no courier has been given."""
    orders: dict[str, list[Stop]] = {}
    for tour in tours:
        for stop in tour.stops:
            if stop.published_at is None and stop.held_until is None and not stop.over:
                orders.setdefault(stop.quote_id, []).append(stop)
    return [tuple(order) for _, order in sorted(orders.items(), key=lambda one: _asked(one[1]))]


def _asked(order: Sequence[Stop]) -> tuple[int, str]:
    """Ids of a replay are counted: ``qte_9`` was asked before ``qte_10``."""
    name = order[0].quote_id
    return len(name), name


def _loose(tx: Transaction, tours: Sequence[Tour], now: datetime) -> Iterator[Order]:
    for order in tx.loose_orders(local_day(now)):
        if order.is_tried(now) and order.can_be_sent(tours):
            yield order.stops


def _end(tour: Tour, ports: Ports) -> tuple[Place, datetime]:
    """Where and when the courier has done all that was given."""
    now = ports.clock.now()
    ahead = forecast_manifest(tour, now, ports)
    if ahead:
        stop, timing = ahead[-1]
        return stop.place, timing.leave_at
    here, free_at = position_of(tour)
    return here, max(now, free_at)


def _carries(order: Order, tour: Tour, ports: Ports) -> bool:
    vehicle = ports.territory.courier(tour.courier_id).vehicle
    weight_g, volume_cm3, cold = order[-1].load
    light = weight_g <= vehicle.max_weight_g and volume_cm3 <= vehicle.max_volume_cm3
    return light and (vehicle.cold or not cold)


def _tried(
    order: Order,
    tour: Tour,
    end: tuple[Place, datetime],
    ways: IntMatrix,
    row: dict[Place, int],
) -> _Errand | None:
    """Return the order after all else of *tour*; None when its shift or a shop ends before."""
    here, at = end
    there_at, waits, spare = None, _NONE, timedelta.max
    for stop in order:
        way_s = int(ways[row[here], row[stop.place]])
        if way_s >= UNREACHABLE_S:
            return None
        at += timedelta(seconds=way_s + (stop.setup_s if here != stop.place else 0))
        there_at = there_at or at
        window = next((w for w in stop.windows if at < w.closes_at), None)
        if window is None:
            return None
        begins_at = max(at, window.opens_at)
        waits += begins_at - at
        last_at = stop.due_at or window.closes_at - timedelta(seconds=1)
        spare = min(spare, last_at - begins_at)
        at = begins_at + timedelta(seconds=stop.service_s)
        here = stop.place
    if there_at is None or at > tour.shift.closes_at:
        return None
    # What cannot be kept any more is no reason to stand at a closed door.
    return _Errand(order, tour, there_at, waits if spare < _NONE else min(waits, spare))


def _give(errand: _Errand, tx: Transaction, ports: Ports) -> None:
    """Put the order behind all that the courier has, and tell its shops."""
    now, quote_id = ports.clock.now(), errand.order[0].quote_id
    tx.drop_loose(quote_id)
    for tour in tours_of(tx, local_day(now), ports):
        rest = tour.without_order(quote_id) if _stands_in(tour, quote_id) else tour
        if tour.tour_id == errand.tour.tour_id:
            given = tuple(s for s in rest.stops if s.published_at is not None)
            waiting = tuple(s for s in rest.stops if s.published_at is None)
            own = tuple(replace(stop, published_at=now) for stop in errand.order)
            timed = retimed(replace(rest, stops=(*given, *own, *waiting)), ports)
            rest = replace(timed, stops=tuple(_aimed(stop, quote_id) for stop in timed.stops))
        if rest is not tour:
            tx.put_tour(rest)
    for stop in errand.order:
        if stop.kind is StopKind.PICKUP:
            for shipment_id in stop.shipment_ids:
                shipment = tx.shipment(shipment_id)
                if shipment.may_become(State.ASSIGNED):
                    step(shipment, State.ASSIGNED, tx, ports, actor="wave")


def _stands_in(tour: Tour, quote_id: str) -> bool:
    return any(s.quote_id == quote_id and s.published_at is None for s in tour.stops)


def _aimed(stop: Stop, quote_id: str) -> Stop:
    return replace(stop, target_at=stop.eta_at) if stop.quote_id == quote_id else stop
