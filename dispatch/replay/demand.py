"""How people of a small town order, as numbers: synthetic, every one a first guess.

Decides nothing: ``generate`` draws from these.  None was measured.  Where a town has days
of its own, export them (``dispatch replay --export``) and replay those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from dispatch.slots.service_levels import Mode

#: Lightest and heaviest parcel in grams, cheapest and dearest basket in cents, by sector.
GOODS: Final = MappingProxyType(
    {
        "food": (400, 6_000, 900, 4_500),
        "delicatessen": (500, 4_000, 1_200, 6_000),
        "clothing": (200, 1_500, 2_500, 12_000),
        "shoes": (700, 2_000, 4_000, 13_000),
        "jewellery": (80, 400, 4_000, 30_000),
        "bookshop": (250, 2_500, 900, 5_000),
        "decoration": (600, 9_000, 1_900, 15_000),
        "florist": (400, 2_500, 1_800, 6_500),
        "toys": (300, 3_000, 1_200, 6_000),
        "beauty": (150, 1_200, 1_500, 7_000),
        "hardware": (300, 12_000, 800, 9_000),
        "computing": (300, 6_000, 2_000, 60_000),
    }
)
OTHER_GOODS: Final = (200, 2_000, 1_500, 8_000)
CM3_PER_G: Final = 6
#: People buy food more often than spectacles.
EVERYDAY_SECTORS: Final = ("food", "delicatessen", "florist")
#: People order before lunch and on the way home.
_BY_HOUR: Final[Mapping[int, float]] = MappingProxyType(
    {9: 4, 10: 7, 11: 9, 12: 4, 13: 3, 14: 4, 15: 5, 16: 8, 17: 6, 18: 1}
)
_OTHERWISE: Final[Mapping[Mode | None, float]] = MappingProxyType(
    {Mode.COLLECT: 0.5, Mode.STANDARD: 0.2, None: 0.3}
)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a day is drawn from.

    orders         : of a usual day (a Tuesday without rain)
    by_weekday     : how many times as many on each day, Monday first
    by_hour        : how many orders each hour of the wall clock gets, relative to the others
    rain_share     : of the days; rain_orders: how many times as many orders then
    bursts         : a day, on average; each draws burst_share of the orders into burst_min
                     minutes: a message went round, a match is on
    reach_m        : P(shop | door) falls by e every so many metres; anywhere_share of the
                     customers do not mind how far
    home_reach_m   : people order e times less every so many metres from the nearest shop
    everyday       : how many times as popular a shop of everyday things is
    popularity     : spread (of the logarithm) between shops of one kind
    second_shop    : share of orders that are from two shops
    later          : share of customers who name an hour to be at home, from later_from_min to
                     later_to_min minutes after they ask, and not after later_until_min
    late           : share of parcels packed late, late_mean_min on average; the others are
                     ready up to early_min sooner than the shop's usual pace
    punctuality    : spread (of the logarithm) of ``late`` between shops
    absent, flats  : shares of the doors
    told           : share of the shops' late parcels that the shop says will be late
    cancels        : share of customers who do not want it any more, within cancels_min minutes
    breakdowns     : share of couriers' days that end early: illness, a flat tyre
    offline        : share of couriers' days with a phone without signal, for offline_min minutes
                     on average
    otherwise      : how else an order is taken, relative to the others; None: not at all
    """

    orders: float = 60.0
    by_weekday: tuple[float, ...] = (0.6, 1.0, 1.0, 1.0, 1.15, 1.4, 0.3)
    by_hour: Mapping[int, float] = field(default_factory=lambda: _BY_HOUR)
    rain_share: float = 0.3
    rain_orders: float = 1.15
    bursts: float = 1.0
    burst_share: float = 0.12
    burst_min: float = 15.0
    reach_m: float = 2_500.0
    anywhere_share: float = 0.06
    home_reach_m: float = 3_000.0
    everyday: float = 3.0
    popularity: float = 0.5
    second_shop: float = 0.15
    later: float = 0.3
    later_from_min: int = 60
    later_to_min: int = 240
    later_until_min: int = 19 * 60
    late: float = 0.12
    late_mean_min: float = 8.0
    early_min: float = 4.0
    punctuality: float = 0.6
    absent: float = 0.02
    flats: float = 0.35
    told: float = 0.0
    cancels: float = 0.0
    cancels_min: float = 90.0
    breakdowns: float = 0.0
    offline: float = 0.0
    offline_min: float = 40.0
    otherwise: Mapping[Mode | None, float] = field(default_factory=lambda: _OTHERWISE)

    def __post_init__(self) -> None:
        if len(self.by_weekday) != 7:
            raise ValueError(f"a week has seven days, not {len(self.by_weekday)}")
        weights = (*self.by_weekday, *self.by_hour.values(), *self.otherwise.values())
        if min(weights) < 0 or not sum(self.by_hour.values()) or not sum(self.otherwise.values()):
            raise ValueError("shares are not negative, and not all nothing")
        if not all(0 <= hour <= 23 for hour in self.by_hour):
            raise ValueError(f"hours of a day are 0 to 23: {sorted(self.by_hour)}")
        for name in (
            *("reach_m", "home_reach_m", "burst_min", "everyday"),
            *("cancels_min", "offline_min"),
        ):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is not positive: {getattr(self, name)}")
        for name in (
            *("anywhere_share", "second_shop", "later", "late", "absent", "flats"),
            *("told", "cancels", "breakdowns", "offline"),
        ):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is out of 0 to 1: {getattr(self, name)}")


#: The pilot's.
PILOT: Final = Demand()
#: The same where days do not go as they should: one courier's day in fifty ends early, one in ten
#: has a hole in its signal; one customer in fifty cancels; every other late shop says so.
EVENTFUL: Final = replace(PILOT, told=0.5, cancels=0.02, breakdowns=0.02, offline=0.1)
