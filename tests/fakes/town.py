"""Shorthands for the embedded town."""

from __future__ import annotations

from dispatch.operations.ports import Ports
from dispatch.slots.service_levels import Mode


def express_shops(ports: Ports) -> list[str]:
    """Merchants that offer express and are open on a Tuesday at ten, in order of id."""
    now = ports.clock.now()
    return sorted(
        merchant.merchant_id
        for merchant in ports.territory.merchants.values()
        if Mode.EXPRESS in merchant.shop.modes
        and (merchant.shop.hours.is_open(now) or merchant.shop.hours.why_closed(now) is not None)
    )
