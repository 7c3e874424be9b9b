"""A storefront's client: asks, holds, books what was paid for, and loses none of it.

Belongs to the shop: imports nothing of Dispatch, only the standard library and httpx.
"""

from dispatch.client.errors import (
    BadSignature,
    ClientError,
    NotDecided,
    Problem,
    RefTaken,
    UnknownOrder,
    Unreachable,
)
from dispatch.client.shop import Shop
from dispatch.client.signatures import Message, verify_webhook
from dispatch.client.terms import Difference, Terms, Tolerance
from dispatch.client.words import (
    Basket,
    Booked,
    Booking,
    Customer,
    Doorstep,
    Event,
    EventPage,
    Line,
    Option,
    Order,
    Pending,
    Quote,
    Reason,
    Why,
)

__all__ = [
    "BadSignature",
    "Basket",
    "Booked",
    "Booking",
    "ClientError",
    "Customer",
    "Difference",
    "Doorstep",
    "Event",
    "EventPage",
    "Line",
    "Message",
    "NotDecided",
    "Option",
    "Order",
    "Pending",
    "Problem",
    "Quote",
    "Reason",
    "RefTaken",
    "Shop",
    "Terms",
    "Tolerance",
    "UnknownOrder",
    "Unreachable",
    "Why",
    "verify_webhook",
]
