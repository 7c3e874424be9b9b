"""One question of a storefront, and what every mode of an answer begins with.

Decides what a shop and the calendar promise.  Does not know couriers, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.core.ids import OptionId, QuoteId, StorefrontId
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.operations.ports import Ports
from dispatch.orders.merchants import Merchant
from dispatch.orders.quotes import Option, OrderRequest
from dispatch.slots.promises import Promise, promise_for
from dispatch.slots.service_levels import Mode


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


def promised(
    mode: Mode,
    merchants: Sequence[Merchant],
    ask: Ask,
    ports: Ports,
) -> Promise | Refusal:
    """Return what *merchants* together promise in *mode* to who asks now, or why not."""
    said = {line.merchant_id: line.ready_at for line in ask.request.lines if line.ready_at}
    return promise_for(
        mode,
        [merchant.shop for merchant in merchants],
        ask.now,
        ports.parameters.levels,
        ports.parameters.calendar,
        said,
    )


def refused(mode: Mode, refusal: Refusal, window: TimeWindow | None = None) -> Option:
    """Return the option not offered, of *window* where one was tried; it has no id yet."""
    return Option(OptionId(""), mode, window, refusals=(refusal,))
