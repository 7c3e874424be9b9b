"""Days on which a shop, or all of them, stay closed although their hours say otherwise.

Decides what such a closing changes in a shop's timetables.  Who may make one, and
where it is kept, is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from dispatch.core.ids import ClosureId, MerchantId
from dispatch.slots.calendar import OpeningHours
from dispatch.slots.shops import Shop

#: A longer one is a shop that gave up, or a typing error.
LONGEST_DAYS: Final = 366


@dataclass(frozen=True, slots=True)
class Closure:
    """One exceptional closing, from its first to its last local day, both included.

    merchant_id : who is closed; None: every shop of the town
    reason      : for the people who read the list
    removed_at  : since when it no longer counts; None: it counts
    """

    closure_id: ClosureId
    merchant_id: MerchantId | None
    first_day: date
    last_day: date
    reason: str
    created_at: datetime
    removed_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise ValueError(f"a closing ends before it begins: {self.first_day}, {self.last_day}")
        if (self.last_day - self.first_day).days >= LONGEST_DAYS:
            raise ValueError(f"a closing lasts at most {LONGEST_DAYS} days")

    @property
    def days(self) -> frozenset[date]:
        return frozenset(
            self.first_day + timedelta(days=n)
            for n in range((self.last_day - self.first_day).days + 1)
        )

    def closes(self, merchant_id: str) -> bool:
        """True when the shop of that id is one of those closed."""
        return self.merchant_id in (None, merchant_id)


@lru_cache(maxsize=1024)
def with_closures(shop: Shop, closures: tuple[Closure, ...]) -> Shop:
    """Return *shop* with those of *closures* that concern it: its door and its own round."""
    closed = frozenset[date]().union(*(c.days for c in closures if c.closes(shop.merchant_id)))
    if not closed:
        return shop
    own = shop.own_delivery
    return replace(
        shop,
        hours=_without(shop.hours, closed),
        own_delivery=own and replace(own, hours=_without(own.hours, closed)),
    )


def _without(hours: OpeningHours, closed: frozenset[date]) -> OpeningHours:
    return replace(hours, closed_on=hours.closed_on | closed)


def made_since(closures: Sequence[Closure], at: datetime, shops: Sequence[str]) -> bool:
    """True when one of *closures* was made after *at* and closes one of *shops*."""
    return any(c.created_at >= at and any(map(c.closes, shops)) for c in closures)
