"""Say every way one order can be had, with its promise and price, or why not; hold the place.

The hold is the express order itself, standing in a courier's tour until the
quote expires.  Not every quote gets one: holds take a bounded part of a day, and an order
asked for again moves its own.  A refusal is an answer, not an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta

from dispatch.core.errors import Invalid, NotFound
from dispatch.core.ids import OptionId, QuoteId, StorefrontId
from dispatch.core.reasons import Refusal
from dispatch.operations import one_by_one
from dispatch.operations.closures import closed_from
from dispatch.operations.express import Desk, desk
from dispatch.operations.held_back import told_of_holds
from dispatch.operations.holds import ENOUGH_IS_HELD, held_tour, may_hold
from dispatch.operations.learnt import learnt_from
from dispatch.operations.ports import ChangingStreets, Ports, Transaction
from dispatch.operations.quote_ask import Ask
from dispatch.operations.quote_express import express_options
from dispatch.operations.quote_modes import other_options
from dispatch.operations.reserve import Seat, keep
from dispatch.operations.splitting import told_of_shops
from dispatch.operations.steady import on_one_engine
from dispatch.operations.think_first import think_first
from dispatch.operations.unlock_quote import with_ways
from dispatch.orders.merchants import Merchant
from dispatch.orders.quotes import Option, OrderRequest, Quote
from dispatch.tracking.tours import Tour


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one question is answered from.

    ports  : with the closings and the learnt times that were in force
    before : quotes whose places this one takes over
    """

    table: Desk
    ports: Ports
    before: tuple[QuoteId, ...] = ()


@dataclass(frozen=True, slots=True)
class _Answer:
    """All options, and where the first of them is held."""

    quote: Quote
    seat: Seat


def quote(
    request: OrderRequest,
    storefront_id: StorefrontId,
    ports: Ports,
    *,
    hold: bool = True,
    refusal: Refusal | None = None,
    instead_of: QuoteId | None = None,
) -> Quote:
    """Return all options of *request*; with *hold*, store them and keep the courier's place.

    hold       : False only browses: nothing is written, nothing is kept
    refusal    : why the doorstep cannot be served, when ``locate`` said so; modes
                 that go to a door are then refused with it
    instead_of : a quote of the same order, whose place is given back for this one

    Raises ``Invalid`` naming the field when a merchant does not exist.
    """
    ask = asked(request, storefront_id, ports, refusal)
    # Who waits for a routing server keeps nobody else waiting.
    alone = hold and not isinstance(ports.streets, ChangingStreets)
    with one_by_one.quotes if alone else nullcontext():
        return on_one_engine(lambda held: _answered(ask, hold, instead_of, held), ports)


def asked(
    request: OrderRequest,
    storefront_id: StorefrontId,
    ports: Ports,
    refusal: Refusal | None = None,
) -> Ask:
    """Return *request* as a question asked now.  Raises ``Invalid`` naming an unknown merchant."""
    now = ports.clock.now()
    return Ask(
        quote_id=QuoteId(ports.ids.new("qte")),
        request=request,
        merchants=_merchants(request, ports),
        storefront_id=storefront_id,
        refusal=refusal,
        now=now,
        expires_at=now + timedelta(minutes=ports.parameters.quote_life_min),
    )


def _answered(ask: Ask, hold: bool, instead_of: QuoteId | None, ports: Ports) -> Quote:
    def look(tx: Transaction) -> _Seen:
        before: tuple[QuoteId, ...] = () if instead_of is None else (instead_of,)
        ref = ask.request.external_ref
        if ports.parameters.holds.one_per_ref and ref is not None:
            before += tuple(q.quote_id for q in tx.live_quotes(ask.storefront_id, ref, ask.now))
        table = desk(tx, ports, booked_by=ask.expires_at, day=ask.request.day)
        return _Seen(table, closed_from(tx, learnt_from(tx, ports)), before)

    def write(answer: _Answer, tx: Transaction) -> Quote:
        keep(answer.seat, tx, ports)
        tx.add_quote(answer.quote)
        return answer.quote

    if not hold:
        with ports.store.reading() as tx:
            seen = look(tx)
        return _work_out(ask, seen).quote
    return think_first(look, lambda seen: _work_out(ask, seen), write, ports)


def _merchants(request: OrderRequest, ports: Ports) -> tuple[Merchant, ...]:
    found: list[Merchant] = []
    for i, line in enumerate(request.lines):
        try:
            found.append(ports.territory.merchant(line.merchant_id))
        except NotFound as why:
            raise Invalid(str(why), field=f"merchants.{i}.merchant_id") from None
    return tuple(found)


def _work_out(ask: Ask, seen: _Seen) -> _Answer:
    ports, table = seen.ports, without(seen.before, seen.table)
    ask = replace(ask, merchants=_merchants(ask.request, ports))
    express, held = express_answer(ask, table, ports)
    express, held_back = told_of_holds(ask, express, table, ports)
    answer = quote_of(ask, express, table, ports, held_back=held_back)
    others = (*held[1:], *freed(seen.table, table, held))
    return _Answer(answer, Seat(held[0] if held else None, others))


def quote_of(
    ask: Ask,
    express: Sequence[Option],
    table: Desk,
    ports: Ports,
    *,
    held_back: bool = False,
    split_of: QuoteId | None = None,
) -> Quote:
    """Return the quote of *express* and of the modes that need no courier, its options numbered."""
    told = with_ways([*express, *other_options(ask, ports)], ask, table, ports)
    numbered = tuple(
        replace(option, option_id=OptionId(f"opt_{n}")) for n, option in enumerate(told, start=1)
    )
    return Quote(
        ask.quote_id,
        ask.storefront_id,
        ask.request,
        ask.now,
        ask.expires_at,
        numbered,
        split_of=split_of,
        held_back=held_back,
    )


def express_answer(ask: Ask, table: Desk, ports: Ports) -> tuple[list[Option], tuple[Tour, ...]]:
    """Return the express options, and the tours that change to hold the first, its own first.

    No tours: nothing is offered, or it may not be held.
    """
    options, fit = express_options(ask, table, ports)
    options = told_of_shops(ask, options, None if fit is None else fit.tour, table, ports)
    if fit is None:
        return options, ()
    if may_hold(fit, ask.quote_id, table, ports):
        return options, (held_tour(fit, ask.quote_id), *fit.others)
    # Enough is held for others: this one is sold to whoever pays first.
    at = next(n for n, option in enumerate(options) if option.held)
    options[at] = replace(options[at], held=False, why_not_held=ENOUGH_IS_HELD)
    return options, ()


def without(before: tuple[QuoteId, ...], table: Desk) -> Desk:
    """Return *table* with the places of the quotes *before* given back."""
    tours = table.tours
    for quote_id in before:
        tours = tuple(tour.without_order(quote_id) for tour in tours)
    return replace(table, tours=tours)


def freed(seen: Desk, table: Desk, held: Sequence[Tour]) -> tuple[Tour, ...]:
    """Return the tours of *table* that are not as they were *seen*, besides those of *held*."""
    pairs = zip(seen.tours, table.tours, strict=True)
    changed = (after for before, after in pairs if after is not before)
    written = {tour.tour_id for tour in held}
    return tuple(tour for tour in changed if tour.tour_id not in written)
