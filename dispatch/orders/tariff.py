"""What each way to get an order costs the customer.

The pilot's own tariff is not public; another town of the same marketplace
charges a flat 5 EUR for home delivery by post, which anchors these first
guesses.  All are parameters of the territory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from dispatch.core.money import Price
from dispatch.slots.service_levels import Mode

#: What a price's breakdown calls the part that a passing courier takes off.
NUDGE_LINE: Final = "courier_passes"


@dataclass(frozen=True, slots=True)
class Nudge:
    """The settings' table ``[nudge]``: express is cheaper where a courier passes anyway.

    enabled     : off unless a planner wants it
    below_s     : seconds that the order adds to its tour, at most
    off_cents   : what is taken off the price, VAT included
    least_cents : no price is lowered below it

    It moves prices only: what is offered, and what is refused, is the same without it.
    """

    enabled: bool = False
    below_s: int = 240
    off_cents: int = 150
    least_cents: int = 0

    def __post_init__(self) -> None:
        for name in ("below_s", "off_cents", "least_cents"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is negative: {getattr(self, name)}")

    def lowered(self, price: Price, added_s: int) -> Price:
        """Return *price* of an order that adds *added_s* to its tour; lower where that is little.

        What is taken off is a line of its own, below zero, in the breakdown.
        """
        off_cents = min(self.off_cents, price.amount_cents - self.least_cents)
        if not self.enabled or added_s > self.below_s or off_cents <= 0:
            return price
        return replace(
            price,
            amount_cents=price.amount_cents - off_cents,
            breakdown=(*price.breakdown, (NUDGE_LINE, -off_cents)),
        )


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices with VAT, in cents.  ``extra_shop_cents``: each further pickup of an express order."""

    express_cents: int = 490
    extra_shop_cents: int = 150
    standard_cents: int = 500
    collect_cents: int = 0
    vat_bp: int = 2000

    def __post_init__(self) -> None:
        for name in ("express_cents", "extra_shop_cents", "standard_cents", "collect_cents"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is negative: {getattr(self, name)}")
        if not 0 <= self.vat_bp <= 10_000:
            raise ValueError(f"vat_bp is out of 0 to 10000: {self.vat_bp}")

    def price(self, mode: Mode, shops: int, own_fees_cents: tuple[int, ...] = ()) -> Price:
        """Return the price of *mode* for an order of *shops* merchants.

        ``own_fees_cents``: what each merchant charges for its own delivery; only
        for ``Mode.MERCHANT``.
        """
        if mode is Mode.COLLECT:
            parts: tuple[tuple[str, int], ...] = (("collect", self.collect_cents),)
        elif mode is Mode.EXPRESS:
            parts = (("express", self.express_cents),)
            if shops > 1:
                parts += (("extra_shops", self.extra_shop_cents * (shops - 1)),)
        elif mode is Mode.STANDARD:
            # One parcel a shop: the post cannot fetch from two counters into one box.
            parts = (("standard", self.standard_cents * shops),)
        else:
            parts = tuple(("merchant", fee) for fee in own_fees_cents)
        return Price(sum(cents for _, cents in parts), self.vat_bp, breakdown=parts)
