"""One question of a storefront, and what every mode of an answer begins with.

Decides what a shop and the calendar promise.  Does not know couriers, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.core.ids import MerchantId, OptionId, QuoteId, StorefrontId
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.operations.ports import Ports
from dispatch.orders.merchants import Merchant
from dispatch.orders.quotes import Option, OrderRequest
from dispatch.slots.agenda import Offer, offers
from dispatch.slots.promises import Promise, promise_for
from dispatch.slots.service_levels import Mode
from dispatch.slots.shops import Shop


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: who asks what, when, and until when the answer holds."""

    quote_id: QuoteId
    request: OrderRequest
    merchants: tuple[Merchant, ...]
    storefront_id: StorefrontId
    refusal: Refusal | None
    now: datetime
    expires_at: datetime


def offered(
    mode: Mode,
    merchants: Sequence[Merchant],
    ask: Ask,
    ports: Ports,
) -> tuple[Offer, ...]:
    """Return what *merchants* together promise in *mode* to who asks now, or why not."""
    shops = [merchant.shop for merchant in merchants]
    return offers_to(ask.request, mode, shops, ask.now, ports)


def promised(
    mode: Mode, merchants: Sequence[Merchant], ask: Ask, ports: Ports
) -> Promise | Refusal:
    """Return the widest promise that *merchants* together make to who asks now, or why none."""
    return promise_for(
        mode,
        [merchant.shop for merchant in merchants],
        ask.now,
        ports.parameters.levels,
        ports.parameters.calendar,
        _said(ask.request),
        ask.request.day,
    )


def offers_to(
    request: OrderRequest, mode: Mode, shops: Sequence[Shop], ordered_at: datetime, ports: Ports
) -> tuple[Offer, ...]:
    """Return what the calendar answers *request* made at *ordered_at*, for these of its shops."""
    return offers(
        mode,
        shops,
        ordered_at,
        ports.parameters.levels,
        ports.parameters.calendar,
        day=request.day,
        requested_ready_at=_said(request),
    )


def _said(request: OrderRequest) -> dict[MerchantId, datetime]:
    return {line.merchant_id: line.ready_at for line in request.lines if line.ready_at}


def refused(mode: Mode, refusal: Refusal, window: TimeWindow | None = None) -> Option:
    """Return the option not offered, of *window* where one was tried; it has no id yet."""
    return Option(OptionId(""), mode, window, refusals=(refusal,))
