"""A shop closes for a day or two: nothing is promised from it then, starting now.

Decides who may be closed and when, that a quote given before is not booked against a door
that is shut, and which parcels the shop still owes on those days: a closing takes no promise
back.  What a closing does to a timetable is ``slots.closures``'.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from dispatch.core.civil import local_day
from dispatch.core.errors import Invalid, NoLongerFeasible, NotFound
from dispatch.core.ids import ClosureId, MerchantId
from dispatch.operations.audit import Change, note
from dispatch.operations.manifest import short_ref
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.quote_ask import offers_to
from dispatch.orders.quotes import Option, Part, Quote
from dispatch.orders.shipments import WITH_MERCHANT, Shipment
from dispatch.slots.agenda import still_offered
from dispatch.slots.closures import LONGEST_DAYS, Closure, made_since, with_closures
from dispatch.slots.service_levels import Mode
from dispatch.slots.shops import Shop

#: What people read in a list.
LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class StillDue:
    """A parcel that a closed shop still owes: somebody comes for it, or it is to be brought."""

    order_ref: str
    shipment: Shipment


def close(
    merchant_id: str | None, first_day: date, last_day: date, reason: str, ports: Ports
) -> Closure:
    """Close the shop, or with None every shop, from *first_day* to *last_day*, both included.

    One that says the same already is returned as it is.  Raises what ``closing`` raises.
    """
    closure = closing(merchant_id, first_day, last_day, reason, ports)
    with ports.store.writing() as tx:
        for known in tx.closures(first_day):
            if _whom_and_when(known) == _whom_and_when(closure):
                return known
        tx.add_closure(closure)
        note(Change.CLOSURE_ADDED, closure.closure_id, tx, ports, after=_told(closure))
    return closure


def closing(
    merchant_id: str | None, first_day: date, last_day: date, reason: str, ports: Ports
) -> Closure:
    """Return what ``close`` would write, and write nothing.

    Raises ``NotFound`` for an unknown shop; ``Invalid`` naming the field when the days are
    past, too far ahead, turned round or too many, and for a reason of more than 200 characters.
    """
    now = ports.clock.now()
    if merchant_id is not None:
        ports.territory.merchant(merchant_id)
    if last_day < local_day(now):
        raise Invalid(f"{last_day} is past: nobody can be closed on it any more", field="last_day")
    if (first_day - local_day(now)).days > LONGEST_DAYS:
        raise Invalid(f"{first_day} is more than {LONGEST_DAYS} days ahead", field="first_day")
    if len(reason) > LONGEST_REASON:
        raise Invalid(f"a reason has at most {LONGEST_REASON} characters", field="reason")
    if not 0 <= (last_day - first_day).days < LONGEST_DAYS:
        raise Invalid(
            f"{first_day} to {last_day} is not one day to {LONGEST_DAYS} days", field="last_day"
        )
    who = None if merchant_id is None else MerchantId(merchant_id)
    return Closure(ClosureId(ports.ids.new("cls")), who, first_day, last_day, reason, now)


def _whom_and_when(closure: Closure) -> tuple[MerchantId | None, date, date]:
    return closure.merchant_id, closure.first_day, closure.last_day


def open_again(closure_id: str, ports: Ports, *, of: str | None = None) -> Closure:
    """Take a closing back; twice is harmless.

    of : the only shop whose closing it may be; None: anybody's

    Raises ``NotFound`` when there is no such closing, or none that is *of* that shop alone.
    """
    with ports.store.writing() as tx:
        closure = tx.closure(closure_id)
        if of not in (None, closure.merchant_id):
            raise NotFound(f"no closure {closure_id}", closure_id=closure_id)
        if closure.removed_at is None:
            closure = replace(closure, removed_at=ports.clock.now())
            tx.put_closure(closure)
            note(Change.CLOSURE_REMOVED, closure.closure_id, tx, ports, before=_told(closure))
    return closure


def _told(closure: Closure) -> dict[str, object]:
    """What the audit trail says of a closing: not the reason, which may be somebody's illness."""
    days = {"first_day": closure.first_day.isoformat(), "last_day": closure.last_day.isoformat()}
    return {"merchant": closure.merchant_id or "everyone", **days}


def closures_ahead(ports: Ports) -> tuple[Closure, ...]:
    """Return the closings in force that are not over, by first day."""
    with ports.store.reading() as tx:
        return tuple(tx.closures(local_day(ports.clock.now())))


def still_due(closure: Closure, ports: Ports) -> tuple[StillDue, ...]:
    """Return the parcels booked before that a closed shop owes on those days, soonest first.

    They stay booked: couriers and customers come, and the shop's own round is awaited.
    """
    now = ports.clock.now()
    shops = [shop for shop in ports.territory.merchants if closure.closes(shop)]
    with ports.store.reading() as tx:
        due = [
            StillDue(short_ref(tx.booking(shipment.booking_id).quote_id), shipment)
            for shop in shops
            for shipment in tx.merchant_shipments(shop, now)
            if shipment.state in WITH_MERCHANT and _needed(shipment, closure, local_day(now))
        ]
    return tuple(sorted(due, key=lambda d: (d.shipment.promise.window.opens_at, d.order_ref)))


def _needed(shipment: Shipment, closure: Closure, today: date) -> bool:
    """True when the shop is needed for the parcel on one of the closed days.

    What goes by post has to be posted on its day; what should have left by now, may today.
    """
    first, last = shipment.promise.days
    if shipment.mode is Mode.STANDARD and shipment.promise.ready_at is not None:
        first = last = local_day(shipment.promise.ready_at)
    last = max(last, today)
    return first <= closure.last_day and closure.first_day <= last


def as_closed(ports: Ports) -> Ports:
    """Return *ports* whose shops are shut on the days on which somebody closed them."""
    with ports.store.reading() as tx:
        return closed_from(tx, ports)


def closed_from(tx: Transaction, ports: Ports) -> Ports:
    """The same, for an act that reads what it thinks of in one view."""
    closures = tx.closures(local_day(ports.clock.now()))
    if not closures:
        return ports
    land = ports.territory
    merchants = {
        merchant_id: replace(merchant, shop=with_closures(merchant.shop, closures))
        for merchant_id, merchant in land.merchants.items()
        if any(closure.closes(merchant_id) for closure in closures)
    }
    return replace(ports, territory=replace(land, merchants={**land.merchants, **merchants}))


def refuse_if_closed(offer: Quote, option: Option, tx: Transaction, ports: Ports) -> None:
    """Ask the calendar again what it was asked for the quote, at the quote's own instant.

    Only where a shop closed since: what a planner tuned since changes no promise.  Raises
    ``NoLongerFeasible`` when *option* would not be offered any more.
    """
    closures = tuple(tx.closures(local_day(offer.created_at)))
    if not made_since(closures, offer.created_at, [part.merchant_id for part in option.parts]):
        return
    together = option.mode is Mode.EXPRESS
    for parts in [option.parts] if together else [(part,) for part in option.parts]:
        shops = [_shut(part, closures, ports) for part in parts]
        asked = offers_to(offer.request, option.mode, shops, offer.created_at, ports)
        gone = still_offered([part.promise for part in parts], asked)
        if gone is not None:
            raise NoLongerFeasible(
                f"option {option.option_id} can no longer be kept: {gone.code}",
                option_id=option.option_id,
                reason=gone.code,
            )


def _shut(part: Part, closures: tuple[Closure, ...], ports: Ports) -> Shop:
    return with_closures(ports.territory.merchant(part.merchant_id).shop, closures)
