"""Keep, move or give back an order's place in the couriers' tours.

Decides where an order is to stand, from tours as they were read; whoever books, cancels
or changes it writes that down.  A place is written at the versions it was found at, so
one that somebody else changed meanwhile is never taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.core.errors import NoLongerFeasible, Stale, StreetsUnavailable
from dispatch.core.ids import QuoteId, ShipmentId
from dispatch.core.reasons import Refusal
from dispatch.operations.express import Desk, stops_of
from dispatch.operations.fit import Fit
from dispatch.operations.least_harm import give_back, holds_in, sparing_holds
from dispatch.operations.lines import begins_s, line_at, span_from
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.second_chance import try_windows_twice
from dispatch.operations.standing import standing
from dispatch.orders.quotes import Option, OrderRequest, Quote
from dispatch.orders.shipments import Shipment
from dispatch.routing.schedule import schedule
from dispatch.slots.promises import Promise
from dispatch.slots.service_levels import Mode
from dispatch.tracking.news import Why, with_news
from dispatch.tracking.tours import StopKind, Tour


@dataclass(frozen=True, slots=True)
class Seat:
    """Where one order is to stand; nothing of it is written yet.

    tour  : with the order in it; None: no courier brings it
    freed : the other tours that change with it: that lose it, or make room for it
    until : when the wave that this counts on is handed out: from then on it is too late
    fresh : the order stood in no tour before, so no version tells whether it does by now
    released : holds that lose their place by it, and find no other
    """

    tour: Tour | None
    freed: tuple[Tour, ...] = ()
    until: datetime | None = None
    fresh: bool = False
    released: tuple[QuoteId, ...] = ()


def seat_for(offer: Quote, option: Option, table: Desk, ports: Ports) -> Seat:
    """Return where the order of *option* is to stand: its held place, or another as good.

    Raises ``NoLongerFeasible`` when an option that was not held has lost its place, or a
    held one cannot be kept any more because couriers run late.
    """
    if option.mode is not Mode.EXPRESS:
        return no_seat(offer.quote_id, table.tours)
    held = next((tour for tour in table.tours if _holds(tour, offer.quote_id)), None)
    if option.held and held is not None and _on_time(offer.quote_id, held, table, ports):
        return Seat(held, until=table.release_at)
    promise = whole_promise(option)
    return moved_seat(offer.quote_id, offer.request, promise, table, ports).seat(option)


def no_seat(quote_id: QuoteId, tours: Sequence[Tour]) -> Seat:
    """Return the courier's place given back: another mode was taken, or the order cancelled."""
    pairs = ((tour, tour.without_order(quote_id)) for tour in tours)
    freed = tuple(after for before, after in pairs if after is not before)
    return Seat(None, freed, fresh=not freed)


def told(seat: Seat, before: Sequence[Tour], why: Why, at: datetime) -> Seat:
    """Return *seat* with news for each courier of *before* whose next stop it changes."""
    known = {tour.tour_id: tour for tour in before}

    def telling(after: Tour) -> Tour:
        return with_news(known.get(after.tour_id), after, why, at)

    tour = None if seat.tour is None else telling(seat.tour)
    return replace(seat, tour=tour, freed=tuple(telling(tour) for tour in seat.freed))


def sparing(seat: Seat, before: Sequence[Tour], ports: Ports) -> Seat:
    """Return *seat* with the holds elsewhere that lose when an order leaves its place in *before*.

    Who counted on starting near where a courier does not go any more may be too far off.

    before : all tours of the day on which the order stood
    """
    changed = {tour.tour_id: tour for tour in seat.freed}
    if seat.tour is not None:
        changed[seat.tour.tour_id] = seat.tour
    if not holds_in(changed.values()):
        return seat
    try:
        after = [changed.get(tour.tour_id, tour) for tour in before]
        harm = sparing_holds(before, after, ports)
    except StreetsUnavailable:
        # Nobody has to keep an order because nobody tells travel times.
        return seat
    changed |= {new.tour_id: new for old, new in zip(after, harm.tours, strict=True) if new != old}
    tour = None if seat.tour is None else changed.pop(seat.tour.tour_id)
    return replace(seat, tour=tour, freed=tuple(changed.values()), released=harm.released)


@dataclass(frozen=True, slots=True)
class Moved:
    """An order taken out of the tours and tried anew.  ``fit``: where, or why not."""

    fit: Fit | Refusal
    freed: tuple[Tour, ...]
    until: datetime | None

    def seat(self, option: Option) -> Seat:
        """Return the place.  Raises ``NoLongerFeasible``, naming *option*, when there is none."""
        if isinstance(self.fit, Refusal):
            raise NoLongerFeasible(
                f"option {option.option_id} can no longer be kept: {self.fit.code}",
                option_id=option.option_id,
                reason=self.fit.code,
            )
        return self.taken(self.fit)

    def taken(self, fit: Fit) -> Seat:
        """Return the place that was found."""
        written = (fit.tour, *fit.others)
        freed = tuple(t for t in self.freed if t.tour_id not in {w.tour_id for w in written})
        return Seat(fit.tour, (*fit.others, *freed), self.until, fresh=not self.freed)


