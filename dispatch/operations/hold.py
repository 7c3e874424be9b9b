"""Move a quote's hold to the window that the customer picks, while he pays.

Decides nothing about who may be held for: a place more is taken only when there is room,
and when holds have not had their share of the day.  Until when stays the quote's word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dispatch.core.civil import clock_text
from dispatch.core.errors import Invalid, NotFound, QuoteExpired, QuoteUsed, Stale
from dispatch.core.ids import StorefrontId
from dispatch.core.reasons import Refusal
from dispatch.operations.chances import Chances
from dispatch.operations.closures import as_closed
from dispatch.operations.express import Desk, desk
from dispatch.operations.holds import ENOUGH_IS_HELD, held_tour, may_hold
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.reserve import Seat, keep, moved_seat, whole_promise
from dispatch.operations.steady import on_one_engine
from dispatch.operations.think_first import think_first
from dispatch.orders.quotes import Option, Quote
from dispatch.slots.service_levels import Mode


@dataclass(frozen=True, slots=True)
class _Case:
    offer: Quote
    option: Option
    table: Desk


@dataclass(frozen=True, slots=True)
class _Moved:
    """The quote as it will be, and where its hold goes; no ``seat``: it stays as it is."""

    before: Quote
    after: Quote
    seat: Seat | None = None


def hold(
    quote_id: str,
    option_id: str,
    storefront_id: StorefrontId,
    ports: Ports,
    *,
    dry_run: bool = False,
) -> Quote:
    """Return the quote, its hold moved to the express option *option_id*, and until when as before.

    The option is ``held`` then; when holds have had their share of the day it is not, and
    the hold stays where it was.

    Raises
    ------
    NotFound
        When no such quote was given to this storefront.
    Invalid
        When the quote has no such option, refused it, or it needs no courier.
    QuoteExpired, QuoteUsed
        When there is nothing to hold any more.
    NoLongerFeasible
        When the window has lost its place; the hold stays where it was.
    """

    def act(ports: Ports) -> Quote:
        return think_first(
            lambda tx: _look(quote_id, option_id, storefront_id, tx, ports),
            lambda case: _think(case, ports),
            lambda moved, tx: _write(moved, tx, ports),
            ports,
            dry_run=dry_run,
        )

    return on_one_engine(lambda steady: act(as_closed(as_learnt(steady))), ports)


def living_quote(
    quote_id: str, storefront_id: StorefrontId, tx: Transaction, ports: Ports
) -> Quote:
    """Return the storefront's quote, if it can still be booked.

    Raises ``NotFound``, ``QuoteUsed`` or ``QuoteExpired``.
    """
    offer = tx.quote(quote_id)
    if offer.storefront_id != storefront_id:
        raise NotFound(f"no quote {quote_id}", quote_id=quote_id)
    if offer.booking_id is not None:
        raise QuoteUsed(f"quote {quote_id} is already booked", booking_id=offer.booking_id)
    if ports.clock.now() >= offer.expires_at:
        raise QuoteExpired(
            f"quote {quote_id} expired at {clock_text(offer.expires_at)}", quote_id=quote_id
        )
    return offer


def express_option(offer: Quote, option_id: str) -> Option:
    """Return the quote's offered express option.  Raises ``Invalid`` when it is none."""
    option = offer.option(option_id)
    if option is None or not option.offered or option.mode is not Mode.EXPRESS:
        known = ", ".join(
            o.option_id for o in offer.options if o.offered and o.mode is Mode.EXPRESS
        )
        raise Invalid(
            f"quote {offer.quote_id} offers no express option {option_id!r}; "
            f"it offers {known or 'none'}",
            field="option_id",
        )
    return option


def _look(
    quote_id: str, option_id: str, storefront_id: StorefrontId, tx: Transaction, ports: Ports
) -> _Case:
    offer = living_quote(quote_id, storefront_id, tx, ports)
    option = express_option(offer, option_id)
    return _Case(offer, option, desk(tx, ports, booked_by=offer.expires_at, day=offer.request.day))


def _think(case: _Case, ports: Ports) -> _Moved:
    offer, option = case.offer, case.option
    if option.held:
        return _Moved(offer, offer)
    moved = moved_seat(
        offer.quote_id,
        offer.request,
        whole_promise(option),
        case.table,
        ports,
        held_until=offer.expires_at,
    )
    seat = moved.seat(option)
    if isinstance(moved.fit, Refusal):
        return _Moved(offer, offer)
    if not may_hold(moved.fit, offer.quote_id, case.table, ports):
        told = tuple(
            replace(other, why_not_held=ENOUGH_IS_HELD) if other is option else other
            for other in offer.options
        )
        return _Moved(offer, replace(offer, options=told))
    here = replace(option, held=True, why_not_held=None)
    chance = Chances(offer.quote_id, case.table, ports).of(moved.fit)
    here = replace(here, witness=moved.fit.witness, ghg_g=moved.fit.ghg_g, chance=chance)
    options = tuple(here if other is option else _not_held(other) for other in offer.options)
    seat = replace(seat, tour=held_tour(moved.fit, offer.quote_id))
    return _Moved(offer, replace(offer, options=options), seat)


def _not_held(option: Option) -> Option:
    """Another option of a quote whose place is moved; only couriers' places do."""
    return replace(option, held=False) if option.mode is Mode.EXPRESS else option


def _write(moved: _Moved, tx: Transaction, ports: Ports) -> Quote:
    before = moved.before
    if living_quote(before.quote_id, before.storefront_id, tx, ports) != before:
        raise Stale(f"quote {before.quote_id} changed meanwhile")
    if moved.seat is not None:
        keep(moved.seat, tx, ports)
        tx.put_quote(moved.after)
    return moved.after
