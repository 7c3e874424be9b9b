"""What else could a customer have, whose express promise will not be kept?

Decides nothing: it asks for the same order again as of now, its place given back, and keeps
what can be had after the promise.  Each way was tried as any quote tries it, and has its price.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dispatch.core.errors import Invalid
from dispatch.operations.express import Desk
from dispatch.operations.ports import Ports
from dispatch.operations.quote import asked, without
from dispatch.operations.quote_express import express_options
from dispatch.operations.quote_modes import other_options
from dispatch.orders.quotes import Option, OrderRequest, Quote
from dispatch.slots.service_levels import Mode
from dispatch.slots.shops import ready_at


def fallbacks(offer: Quote, until: datetime, table: Desk, ports: Ports) -> tuple[Option, ...]:
    """Return what is offered instead of the express order of *offer*, soonest first.

    until : when the promise ends;  table : the couriers' day, with the order where it stands

    At most one later express window and one option of each other mode; none, when a shop of it
    is no longer there.  Nothing is held, and the options have no ids.
    """
    try:
        ask = asked(_as_begun(offer, ports), offer.storefront_id, ports)
    except Invalid:
        return ()
    express, _ = express_options(ask, without((offer.quote_id,), table), ports)
    later = [option for option in express if option.offered and _ends_at(option) > until]
    others = [option for option in other_options(ask, ports) if option.offered]
    return tuple(sorted([*later[:1], *others], key=_had_at))


def _as_begun(offer: Quote, ports: Ports) -> OrderRequest:
    """The same order; its shops have it since it was asked for, and do not begin anew."""
    shops = {
        line.merchant_id: ports.territory.merchants.get(line.merchant_id)
        for line in offer.request.lines
    }
    lines = tuple(
        line
        if (shop := shops[line.merchant_id]) is None
        else replace(line, ready_at=ready_at(shop.shop, offer.created_at, line.ready_at))
        for line in offer.request.lines
    )
    return replace(offer.request, lines=lines, day=None)


def _ends_at(option: Option) -> datetime:
    return max(part.promise.window.closes_at for part in option.parts)


def _had_at(option: Option) -> datetime:
    """When the customer can have it: once ready at the counter, by its end at the door."""
    if option.mode is Mode.COLLECT:
        return max(part.promise.window.opens_at for part in option.parts)
    return _ends_at(option)