def moved_seat(
    quote_id: QuoteId,
    request: OrderRequest,
    promise: Promise,
    table: Desk,
    ports: Ports,
    *,
    held_until: datetime | None = None,
) -> Moved:
    """Look for another place for *promise*, as if the order stood nowhere yet.

    held_until : when the place is to be given back by itself; None: it is booked
    """
    cleared = tuple(tour.without_order(quote_id) for tour in table.tours)
    freed = tuple(c for c, tour in zip(cleared, table.tours, strict=True) if c is not tour)
    order = stops_of(quote_id, request, promise, ports, held_until=held_until)
    cleared_table = replace(table, tours=cleared)
    (fit,) = try_windows_twice(order, [promise.window], cleared_table, ports, owed=True)
    return Moved(fit, freed, table.release_at)


def whole_promise(option: Option) -> Promise:
    """Return the one promise behind an express option's parts: one doorstep, every pickup."""
    return replace(
        option.parts[0].promise,
        ready_at=None,
        pickups=tuple(pickup for part in option.parts for pickup in part.promise.pickups),
    )


def sit(
    seat: Seat,
    quote_id: QuoteId,
    shipments: Sequence[Shipment],
    tx: Transaction,
    ports: Ports,
) -> None:
    """Write the place down, its stops firm: booked, and carrying *shipments*.

    Raises ``Stale`` when a tour was written since, or the wave counted on has gone.
    """
    tour = None if seat.tour is None else _firm(seat.tour, quote_id, shipments)
    keep(replace(seat, tour=tour), tx, ports)


def keep(seat: Seat, tx: Transaction, ports: Ports) -> None:
    """Write the place down as it is, held or firm.

    Raises ``Stale`` when a tour was written since, or the wave counted on has gone.
    """
    if seat.until is not None and seat.until <= ports.clock.now():
        raise Stale("the wave that this place counted on is handed out")
    for tour in seat.freed:
        tx.put_tour(tour)
    if seat.tour is not None:
        tx.put_tour(seat.tour)
    give_back(seat.released, tx, ports, actor="storefront")


def _on_time(quote_id: QuoteId, held: Tour, table: Desk, ports: Ports) -> bool:
    """Does the held place still keep its promise?  The road may have been slower than the plan."""
    if table.release_at is None:
        return False
    # Tours share nothing but the orders: what the others do does not move this one.
    span = span_from(table.release_at, table.tours)
    line = line_at(held, ports.clock.now(), span, ports)
    begins = begins_s(line)
    if begins is None:
        return _on_time_without_others(quote_id, held, table.release_at, ports)
    for stop, begin_s in zip(line.seen.ahead, begins, strict=True):
        if stop.quote_id == quote_id and stop.kind is StopKind.DROP:
            due_s = line.visits[stop.stop_id][1].due_s
            return due_s is None or begin_s <= due_s
    return False


def _on_time_without_others(
    quote_id: QuoteId, held: Tour, release_at: datetime, ports: Ports
) -> bool:
    """The same in a tour in which some order falls by then, and is left out."""
    day = standing([held], release_at, ports)
    job = day.job_named(quote_id)
    (nodes,) = day.sequences
    if job is None or day.problem.nodes_of[job][-1] not in nodes:
        return False
    drop = day.problem.nodes_of[job][-1]
    due_s = day.problem.visits[drop].due_s
    tour = schedule(day.problem, 0, nodes)
    begins = [] if tour is None else [s.begin_s for s in tour.stops if s.node == drop]
    return bool(begins) and (due_s is None or begins[0] <= due_s)


def _holds(tour: Tour, quote_id: QuoteId) -> bool:
    return any(stop.quote_id == quote_id for stop in tour.stops)


def _firm(tour: Tour, quote_id: QuoteId, shipments: Sequence[Shipment]) -> Tour:
    """The tour with the order's stops booked: no expiry, and the shipments they carry."""
    of_merchant: dict[str, ShipmentId] = {s.merchant_id: s.shipment_id for s in shipments}
    everything = tuple(shipment.shipment_id for shipment in shipments)
    firm = []
    for stop in tour.stops:
        if stop.quote_id != quote_id:
            firm.append(stop)
        elif stop.kind is StopKind.PICKUP and stop.merchant_id is not None:
            carried = (of_merchant[stop.merchant_id],)
            firm.append(replace(stop, held_until=None, shipment_ids=carried))
        else:
            firm.append(replace(stop, held_until=None, held_s=0, shipment_ids=everything))
    return replace(tour, stops=tuple(firm))
