"""Say every way one order can be had, with its promise and price, or why not; hold the place.

The hold is the express order itself, standing in a courier's tour until the
quote expires.  A refusal is an answer, not an error.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dispatch.core.errors import Invalid, NotFound, Stale
from dispatch.core.ids import OptionId, QuoteId, StorefrontId
from dispatch.core.reasons import Refusal
from dispatch.operations.closures import as_closed
from dispatch.operations.express import Desk, desk
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.quote_ask import Ask
from dispatch.operations.quote_express import express_options
from dispatch.operations.quote_modes import other_options
from dispatch.operations.steady import on_one_engine
from dispatch.operations.unlock_quote import with_ways
from dispatch.orders.merchants import Merchant
from dispatch.orders.quotes import OrderRequest, Quote
from dispatch.tracking.tours import Tour

#: How often a quote is worked out again because a tour changed meanwhile, before it
#: takes the lock and works under it.
_TRIES_WITHOUT_LOCK = 3


def quote(
    request: OrderRequest,
    storefront_id: StorefrontId,
    ports: Ports,
    *,
    hold: bool = True,
    refusal: Refusal | None = None,
) -> Quote:
    """Return all options of *request*; with *hold*, store them and keep the courier's place.

    hold    : False only browses: nothing is written, nothing is kept
    refusal : why the doorstep cannot be served, when ``locate`` said so; modes
              that go to a door are then refused with it

    Raises ``Invalid`` naming the field when a merchant does not exist.
    """
    ports = as_closed(ports)
    now = ports.clock.now()
    ask = Ask(
        quote_id=QuoteId(ports.ids.new("qte")),
        request=request,
        merchants=_merchants(request, ports),
        storefront_id=storefront_id,
        refusal=refusal,
        now=now,
        expires_at=now + timedelta(minutes=ports.parameters.quote_life_min),
    )
    return on_one_engine(lambda held: _answered(ask, hold, as_learnt(held)), ports)


def _answered(ask: Ask, hold: bool, ports: Ports) -> Quote:
    for _ in range(_TRIES_WITHOUT_LOCK):
        with ports.store.reading() as tx:
            table = desk(tx, ports, booked_by=ask.expires_at, day=ask.request.day)
        answer, tour = _work_out(ask, table, ports)
        if not hold:
            return answer
        try:
            with ports.store.writing() as tx:
                return _keep(answer, tour, tx)
        except Stale:
            continue
    with ports.store.writing() as tx:
        answer, tour = _work_out(
            ask, desk(tx, ports, booked_by=ask.expires_at, day=ask.request.day), ports
        )
        return _keep(answer, tour, tx)


def _keep(answer: Quote, tour: Tour | None, tx: Transaction) -> Quote:
    if tour is not None:
        tx.put_tour(tour)
    tx.add_quote(answer)
    return answer


def _merchants(request: OrderRequest, ports: Ports) -> tuple[Merchant, ...]:
    found: list[Merchant] = []
    for i, line in enumerate(request.lines):
        try:
            found.append(ports.territory.merchant(line.merchant_id))
        except NotFound as why:
            raise Invalid(str(why), field=f"merchants.{i}.merchant_id") from None
    return tuple(found)


def _work_out(ask: Ask, table: Desk, ports: Ports) -> tuple[Quote, Tour | None]:
    express, tour = express_options(ask, table, ports)
    told = with_ways([*express, *other_options(ask, ports)], ask, table, ports)
    numbered = tuple(
        replace(option, option_id=OptionId(f"opt_{n}")) for n, option in enumerate(told, start=1)
    )
    answer = Quote(ask.quote_id, ask.storefront_id, ask.request, ask.now, ask.expires_at, numbered)
    return answer, tour
