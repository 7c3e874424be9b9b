"""Merchants: who sells, where, and on what terms we may promise for them."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.core.ids import MerchantId
from dispatch.core.places import Place
from dispatch.slots.shops import Shop


@dataclass(frozen=True, slots=True)
class Merchant:
    """A shop of the marketplace.

    shop : its side of every promise: hours, pace, modes
    cold : whether its goods travel in a cold box unless the order says otherwise
    own_delivery_fee_cents : what it charges, VAT included, when it delivers itself
    own_delivery_free_from_cents : goods of that value are delivered free; None: never
    """

    merchant_id: MerchantId
    name: str
    sector: str
    place: Place
    address: str
    phone: str
    shop: Shop
    cold: bool = False
    own_delivery_fee_cents: int = 0
    own_delivery_free_from_cents: int | None = None

    def own_fee_cents(self, items_value_cents: int) -> int:
        """Return what its own delivery of goods of that value costs, VAT included."""
        free_from = self.own_delivery_free_from_cents
        if free_from is not None and items_value_cents >= free_from:
            return 0
        return self.own_delivery_fee_cents
