"""A booking: the option a customer took, and the person to call at the door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dispatch.core.ids import BookingId, OptionId, QuoteId, ShipmentId, StorefrontId
from dispatch.core.money import Price
from dispatch.orders.quotes import Doorstep
from dispatch.slots.service_levels import Mode


@dataclass(frozen=True, slots=True)
class Customer:
    """The person who receives.  Personal data: never logged, purged by rule."""

    name: str
    phone: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """What we owe.  ``tracking_token`` opens the customer's page and nothing else."""

    booking_id: BookingId
    quote_id: QuoteId
    option_id: OptionId
    storefront_id: StorefrontId
    external_ref: str | None
    mode: Mode
    price: Price
    deliver_to: Doorstep
    customer: Customer
    shipment_ids: tuple[ShipmentId, ...]
    tracking_token: str
    created_at: datetime
    cancelled_at: datetime | None = None
