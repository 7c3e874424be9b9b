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
    """What we owe.

    tracking_token : opens the customer's page and nothing else
    recommended_by : the storefront's reference of the customer who recommended it
    commission_bp  : the marketplace's share when it was booked, in basis points of the
                     goods' value before tax
    fee            : what cancelling cost; None: nothing
    completed_at   : when the last of its shipments ended; None: not yet
    tracking_until : when the customer's page ends; None: not yet known
    note           : for the courier, changed after the booking; "": the doorstep's own
    language       : "fr" or "en": what the customer is written to in
    """

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
    recommended_by: str | None = None
    commission_bp: int = 0
    fee: Price | None = None
    completed_at: datetime | None = None
    tracking_until: datetime | None = None
    note: str = ""
    language: str = "fr"

    def __post_init__(self) -> None:
        if not 0 <= self.commission_bp <= 10_000:
            raise ValueError(f"commission_bp is out of 0 to 10000: {self.commission_bp}")
