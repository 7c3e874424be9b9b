"""Keep, move or give back an order's place in the couriers' tours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dispatch.core.civil import local_day
from dispatch.core.errors import NoLongerFeasible
from dispatch.core.ids import QuoteId
from dispatch.core.reasons import Refusal
from dispatch.operations.express import Desk, desk, stops_of, try_windows
from dispatch.operations.fit import Fit
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.standing import standing
from dispatch.orders.bookings import Booking
from dispatch.orders.quotes import Option, Quote
from dispatch.orders.shipments import Shipment
from dispatch.routing.schedule import schedule
from dispatch.tracking.tours import StopKind, Tour


def reserve(
    offer: Quote,
    option: Option,
    booking: Booking,
    shipments: Sequence[Shipment],
    tx: Transaction,
    ports: Ports,
) -> None:
    """Make the order's stops firm: the held ones as they stand, or a place in another window.

    Raises ``NoLongerFeasible`` when an option that was not held has lost its place, or a
    held one cannot be kept any more because couriers run late.
    """
    table = desk(tx, ports, day=offer.request.day)
    held = next((tour for tour in table.tours if _holds(tour, offer.quote_id)), None)
    if option.held and held is not None and _on_time(offer.quote_id, held, table, ports):
        tx.put_tour(_firm(held, offer.quote_id, booking, shipments))
        return
    cleared = tuple(tour.without_order(offer.quote_id) for tour in table.tours)
    fit = _try_again(offer, option, Desk(cleared, table.release_at), ports)
    if isinstance(fit, Refusal):
        raise NoLongerFeasible(
            f"option {option.option_id} can no longer be kept: {fit.code}",
            option_id=option.option_id,
            reason=fit.code,
        )
    for before, after in zip(table.tours, cleared, strict=True):
        if after is not before and after.tour_id != fit.tour.tour_id:
            tx.put_tour(after)
    tx.put_tour(_firm(fit.tour, offer.quote_id, booking, shipments))


def release(quote_id: QuoteId, tx: Transaction, ports: Ports) -> None:
    """Give the courier's place back at once: another mode was taken, or the order cancelled."""
    for tour in tx.tours(tx.quote(quote_id).request.day or local_day(ports.clock.now())):
        freed = tour.without_order(quote_id)
        if freed is not tour:
            tx.put_tour(freed)


def _try_again(offer: Quote, option: Option, table: Desk, ports: Ports) -> Fit | Refusal:
    """Look for another place for the very promise that was quoted."""
    first = option.parts[0].promise
    promise = replace(
        first,
        ready_at=None,
        pickups=tuple(pickup for part in option.parts for pickup in part.promise.pickups),
    )
    order = stops_of(offer.quote_id, offer.request, promise, ports, held_until=None)
    (fit,) = try_windows(order, [promise.window], table, ports)
    return fit


def _on_time(quote_id: QuoteId, held: Tour, table: Desk, ports: Ports) -> bool:
    """Does the held place still keep its promise?  The road may have been slower than the plan."""
    if table.release_at is None:
        return False
    day = standing([held], table.release_at, ports)  # nobody else's tour can make it late
    job = day.job_named(quote_id)
    (nodes,) = day.sequences
    if job is None or (drop := day.problem.nodes_of[job][-1]) not in nodes:
        return False
    tour = schedule(day.problem, 0, nodes)
    due_s = day.problem.visits[drop].due_s
    begins_s = [] if tour is None else [s.begin_s for s in tour.stops if s.node == drop]
    return bool(begins_s) and (due_s is None or begins_s[0] <= due_s)


def _holds(tour: Tour, quote_id: QuoteId) -> bool:
    return any(stop.quote_id == quote_id for stop in tour.stops)


def _firm(tour: Tour, quote_id: QuoteId, booking: Booking, shipments: Sequence[Shipment]) -> Tour:
    """The tour with the order's stops booked: no expiry, and the shipments they carry."""
    of_merchant = {shipment.merchant_id: shipment.shipment_id for shipment in shipments}
    firm = []
    for stop in tour.stops:
        if stop.quote_id != quote_id:
            firm.append(stop)
        elif stop.kind is StopKind.PICKUP and stop.merchant_id is not None:
            carried = (of_merchant[stop.merchant_id],)
            firm.append(replace(stop, held_until=None, shipment_ids=carried))
        else:
            firm.append(replace(stop, held_until=None, shipment_ids=booking.shipment_ids))
    return replace(tour, stops=tuple(firm))
