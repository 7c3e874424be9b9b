"""The three ways to get an order that need no courier of ours: collect, post, the shop's own.

Decides what of them is offered.  Nothing is held: a shop's counter and a letter box
are never full.
"""

from __future__ import annotations

from typing import Final

from dispatch.core.ids import OptionId
from dispatch.core.places import crow_m
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.operations.ports import Ports
from dispatch.operations.quote_ask import Ask, offered, refused
from dispatch.orders.merchants import Merchant
from dispatch.orders.post import refused_by_post
from dispatch.orders.quotes import Doorstep, Option, OrderRequest, Part
from dispatch.slots.promises import Promise
from dispatch.slots.service_levels import Mode

#: A point without an address lies in the commune of a known door so near.
_SAME_COMMUNE_WITHIN_M: Final = 150.0


def other_options(ask: Ask, ports: Ports) -> list[Option]:
    """Return one option each to collect, by post and by the merchant, without their ids."""
    return [_option(mode, ask, ports) for mode in (Mode.COLLECT, Mode.STANDARD, Mode.MERCHANT)]


def _option(mode: Mode, ask: Ask, ports: Ports) -> Option:
    if ask.refusal is not None and mode is Mode.MERCHANT and not _vans_go_beyond(ask):
        return refused(mode, ask.refusal)
    parts: list[Part] = []
    for line, merchant in zip(ask.request.lines, ask.merchants, strict=True):
        (offer,) = offered(mode, [merchant], ask, ports)
        answer = offer.answer
        if mode is Mode.MERCHANT and isinstance(answer, Promise):
            answer = _where_it_goes(merchant, ask.request, answer, ports)
        if mode is Mode.STANDARD and isinstance(answer, Promise):
            answer = refused_by_post(line, ask.request.deliver_to, ask.refusal) or answer
        if isinstance(answer, Refusal):
            return refused(mode, answer)
        parts.append(Part(line.merchant_id, answer))
    fees = tuple(
        merchant.own_fee_cents(line.items_value_cents)
        for line, merchant in zip(ask.request.lines, ask.merchants, strict=True)
    )
    window = TimeWindow(
        min(part.promise.window.opens_at for part in parts),
        max(part.promise.window.closes_at for part in parts),
    )
    price = ports.parameters.tariff.price(mode, len(parts), fees)
    return Option(OptionId(""), mode, window, tuple(parts), price, held=True)


def _vans_go_beyond(ask: Ask) -> bool:
    """Tell whether a door outside our area lies in a commune that each shop itself goes to."""
    assert ask.refusal is not None, "only asked of a door that we do not serve"
    terms = [merchant.shop.own_delivery for merchant in ask.merchants]
    insee = ask.request.deliver_to.insee
    known = ask.refusal.code == "outside_area" and insee != ""
    return known and all(own is not None and insee in own.communes for own in terms)


def _where_it_goes(
    merchant: Merchant, request: OrderRequest, promise: Promise, ports: Ports
) -> Promise | Refusal:
    terms = merchant.shop.own_delivery
    if terms is None:
        return Refusal("mode_disabled")
    door = request.deliver_to
    if terms.communes and _commune_of(door, ports) in terms.communes:
        return promise
    if terms.radius_m is None:
        return Refusal("merchant_out_of_radius", binding=("merchant.communes",))
    if crow_m(merchant.place, door.place) > terms.radius_m:
        return Refusal("merchant_out_of_radius", binding=("merchant.radius_m",))
    return promise


def _commune_of(door: Doorstep, ports: Ports) -> str:
    """Return the commune *door* lies in, or ""."""
    if door.insee:
        return door.insee
    near = ports.geocoder.nearest(door.place, _SAME_COMMUNE_WITHIN_M)
    return "" if near is None else near.insee
