"""What a promise needs to know of a shop, and when its parcels can be fetched.

Decides the instant a courier may fetch.  Does not know where the shop is, what
it sells or what delivery costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.core.errors import Invalid
from dispatch.core.ids import MerchantId
from dispatch.core.windows import TimeWindow
from dispatch.slots.calendar import OpeningHours
from dispatch.slots.service_levels import Mode


@dataclass(frozen=True, slots=True)
class OwnDelivery:
    """The terms on which a shop delivers by itself.

    hours    : when its van goes round (its own timetable, not the door's)
    lead_min : minutes of delivery hours between the order and the departure
    radius_m : how far it goes, as the crow flies; None: only to its communes
    communes : INSEE codes of those it goes to, however far they reach
    """

    hours: OpeningHours
    lead_min: int
    radius_m: int | None
    communes: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.lead_min < 0:
            raise Invalid(f"lead time is negative: {self.lead_min} min", field="lead_min")
        if self.radius_m is None and not self.communes:
            raise Invalid("it goes to no commune and has no radius", field="radius_m")
        if self.radius_m is not None and self.radius_m <= 0:
            raise Invalid(f"radius is not positive: {self.radius_m} m", field="radius_m")


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant as the promises see it.

    hours           : opening hours with the shop's exceptional closings
    preparation_min : minutes of opening time from order to parcel ready
    modes           : what the shop offers
    own_delivery    : needed for, and only for, ``Mode.MERCHANT``
    market          : when a market keeps couriers from its door; None: never.  Customers
                      and the shop itself get through

    Raises ``Invalid`` naming the shop when these contradict each other.
    """

    merchant_id: MerchantId
    hours: OpeningHours
    preparation_min: int
    modes: frozenset[Mode] = frozenset({Mode.COLLECT, Mode.EXPRESS, Mode.STANDARD})
    own_delivery: OwnDelivery | None = None
    market: OpeningHours | None = None

    def __post_init__(self) -> None:
        if self.preparation_min < 0:
            raise Invalid(
                f"shop {self.merchant_id}: preparation is negative: {self.preparation_min} min",
                field="preparation_min",
            )
        if (Mode.MERCHANT in self.modes) is not (self.own_delivery is not None):
            raise Invalid(
                f"shop {self.merchant_id}: mode 'merchant' and own_delivery go together",
                field="own_delivery",
            )


def ready_at(
    shop: Shop, ordered_at: datetime, requested_ready_at: datetime | None = None
) -> datetime | None:
    """Return the first instant when the parcel is ready *and* the shop's door is open.

    ``preparation_min`` is counted in opening time.  *requested_ready_at*, what the
    merchant says of this very order, replaces that estimate, earlier or later, but
    never comes before the order.  None: not in the next 14 days.
    """
    if requested_ready_at is None:
        prepared = shop.hours.add_open_time(ordered_at, shop.preparation_min)
    else:
        prepared = max(requested_ready_at, ordered_at)
    return None if prepared is None else shop.hours.next_opening(prepared)


def pickup_windows(shop: Shop, ready: datetime, until: datetime) -> tuple[TimeWindow, ...]:
    """Return when a courier gets to the open door between *ready* and *until*; () when never.

    Raises ``ValueError`` when *until* is not after *ready*.
    """
    span = TimeWindow(ready, until)
    days = (until - ready) // timedelta(days=1) + 1
    parts = (span.meet(opening) for opening in shop.hours.openings(ready, days))
    open_ = tuple(part for part in parts if part is not None)
    if shop.market is None or not open_:
        return open_
    return _without(open_, tuple(shop.market.openings(ready, days)))


def _without(spans: Iterable[TimeWindow], cut: Sequence[TimeWindow]) -> tuple[TimeWindow, ...]:
    """What is left of *spans* outside of *cut*; both in order, each disjoint in itself."""
    left: list[TimeWindow] = []
    for span in spans:
        since = span.opens_at
        for gone in cut:
            if gone.closes_at <= since or gone.opens_at >= span.closes_at:
                continue
            if gone.opens_at > since:
                left.append(TimeWindow(since, gone.opens_at))
            since = gone.closes_at
        if since < span.closes_at:
            left.append(TimeWindow(since, span.closes_at))
    return tuple(left)
