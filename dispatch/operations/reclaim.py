"""A parcel that is in a courier's hands comes back to that courier's tour.

A phone without signal tells late: meanwhile a wave gave the order to somebody else, or the
planner's list holds it because a shop was said to be closed.  Decides which stops follow such
a parcel, and what stays where it was.  Only a handover moves anything: who merely stood
somewhere, or in vain, took nothing along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from dispatch.operations.ports import Transaction
from dispatch.tracking.facts import Fact, FactKind, waits
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour, visit_of


def reclaimed(tour: Tour, fact: Fact, tx: Transaction) -> tuple[Tour, Tour | None]:
    """Return *tour* with what *fact* says its courier has, and the tour that lost it if one did.

    What is in nobody's tour and on nobody's list, because it is cancelled or over, stays so.
    The planner's list is written; the tours are the caller's to write.
    """
    if fact.kind is not FactKind.DONE:
        return tour, None
    mine = next((stop for stop in tour.manifest if stop.stop_id == fact.stop_id), None)
    if mine is not None and (mine.kind is StopKind.DROP or mine.state is not StopState.FAILED):
        return tour, None
    quote_id, number = fact.stop_id.partition(":")[0], visit_of(fact.stop_id)[0]
    for order in tx.loose_orders(tour.day):
        split = _split(order.stops, number) if order.quote_id == quote_id else None
        if split is not None:
            taken, left = split
            if left:
                tx.put_loose(replace(order, stops=left))
            else:
                tx.drop_loose(order.quote_id)
            return _given(tour, taken, fact), None
    planned = tuple(s for s in tour.stops if s.quote_id == quote_id and s.published_at is None)
    if (split := _split(planned, number)) is not None:
        taken, left = split
        return _given(_without(tour, planned, left), taken, fact), None
    for other in tx.tours(tour.day):
        planned = tuple(s for s in other.stops if s.quote_id == quote_id and not s.over)
        split = _split(planned, number) if other.tour_id != tour.tour_id else None
        if split is not None:
            taken, left = split
            richer = _given(tour, taken, fact)
            if any(waits(s, richer.stops) for s in richer.stops if s.stop_id == fact.stop_id):
                # Who got nothing at the shop brings nothing: the parcel is the other's.
                return tour, None
            return richer, _without(other, planned, left)
    return tour, None


def handed_on(tour: Tour, other: Tour, fact: Fact) -> tuple[Tour, Tour] | None:
    """Return *tour* with the parcel that *fact* says its courier fetched, and *other* without it.

    None where *other* has not fetched it, or brings it to no door any more.
    """
    quote_id, number = fact.stop_id.partition(":")[0], visit_of(fact.stop_id)[0]
    mine = tuple(s for s in other.stops if s.quote_id == quote_id and _in_hand(s, number))
    split = _split(mine, number)
    if fact.kind is not FactKind.DONE or split is None or split[0][0].kind is not StopKind.PICKUP:
        return None
    taken, left = split
    return _given(tour, taken, fact), _without(other, mine, left)


def _in_hand(stop: Stop, number: str) -> bool:
    """True for the visit *number* once it was made, any other pickup, and a door still ahead."""
    if stop.visit[0] == number:
        return stop.state is StopState.DONE
    return not stop.over or (stop.kind is StopKind.PICKUP and stop.state is StopState.DONE)


def _split(stops: Sequence[Stop], number: str) -> tuple[tuple[Stop, ...], tuple[Stop, ...]] | None:
    """Part the visit *number*, with its share of the doorstep, from *stops* of one order.

    None when they hold no such visit, or when it is a doorstep that has still to wait for
    its shops.
    """
    visit = next((stop for stop in stops if stop.visit[0] == number), None)
    drop = next((stop for stop in stops if stop.kind is StopKind.DROP), None)
    # Who has it need not fetch it from another courier any more.
    shops = tuple(
        s for s in stops if s.kind is StopKind.PICKUP and s.merchant_id and s is not visit
    )
    if visit is None or drop is None or (visit is drop and shops):
        return None
    if visit is drop:
        return (drop,), ()
    share = replace(drop, shipment_ids=visit.shipment_ids, load=visit.load)
    left = lighter(drop, visit)
    return (visit, share), (*shops, left) if left.shipment_ids else ()


def lighter(drop: Stop, shop: Stop) -> Stop:
    """Return the doorstep without what *shop* did not give, or gives to another courier."""
    weight_g, volume_cm3, cold = (d - s for d, s in zip(drop.load, shop.load, strict=True))
    left = tuple(i for i in drop.shipment_ids if i not in shop.shipment_ids)
    return replace(drop, shipment_ids=left, load=(weight_g, volume_cm3, cold))


def heavier(drop: Stop, share: Stop, stops: Sequence[Stop]) -> Stop:
    """Return the doorstep with *share* of another, its parcels in the order of the shops.

    stops : among which those shops are
    """
    weight_g, volume_cm3, cold = (d + s for d, s in zip(drop.load, share.load, strict=True))
    ids = {*drop.shipment_ids, *share.shipment_ids}
    shops = [s for s in stops if s.kind is StopKind.PICKUP and ids & set(s.shipment_ids)]
    by_shop = [i for s in sorted(shops, key=lambda s: s.visit) for i in s.shipment_ids if i in ids]
    ordered = tuple(dict.fromkeys((*by_shop, *sorted(ids))))
    return replace(drop, shipment_ids=ordered, load=(weight_g, volume_cm3, cold))


def _without(tour: Tour, planned: Sequence[Stop], left: Sequence[Stop]) -> Tour:
    kept = {stop.stop_id: stop for stop in left}
    gone = {stop.stop_id for stop in planned} - set(kept)
    return replace(
        tour,
        stops=tuple(kept.get(s.stop_id, s) for s in tour.stops if s.stop_id not in gone),
    )


def _given(tour: Tour, taken: Sequence[Stop], fact: Fact) -> Tour:
    """Return *tour* with *taken*, under the ids that the courier's phone knows."""
    known = next((s for s in tour.stops if s.stop_id == fact.stop_id), None)
    # Nobody remembers since when; whatever this courier told of it today was told after that.
    since = tour.shift.opens_at if known is None else known.published_at
    turn = visit_of(fact.stop_id)[1]
    for stop in taken:
        mine = replace(stop.at_turn(turn), published_at=since, held_until=None)
        here = next((s for s in tour.stops if s.stop_id == mine.stop_id), None)
        if here is None:
            tour = _placed(tour, mine)
        elif here.kind is StopKind.DROP:
            tour = tour.with_stop(heavier(here, mine, tour.stops))
    return tour


def _placed(tour: Tour, stop: Stop) -> Tour:
    """Put *stop* before the first open doorstep that is due later; what has no promise, first."""
    due = stop.due_at
    later = (
        n
        for n, other in enumerate(tour.stops)
        if not other.over and (due is None or _due_after(other, due))
    )
    n = next(later, len(tour.stops))
    return replace(tour, stops=(*tour.stops[:n], stop, *tour.stops[n:]))


def _due_after(stop: Stop, due: datetime) -> bool:
    return stop.due_at is not None and stop.due_at > due
