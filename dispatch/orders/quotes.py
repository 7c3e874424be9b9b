"""A quote: every way to get one order, each offered with its promise or refused with its reasons.

Decides what an option says.  Whether a courier can keep it is routing's
question; until when the quote holds is set by the operation that makes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from dispatch.core.ids import (
    BookingId,
    CourierId,
    MerchantId,
    OptionId,
    QuoteId,
    StorefrontId,
    TourId,
)
from dispatch.core.money import Price
from dispatch.core.places import Place
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.orders.doubts import Doubt
from dispatch.slots.promises import Promise
from dispatch.slots.service_levels import Mode


@dataclass(frozen=True, slots=True)
class Line:
    """What one merchant contributes to an order.

    items_net_cents : its goods' value before tax; None: the storefront did not say
    ready_at : the shop's own word on when it is packed; None: by its usual pace
    """

    merchant_id: MerchantId
    items_value_cents: int = 0
    weight_g: int = 0
    volume_cm3: int = 0
    cold: bool = False
    ready_at: datetime | None = None
    items_net_cents: int | None = None

    def __post_init__(self) -> None:
        for name in ("items_value_cents", "weight_g", "volume_cm3"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is negative: {getattr(self, name)}")
        if not 0 <= (self.items_net_cents or 0) <= self.items_value_cents:
            raise ValueError(
                f"items_net_cents is out of 0 to {self.items_value_cents}: {self.items_net_cents}"
            )


@dataclass(frozen=True, slots=True)
class Doorstep:
    """Where the order goes: the point, the address people say, and the note for the courier.

    insee : the commune it lies in; "" when nobody knows
    doubts : what is not sure about the point
    """

    place: Place
    address: str = ""
    note: str = ""
    insee: str = ""
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What the storefront asks about: one order, one doorstep, one or more merchants.

    day : the local day whose express windows are asked for; None: as soon as possible, and
          the windows within that
    """

    lines: tuple[Line, ...]
    deliver_to: Doorstep
    external_ref: str | None = None
    recommended_by: str | None = None
    day: date | None = None

    def __post_init__(self) -> None:
        if not self.lines:
            raise ValueError("an order has at least one merchant")
        ids = [line.merchant_id for line in self.lines]
        if len(set(ids)) < len(ids):
            raise ValueError(f"each merchant appears once in an order, got {ids}")


@dataclass(frozen=True, slots=True)
class Witness:
    """The proof behind an express option: where in whose tour the order fits.

    added_s : seconds on the road that it adds to the tour
    slack_s : how much later the drop could begin before its promise breaks
    tour_version : of the tour in which it was found; 0: not known
    also_changed : further tours, whose orders make room for this one; held and booked with it
    """

    tour_id: TourId
    courier_id: CourierId
    after_stop: int
    added_s: int
    slack_s: int
    tour_version: int = 0
    also_changed: tuple[TourId, ...] = ()

    def __post_init__(self) -> None:
        if self.tour_version < 0:
            raise ValueError(f"tour_version is negative: {self.tour_version}")


@dataclass(frozen=True, slots=True)
class Chance:
    """The chance to keep one promise, from 0 to 1.

    as_it_stands : of the witness tour as it is
    stated       : what is told: the same in the light of how often such promises were kept
    spare_s      : by how much a courier on duty could be later, on average, before somebody
                   else gets it late (``operations.chances``); None: not known
    """

    as_it_stands: float
    stated: float
    spare_s: float | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.as_it_stands <= 1 and 0 <= self.stated <= 1):
            raise ValueError(f"a chance is out of 0 to 1: {self}")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waiting for the slowest of several shops costs.

    waits_s : how much later the customer has it because of that shop
    without : by when the rest would be there without it
    """

    slowest: MerchantId
    waits_s: int
    without: datetime

    def __post_init__(self) -> None:
        if self.waits_s < 0:
            raise ValueError(f"waits_s is negative: {self.waits_s}")


@dataclass(frozen=True, slots=True)
class Split:
    """An order of several shops as several deliveries: tried, and not held.

    groups      : the shops of each delivery; every shop in one of them
    promises    : each delivery's own, in the same order
    price_cents : of all deliveries together, VAT included
    added_s     : seconds on the road that they add to the tours together
    """

    groups: tuple[tuple[MerchantId, ...], ...]
    promises: tuple[Promise, ...]
    price_cents: int
    added_s: int

    def __post_init__(self) -> None:
        shops = [shop for group in self.groups for shop in group]
        if len(self.groups) < 2 or not all(self.groups) or len(set(shops)) < len(shops):
            raise ValueError(f"a split has two groups or more, each shop in one: {self.groups}")
        if len(self.promises) != len(self.groups):
            raise ValueError(f"{len(self.groups)} groups have {len(self.promises)} promises")
        if self.price_cents < 0:
            raise ValueError(f"price_cents is negative: {self.price_cents}")


@dataclass(frozen=True, slots=True)
class Part:
    """One merchant's share of an option: it becomes a shipment when booked."""

    merchant_id: MerchantId
    promise: Promise


@dataclass(frozen=True, slots=True)
class Option:
    """One way to get the order.  Offered when it has parts; refused when it has refusals.

    waiting : what the slowest of several shops costs; None: one shop, or nobody waits
    splits  : the same order as several deliveries, where that was tried and works
    why_not_held : why its place is not kept, though it would have been the one to keep
    chance  : when it was offered, to hand it over within the promise (express)
    """

    option_id: OptionId
    mode: Mode
    window: TimeWindow | None = None
    parts: tuple[Part, ...] = ()
    price: Price | None = None
    refusals: tuple[Refusal, ...] = ()
    witness: Witness | None = None
    held: bool = False
    ghg_g: int | None = None
    waiting: Waiting | None = None
    splits: tuple[Split, ...] = ()
    why_not_held: Refusal | None = None
    chance: Chance | None = None

    def __post_init__(self) -> None:
        if self.held and self.why_not_held is not None:
            raise ValueError(f"option {self.option_id} is held, and is said not to be")
        if bool(self.parts) == bool(self.refusals):
            raise ValueError(f"option {self.option_id} is either offered or refused, with reasons")

    @property
    def offered(self) -> bool:
        return bool(self.parts)


@dataclass(frozen=True, slots=True)
class Quote:
    """All options of one order.  Lives until ``expires_at``, is booked at most once.

    split_of  : the quote whose order this is a part of; None: it is whole
    held_back : an option was refused only because other quotes held the places
    """

    quote_id: QuoteId
    storefront_id: StorefrontId
    request: OrderRequest
    created_at: datetime
    expires_at: datetime
    options: tuple[Option, ...] = field(default=())
    booking_id: BookingId | None = None
    split_of: QuoteId | None = None
    held_back: bool = False

    def option(self, option_id: str) -> Option | None:
        """Return the option of that id, or None."""
        return next((o for o in self.options if o.option_id == option_id), None)
