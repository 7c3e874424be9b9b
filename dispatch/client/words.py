"""What a shop says and what it is told, as values.

Decides names and which of them cannot be true.  What was not named here is in
``document``, the answer as it came: the interface only ever gains fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from dispatch.client.terms import Difference

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """What one merchant packs.

    items_value_cents : with tax
    cold              : None: as its goods usually travel
    ready_at          : with an offset; None: by the merchant's usual pace
    """

    merchant_id: str
    items_value_cents: int = 0
    weight_g: int = 0
    volume_cm3: int = 0
    cold: bool | None = None
    ready_at: datetime | None = None

    def __post_init__(self) -> None:
        least = min(self.items_value_cents, self.weight_g, self.volume_cm3)
        if not self.merchant_id or least < 0:
            raise ValueError(f"not a merchant's line: {self!r}")
        if self.ready_at is not None and self.ready_at.tzinfo is None:
            raise ValueError(f"ready_at has no offset: {self.ready_at}")

    def body(self) -> Json:
        told: Json = {
            "merchant_id": self.merchant_id,
            "items_value": self.items_value_cents,
            "weight_g": self.weight_g,
            "volume_cm3": self.volume_cm3,
        }
        if self.cold is not None:
            told["cold"] = self.cold
        if self.ready_at is not None:
            told["ready_at"] = self.ready_at.isoformat()
        return told


@dataclass(frozen=True, slots=True)
class Doorstep:
    """Where: an address, a point (WGS 84 degrees), or both, which must then agree."""

    address: str | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if (self.lat_deg is None) != (self.lon_deg is None):
            raise ValueError("lat_deg and lon_deg go together")
        if self.address is None and self.lat_deg is None:
            raise ValueError("a doorstep needs an address or a point")

    def body(self) -> Json:
        told: Json = {"note": self.note} if self.note else {}
        if self.address is not None:
            told["address"] = self.address
        if self.lat_deg is not None:
            told["location"] = {"lat": self.lat_deg, "lon": self.lon_deg}
        return told


@dataclass(frozen=True, slots=True)
class Customer:
    """The person at the door.

    phone    : in E.164, such as +33639980042
    language : "fr" or "en": what the installation writes to them in, if it does
    """

    name: str
    phone: str
    email: str | None = None
    language: str = "fr"

    def body(self) -> Json:
        told: Json = {"name": self.name, "phone": self.phone}
        if self.email is not None:
            told["email"] = self.email
        # Left out where it says nothing: installations of before do not know the word.
        return told if self.language == "fr" else {**told, "language": self.language}


@dataclass(frozen=True, slots=True)
class Basket:
    """What is asked for.  ``external_ref``: the shop's own number of the order, never reused."""

    external_ref: str
    lines: tuple[Line, ...]
    deliver_to: Doorstep
    recommended_by: str | None = None

    def __post_init__(self) -> None:
        if not self.external_ref or not self.lines:
            raise ValueError("a basket needs a reference and at least one merchant's line")

    def body(self) -> Json:
        told: Json = {
            "external_ref": self.external_ref,
            "merchants": [line.body() for line in self.lines],
            "deliver_to": self.deliver_to.body(),
        }
        if self.recommended_by is not None:
            told["recommended_by"] = self.recommended_by
        return told


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an option is not offered, or not held, in a sentence for the customer."""

    code: str
    fr: str
    en: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        return cls(str(told["code"]), str(told.get("fr", "")), str(told.get("en", "")))


@dataclass(frozen=True, slots=True)
class Option:
    """One way to get the order.

    price_cents : with tax; None when it is not offered
    start, end  : ISO 8601: the promised window; of collect, from ready to put away; of
                  standard, the first and the last day.  "" when it is not offered
    held        : its place is kept until the quote expires
    why_not_held : why it is not, though it is the one that would be; None: nothing to say
    """

    option_id: str
    mode: str
    offered: bool
    held: bool = False
    price_cents: int | None = None
    start: str = ""
    end: str = ""
    reasons: tuple[Reason, ...] = ()
    why_not_held: Reason | None = None
    document: Json = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        start, end = _span(told) if told["offered"] else ("", "")
        price = told.get("price")
        return cls(
            option_id=str(told["id"]),
            mode=str(told["mode"]),
            offered=bool(told["offered"]),
            held=bool(told.get("held")),
            price_cents=None if price is None else int(price["amount"]),
            start=start,
            end=end,
            reasons=tuple(Reason.of(one) for one in told.get("reasons") or ()),
            why_not_held=Reason.of(why) if (why := told.get("why_not_held")) else None,
            document=dict(told),
        )


@dataclass(frozen=True, slots=True)
class Quote:
    """Every way to get a basket, until ``expires_at``."""

    quote_id: str
    expires_at: datetime
    options: tuple[Option, ...]
    document: Json = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        return cls(
            quote_id=str(told["id"]),
            expires_at=datetime.fromisoformat(told["expires_at"]),
            options=tuple(Option.of(one) for one in told["options"]),
            document=dict(told),
        )

    @property
    def offered(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if option.offered)

    def option(self, option_id: str) -> Option:
        """Return that option.  Raises ``ValueError`` when it is not there, or not offered."""
        for option in self.offered:
            if option.option_id == option_id:
                return option
        raise ValueError(f"quote {self.quote_id} does not offer an option {option_id!r}")


@dataclass(frozen=True, slots=True)
class Order:
    """A basket whose customer chose an option and has paid for it."""

    basket: Basket
    quote: Quote
    option_id: str
    customer: Customer

    def __post_init__(self) -> None:
        self.quote.option(self.option_id)


@dataclass(frozen=True, slots=True)
class Booking:
    """What Dispatch owes.  ``tracking_url``: for the customer alone."""

    booking_id: str
    state: str
    mode: str
    price_cents: int
    shipment_ids: tuple[str, ...]
    tracking_url: str
    document: Json = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        return cls(
            booking_id=str(told["id"]),
            state=str(told["state"]),
            mode=str(told["mode"]),
            price_cents=int(told["price"]["amount"]),
            shipment_ids=tuple(str(one["id"]) for one in told["shipments"]),
            tracking_url=str(told["tracking_url"]),
            document=dict(told),
        )


class Why(StrEnum):
    """Why a paid order is not booked yet."""

    WAITING = "waiting"
    """No answer yet, or not one to go by: it is sent again by ``deliver_outbox``."""
    CHANGED = "changed"
    """What was paid for is gone: somebody must take what there is now, or pay back."""
    REFUSED = "refused"
    """The server says that this call can never work: somebody must look."""
    WITHDRAWN = "withdrawn"
    """Given up with ``withdraw``: nothing is booked, and nothing will be."""


@dataclass(frozen=True, slots=True)
class Booked:
    """The order is booked.  ``difference``: what is not as it was paid for; None: nothing."""

    external_ref: str
    booking: Booking
    difference: Difference | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """The order is paid, kept in the outbox, and not booked.

    tries      : calls so far
    due_s      : when it is sent again, seconds since 1970; of ``WAITING`` only
    error      : what the last call came to
    quote      : what there is now, when it ``CHANGED``
    difference : what that means for the customer
    """

    external_ref: str
    why: Why
    tries: int = 0
    due_s: float = 0.0
    error: str = ""
    quote: Quote | None = None
    difference: Difference | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a shipment.  ``seq`` counts within it, without gaps.

    booking_id : "" from a server that does not say it yet
    """

    position: int
    type: str
    shipment_id: str
    seq: int
    state: str
    booking_id: str = ""
    document: Json = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        return cls(
            position=int(told["position"]),
            # Servers before webhooks knew no other type.
            type=str(told.get("type", "shipment.state")),
            shipment_id=str(told["shipment_id"]),
            seq=int(told["seq"]),
            state=str(told["state"]),
            booking_id=str(told.get("booking_id", "")),
            document=dict(told),
        )


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events in order; ask again with ``after=next_after``."""

    events: tuple[Event, ...]
    next_after: int


def _span(told: Mapping[str, Any]) -> tuple[str, str]:
    """Return the two ends of an offered option's promise, in the words of its mode."""
    if promise := told.get("promise"):
        return str(promise["start"]), str(promise["end"])
    if days := told.get("delivery_dates"):
        return str(days["first"]), str(days["last"])
    return str(told.get("ready_at") or ""), str(told.get("collect_until") or "")
