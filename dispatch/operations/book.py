"""Turn one option of a quote into what we owe: exactly once, whatever the network does.

The place is looked for before the lock, and written under it at the versions it was found
at: what others wait for is a few rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dispatch.core.civil import clock_text, local_day
from dispatch.core.errors import Broken, Invalid, NotFound, QuoteExpired, QuoteUsed, Stale
from dispatch.core.ids import BookingId, ShipmentId, StorefrontId
from dispatch.operations.closures import closed_from, refuse_if_closed
from dispatch.operations.express import Desk, desk
from dispatch.operations.learnt import learnt_from
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.reserve import Seat, seat_for, sit
from dispatch.operations.standing import tours_of
from dispatch.operations.think_first import think_first
from dispatch.orders.bookings import Booking, Customer
from dispatch.orders.quotes import Option, Quote
from dispatch.orders.shipments import Event, Shipment, State
from dispatch.slots.service_levels import Mode


@dataclass(frozen=True, slots=True)
class BookRequest:
    """What the storefront sends.  ``fingerprint``: a digest of the whole body, for idempotency.

    language : "fr" or "en": what the customer is written to in
    """

    quote_id: str
    option_id: str
    customer: Customer
    external_ref: str | None = None
    idempotency_key: str | None = None
    fingerprint: str = ""
    language: str = "fr"


@dataclass(frozen=True, slots=True)
class Booked:
    """The booking as it was born.  ``replayed``: this key had made it before."""

    booking: Booking
    shipments: tuple[Shipment, ...]
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    """What was seen of one booking before the lock.

    ports : with the closings and the learnt times that were in force
    """

    offer: Quote
    option: Option
    table: Desk
    ports: Ports


@dataclass(frozen=True, slots=True)
class _Found:
    """The same case, with the place that was found for it."""

    offer: Quote
    seat: Seat


def book(
    request: BookRequest, storefront_id: StorefrontId, ports: Ports, *, dry_run: bool = False
) -> Booked:
    """Book the option and return the booking with its shipments.

    Raises
    ------
    NotFound
        When no such quote was given to this storefront.
    Invalid
        When the quote has no such option, or refused it.
    QuoteExpired, QuoteUsed, NoLongerFeasible
        When the place is gone; nothing is written.
    DuplicateRef, KeyReused
        When the storefront's own reference or key says it is another order.
    """
    return think_first(
        lambda tx: _look(request, storefront_id, tx, ports),
        _think,
        lambda found, tx: _book(request, storefront_id, found, tx, ports),
        ports,
        dry_run=dry_run,
    )


def _look(
    request: BookRequest, storefront_id: StorefrontId, tx: Transaction, ports: Ports
) -> _Case | None:
    """Read what a place is looked for in; None: there is nothing to look for.

    Refuses nothing: the lock decides that, after the key, which may have booked before.
    """
    try:
        offer = tx.quote(request.quote_id)
    except NotFound:
        return None
    option = offer.option(request.option_id)
    if option is None or not option.offered or offer.storefront_id != storefront_id:
        return None
    if offer.booking_id is not None or offer.expires_at <= ports.clock.now():
        return None
    ports = closed_from(tx, learnt_from(tx, ports))
    day = offer.request.day
    if option.mode is Mode.EXPRESS:
        return _Case(offer, option, desk(tx, ports, day=day), ports)
    # No wave brings it; but it may have held a courier's place.
    tours = tours_of(tx, day or local_day(ports.clock.now()), ports)
    return _Case(offer, option, Desk(tours, None), ports)


def _think(case: _Case | None) -> _Found | None:
    if case is None:
        return None
    return _Found(case.offer, seat_for(case.offer, case.option, case.table, case.ports))


def _book(
    request: BookRequest,
    storefront_id: StorefrontId,
    found: _Found | None,
    tx: Transaction,
    ports: Ports,
) -> Booked:
    now = ports.clock.now()
    key = request.idempotency_key
    booking_id = BookingId(ports.ids.new("bkg"))
    if key is not None:
        earlier = tx.claim_key(storefront_id, key, request.fingerprint, booking_id, now)
        if earlier is not None:
            return _as_born(tx.booking(earlier), tx)
    offer = _offer(request.quote_id, found, tx)
    if offer.storefront_id != storefront_id:
        # Another storefront's quote does not exist for this one.
        raise NotFound(f"no quote {request.quote_id}", quote_id=request.quote_id)
    option = _taken(request, offer)
    # Used before expired: a storefront that lost our answer learns what became of it.
    if not tx.use_quote(offer.quote_id, booking_id):
        made = tx.booking_of_quote(offer.quote_id)
        raise QuoteUsed(f"quote {offer.quote_id} is already booked", booking_id=made.booking_id)
    if now >= offer.expires_at:
        raise QuoteExpired(
            f"quote {offer.quote_id} expired at {clock_text(offer.expires_at)}",
            quote_id=offer.quote_id,
        )
    refuse_if_closed(offer, option, tx, ports)
    if found is None:
        raise Broken(f"quote {offer.quote_id} can be booked, and no place was looked for")
    booked = _made(booking_id, offer, option, request, ports)
    sit(found.seat, offer.quote_id, booked.shipments, tx, ports)
    tx.add_booking(booked.booking)
    tx.put_shipments(booked.shipments)
    tx.add_events(
        [Event(s.shipment_id, 0, s.state, now, now, "storefront") for s in booked.shipments]
    )
    return booked


def _offer(quote_id: str, found: _Found | None, tx: Transaction) -> Quote:
    """Return the quote as it is now.

    Where it had a place in a tour, that tour's version tells whether it still is what was
    seen; otherwise it is read again.  Raises ``Stale`` when it changed.
    """
    if found is not None and not found.seat.fresh:
        return found.offer
    offer = tx.quote(quote_id)
    if found is not None and offer != found.offer:
        raise Stale(f"quote {quote_id} was booked, or its hold moved, meanwhile")
    return offer


def _taken(request: BookRequest, offer: Quote) -> Option:
    option = offer.option(request.option_id)
    if option is None:
        known = ", ".join(o.option_id for o in offer.options)
        raise Invalid(
            f"quote {offer.quote_id} has no option {request.option_id!r}; it has {known}",
            field="option_id",
        )
    if not option.offered:
        raise Invalid(
            f"option {option.option_id} was not offered: {option.refusals[0].code}",
            field="option_id",
        )
    return option


def _made(
    booking_id: BookingId, offer: Quote, option: Option, request: BookRequest, ports: Ports
) -> Booked:
    lines = {line.merchant_id: line for line in offer.request.lines}
    shipments = tuple(
        Shipment(
            shipment_id=ShipmentId(ports.ids.new("shp")),
            booking_id=booking_id,
            storefront_id=offer.storefront_id,
            merchant_id=part.merchant_id,
            mode=option.mode,
            promise=part.promise,
            drop=offer.request.deliver_to.place,
            weight_g=lines[part.merchant_id].weight_g,
            volume_cm3=lines[part.merchant_id].volume_cm3,
            cold=lines[part.merchant_id].cold,
            items_value_cents=lines[part.merchant_id].items_value_cents,
            handover_code=ports.ids.code(),
            items_net_cents=lines[part.merchant_id].items_net_cents,
        )
        for part in option.parts
    )
    if option.price is None:
        raise Broken(f"option {option.option_id} was offered without a price")
    booking = Booking(
        booking_id=booking_id,
        quote_id=offer.quote_id,
        option_id=option.option_id,
        storefront_id=offer.storefront_id,
        external_ref=request.external_ref or offer.request.external_ref,
        mode=option.mode,
        price=option.price,
        deliver_to=offer.request.deliver_to,
        customer=request.customer,
        shipment_ids=tuple(shipment.shipment_id for shipment in shipments),
        tracking_token=ports.ids.token(),
        created_at=ports.clock.now(),
        recommended_by=offer.request.recommended_by,
        commission_bp=ports.parameters.settlement.commission_bp,
        language=request.language,
    )
    return Booked(booking, shipments)


def _as_born(booking: Booking, tx: Transaction) -> Booked:
    """What the first call answered: a replay must not read like a later state."""
    shipments = tuple(
        replace(s, state=State.BOOKED, seq=0, prepared_at=None, ended_at=None)
        for s in tx.shipments_of(booking.booking_id)
    )
    born = replace(booking, cancelled_at=None, completed_at=None, fee=None)
    return Booked(born, shipments, replayed=True)
