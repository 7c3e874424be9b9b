"""How a town orders, by the days it has lived: counts by shop, kind of day and hour, and of doors.

Decides what is counted, and how much of it is believed: a rate that few days speak for is drawn
towards what all days say, and that towards nothing.  Knows nobody: a door is counted as the
square kilometre that is left of it once its customer is forgotten.  Reads no store and draws
nothing: ``history`` and ``futures`` do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from dispatch.core.civil import local_hour
from dispatch.core.ids import MerchantId
from dispatch.core.places import Place
from dispatch.operations.forgetting import quarter
from dispatch.slots.calendar import Calendar

#: So many days, or orders, of doubt stand beside what was counted.  First guess.
DOUBT: Final = 5.0
_SATURDAY: Final = 5

#: The shops of one order, in order of their ids.
Shops = tuple[MerchantId, ...]


class DayKind(StrEnum):
    """Days on which a town orders alike; a public holiday is a Sunday."""

    WEEKDAY = "weekday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


def kind_of_day(day: date, calendar: Calendar) -> DayKind:
    """Return what *day* counts as."""
    if calendar.holiday(day) is not None or day.weekday() > _SATURDAY:
        return DayKind.SUNDAY
    return DayKind.SATURDAY if day.weekday() == _SATURDAY else DayKind.WEEKDAY


@dataclass(frozen=True, slots=True)
class PastOrder:
    """One express order that was asked for: when, from which shops, to where."""

    asked_at: datetime
    shops: Shops
    door: Place


@dataclass(frozen=True, slots=True)
class Past:
    """What was counted.

    days   : how many days of each kind were looked at
    orders : by shops, kind of day and hour of the town's clock
    doors  : by shops and square kilometre
    """

    days: Mapping[DayKind, int] = field(default_factory=dict)
    orders: Mapping[tuple[Shops, DayKind, int], int] = field(default_factory=dict)
    doors: Mapping[tuple[Shops, Place], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("days", "orders", "doors"):
            counts = getattr(self, name)
            if any(count < 0 for count in counts.values()):
                raise ValueError(f"{name}: a count is negative")
            object.__setattr__(self, name, MappingProxyType(dict(counts)))

    def rates(self, kind: DayKind) -> dict[tuple[Shops, int], float]:
        """Return how many orders to expect of each shops in each hour of a day of *kind*.

        With ``DOUBT`` days d of doubt: an hour of any day has N(h) / (D + d) orders, an hour of
        this kind (N(k, h) + d times that) / (D(k) + d), of which shops get their share of all
        orders; what was counted of just these shops at that hour is drawn towards it as
        strongly.  Empty where nothing was ever ordered.
        """
        of_hour, of_kind, of_shops = Counter[int](), Counter[int](), Counter[Shops]()
        for (shops, of, hour), count in self.orders.items():
            of_hour[hour] += count
            of_shops[shops] += count
            if of is kind:
                of_kind[hour] += count
        days, like_it = sum(self.days.values()), self.days.get(kind, 0)
        every = sum(of_shops.values())
        answer = {}
        for hour in sorted(of_hour):
            usual = of_hour[hour] / (days + DOUBT)
            here = (of_kind[hour] + DOUBT * usual) / (like_it + DOUBT)
            for shops in sorted(of_shops):
                counted = self.orders.get((shops, kind, hour), 0)
                share = of_shops[shops] / every
                answer[shops, hour] = (counted + DOUBT * here * share) / (like_it + DOUBT)
        return answer

    def doors_of(self, shops: Shops) -> dict[Place, float]:
        """Return how likely each square kilometre is to buy from *shops*, adding up to 1.

        ``DOUBT`` orders of the whole town's stand beside those of these shops.
        """
        own, every = Counter[Place](), Counter[Place]()
        for (of, door), count in self.doors.items():
            every[door] += count
            if of == shops:
                own[door] += count
        total, mine = sum(every.values()), sum(own.values())
        in_order = sorted(every, key=lambda door: (door.lat_deg, door.lon_deg))
        return {
            door: (own[door] + DOUBT * every[door] / total) / (mine + DOUBT) for door in in_order
        }


def past_of(days: Iterable[tuple[date, Iterable[PastOrder]]], calendar: Calendar) -> Past:
    """Count the orders of *days*.  Those before the town's first order say nothing of it."""
    lived: Counter[DayKind] = Counter()
    orders: Counter[tuple[Shops, DayKind, int]] = Counter()
    doors: Counter[tuple[Shops, Place]] = Counter()
    for day, asked in sorted(days, key=lambda one: one[0]):
        found = list(asked)
        if not found and not orders:
            continue
        kind = kind_of_day(day, calendar)
        lived[kind] += 1
        for order in found:
            shops = tuple(sorted(order.shops))
            orders[shops, kind, local_hour(order.asked_at)] += 1
            doors[shops, quarter(order.door)] += 1
    return Past(lived, orders, doors)


class History(Protocol):
    """Where the past comes from: the town's own store, or other days than the one replayed."""

    def before(self, day: date) -> Past:
        """Return what is known in the morning of *day*: nothing of that day, nor later."""
        ...
