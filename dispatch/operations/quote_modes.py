"""The three ways to get an order that need no courier of ours: collect, post, the shop's own.

Decides what of them is offered.  Nothing is held: a shop's counter and a letter box
are never full.
"""

from __future__ import annotations

from dispatch.core.ids import OptionId
from dispatch.core.places import crow_m
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.operations.ports import Ports
from dispatch.operations.quote_ask import Ask, offered, refused
from dispatch.orders.merchants import Merchant
from dispatch.orders.post import refused_by_post
from dispatch.orders.quotes import Option, OrderRequest, Part
from dispatch.slots.promises import Promise
from dispatch.slots.service_levels import Mode


def other_options(ask: Ask, ports: Ports) -> list[Option]:
    """Return one option each to collect, by post and by the merchant, without their ids."""
    return [_option(mode, ask, ports) for mode in (Mode.COLLECT, Mode.STANDARD, Mode.MERCHANT)]


def _option(mode: Mode, ask: Ask, ports: Ports) -> Option:
    if ask.refusal is not None and mode is Mode.MERCHANT:
        return refused(mode, ask.refusal)
    parts: list[Part] = []
    for line, merchant in zip(ask.request.lines, ask.merchants, strict=True):
        (offer,) = offered(mode, [merchant], ask, ports)
        answer = offer.answer
        if mode is Mode.MERCHANT and isinstance(answer, Promise):
            answer = _within_radius(merchant, ask.request, answer)
        if mode is Mode.STANDARD and isinstance(answer, Promise):
            answer = refused_by_post(line, ask.request.deliver_to, ask.refusal) or answer
        if isinstance(answer, Refusal):
            return refused(mode, answer)
        parts.append(Part(line.merchant_id, answer))
    fees = tuple(merchant.own_delivery_fee_cents for merchant in ask.merchants)
    window = TimeWindow(
        min(part.promise.window.opens_at for part in parts),
        max(part.promise.window.closes_at for part in parts),
    )
    price = ports.parameters.tariff.price(mode, len(parts), fees)
    return Option(OptionId(""), mode, window, tuple(parts), price, held=True)


def _within_radius(
    merchant: Merchant, request: OrderRequest, promise: Promise
) -> Promise | Refusal:
    terms = merchant.shop.own_delivery
    if terms is None:
        return Refusal("mode_disabled")
    if crow_m(merchant.place, request.deliver_to.place) > terms.radius_m:
        return Refusal("merchant_out_of_radius", binding=("merchant.radius_m",))
    return promise
