"""Take an order of several shops apart: each part becomes a quote of its own, all or none.

Decides no place: each part is answered as any quote is, beside the others.  Booking stays
one quote at a time; the whole quote ends here, so that nothing is had twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dispatch.core.errors import Invalid, NoLongerFeasible, Stale
from dispatch.core.ids import StorefrontId
from dispatch.operations.closures import as_closed
from dispatch.operations.express import Desk, desk
from dispatch.operations.hold import living_quote
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.quote import asked, express_answer, freed, quote_of, without
from dispatch.operations.reserve import Seat, keep
from dispatch.operations.splitting import Groups, part_of, with_tour
from dispatch.operations.steady import on_one_engine
from dispatch.operations.think_first import think_first
from dispatch.orders.quotes import Quote


@dataclass(frozen=True, slots=True)
class _Case:
    offer: Quote
    table: Desk


@dataclass(frozen=True, slots=True)
class _Apart:
    """The quotes of the parts, and the tours as their places change them."""

    offer: Quote
    quotes: tuple[Quote, ...]
    seat: Seat


def split(
    quote_id: str,
    groups: Groups,
    storefront_id: StorefrontId,
    ports: Ports,
    *,
    dry_run: bool = False,
) -> tuple[Quote, ...]:
    """Return one quote for each of *groups*, made now; the quote they were taken from ends.

    A part's ``external_ref`` is the order's with ``/1``, ``/2``… behind it.

    Raises
    ------
    NotFound, QuoteExpired, QuoteUsed
        When the storefront has no such quote that can still be booked.
    Invalid
        When *groups* do not share out the quote's shops, each once, in two parts or more.
    NoLongerFeasible
        When a part finds no courier beside the others; the quote and its hold stay.
    """

    def act(ports: Ports) -> tuple[Quote, ...]:
        return think_first(
            lambda tx: _look(quote_id, groups, storefront_id, tx, ports),
            lambda case: _think(case, groups, ports),
            lambda apart, tx: _write(apart, tx, ports),
            ports,
            dry_run=dry_run,
        )

    return on_one_engine(lambda steady: act(as_closed(as_learnt(steady))), ports)


def _look(
    quote_id: str, groups: Groups, storefront_id: StorefrontId, tx: Transaction, ports: Ports
) -> _Case:
    offer = living_quote(quote_id, storefront_id, tx, ports)
    shops = sorted(line.merchant_id for line in offer.request.lines)
    shared = sorted(shop for group in groups for shop in group)
    if len(groups) < 2 or not all(groups) or shared != shops:
        raise Invalid(
            f"share out {', '.join(shops)}, each once, in two groups or more", field="groups"
        )
    # No part is asked before now, nor dies before the quote that it would have as of now.
    fresh = asked(offer.request, storefront_id, ports)
    return _Case(offer, desk(tx, ports, booked_by=fresh.expires_at, day=offer.request.day))


def _think(case: _Case, groups: Groups, ports: Ports) -> _Apart:
    offer = case.offer
    table = without((offer.quote_id,), case.table)
    quotes: list[Quote] = []
    for n, group in enumerate(groups, start=1):
        ask = asked(part_of(offer.request, group, n), offer.storefront_id, ports)
        express, held = express_answer(ask, table, ports)
        if not express[0].offered:
            code = express[0].refusals[0].code
            raise NoLongerFeasible(
                f"part {n} of quote {offer.quote_id} finds no courier: {code}",
                quote_id=offer.quote_id,
                reason=code,
            )
        for tour in held:
            table = with_tour(table, tour)
        quotes.append(quote_of(ask, express, table, ports, split_of=offer.quote_id))
    return _Apart(offer, tuple(quotes), Seat(None, freed(case.table, table, ())))


def _write(apart: _Apart, tx: Transaction, ports: Ports) -> tuple[Quote, ...]:
    offer = apart.offer
    if living_quote(offer.quote_id, offer.storefront_id, tx, ports) != offer:
        raise Stale(f"quote {offer.quote_id} changed meanwhile")
    keep(apart.seat, tx, ports)
    tx.put_quote(replace(offer, expires_at=ports.clock.now()))
    for part in apart.quotes:
        tx.add_quote(part)
    return apart.quotes
