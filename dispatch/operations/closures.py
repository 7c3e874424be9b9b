"""A shop closes for a day or two: nothing is promised from it then, starting now.

Decides who may be closed and when, and that a quote given before is not booked against
a door that is shut.  What a closing does to a timetable is ``slots.closures``'.  What
was booked before stays booked: a planner reads it and calls the shop.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from dispatch.core.civil import local_day
from dispatch.core.errors import Invalid, NoLongerFeasible
from dispatch.core.ids import ClosureId, MerchantId
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.quote_ask import offers_to
from dispatch.orders.quotes import Option, Part, Quote
from dispatch.slots.agenda import still_offered
from dispatch.slots.closures import LONGEST_DAYS, Closure, made_since, with_closures
from dispatch.slots.service_levels import Mode
from dispatch.slots.shops import Shop

#: Nothing is booked farther ahead, so nobody looks there for orders that are in the way.
_LOOKED_AHEAD: Final = timedelta(days=14)
#: What people read in a list.
_LONGEST_REASON: Final = 200


def close(
    merchant_id: str | None, first_day: date, last_day: date, reason: str, ports: Ports
) -> Closure:
    """Close the shop, or with None every shop, from *first_day* to *last_day*, both included.

    Raises ``NotFound`` for an unknown shop; ``Invalid`` naming the field when the days are
    past, turned round or too many, and for a reason of more than 200 characters.
    """
    now = ports.clock.now()
    if merchant_id is not None:
        ports.territory.merchant(merchant_id)
    if last_day < local_day(now):
        raise Invalid(f"{last_day} is past: nobody can be closed on it any more", field="last_day")
    if len(reason) > _LONGEST_REASON:
        raise Invalid(f"a reason has at most {_LONGEST_REASON} characters", field="reason")
    if not 0 <= (last_day - first_day).days < LONGEST_DAYS:
        raise Invalid(
            f"{first_day} to {last_day} is not one day to {LONGEST_DAYS} days", field="last_day"
        )
    who = None if merchant_id is None else MerchantId(merchant_id)
    closure_id = ClosureId(ports.ids.new("cls"))
    closure = Closure(closure_id, who, first_day, last_day, reason, now)
    with ports.store.writing() as tx:
        tx.add_closure(closure)
    return closure


def open_again(closure_id: str, ports: Ports) -> Closure:
    """Take a closing back; twice is harmless.  Raises ``NotFound``."""
    with ports.store.writing() as tx:
        closure = tx.closure(closure_id)
        if closure.removed_at is None:
            closure = replace(closure, removed_at=ports.clock.now())
            tx.put_closure(closure)
    return closure


def closures_ahead(ports: Ports) -> tuple[Closure, ...]:
    """Return the closings in force that are not over, by first day."""
    with ports.store.reading() as tx:
        return tuple(tx.closures(local_day(ports.clock.now())))


def booked_against(closure: Closure, ports: Ports) -> int:
    """Return how many orders are still to be fetched from a closed shop on those days."""
    today = local_day(ports.clock.now())
    day, until = max(today, closure.first_day), min(today + _LOOKED_AHEAD, closure.last_day)
    orders = set()
    with ports.store.reading() as tx:
        while day <= until:
            for tour in tx.tours(day):
                orders |= {
                    stop.quote_id
                    for stop in tour.stops
                    if stop.merchant_id is not None
                    and closure.closes(stop.merchant_id)
                    and not stop.over
                    and stop.held_until is None
                }
            day += timedelta(days=1)
    return len(orders)


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
