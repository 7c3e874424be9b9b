"""One long street with a house every minute, for plans that can be checked in the head."""

from __future__ import annotations

import numpy as np

from dispatch.routing.rides.question import OpenOrder, Question, RidePrices, Rider, Stays

MINUTE = 60
#: Nothing on the spot takes any time: a ride lasts as long as its ways.
AT_ONCE = Stays(0, 0, 0, 0)
#: What customers wait, and nothing else.
WAITS_ONLY = RidePrices(busy=0.0, far=0.0)


def rider(house: int, *, free: int = 0, off: int = 600) -> Rider:
    return Rider(house, free * MINUTE, off * MINUTE)


def order(shop: int, door: int, *, ready: int = 0) -> OpenOrder:
    return OpenOrder(shop, door, ready * MINUTE)


def ask(
    riders: tuple[Rider, ...],
    orders: tuple[OpenOrder, ...],
    *,
    stays: Stays = AT_ONCE,
    prices: RidePrices = WAITS_ONLY,
    most_once: int = 4,
    houses: int = 40,
) -> Question:
    at = np.arange(houses, dtype=np.int64)
    way_s = MINUTE * np.abs(at[:, None] - at[None])
    return Question(0, way_s, riders, orders, np.zeros(houses), stays, prices, most_once)
