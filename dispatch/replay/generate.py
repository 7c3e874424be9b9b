"""A day nobody lived: customers, baskets and shops' delays drawn from ``demand``'s numbers.

Decides what is drawn from what.  The same seed is the same day; another seed of the same
town has the same popular shops, and the same shops that are often late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

import numpy as np
from numpy.typing import NDArray

from dispatch.core.civil import instant_at
from dispatch.core.places import Place, crow_m
from dispatch.replay.day import Day, DayLine, DayOrder
from dispatch.replay.demand import (
    CM3_PER_G,
    EVERYDAY_SECTORS,
    GOODS,
    OTHER_GOODS,
    PILOT,
    Demand,
)
from dispatch.replay.homes import Homes
from dispatch.replay.misfortune import eventful
from dispatch.slots.service_levels import Mode
from geodata.town import Merchant, Town


def generated_day(
    town: Town,
    day: date,
    *,
    seed: int,
    orders: int | None = None,
    rain: bool | None = None,
    demand: Demand = PILOT,
) -> Day:
    """Return a day of *town* that nobody lived.

    orders : how many would like theirs by courier; None: drawn, by weekday and weather
    rain   : None: drawn

    Raises ``ValueError`` for a town without shops that offer express, or without streets
    to live in.
    """
    rng = np.random.default_rng([seed, day.toordinal()])
    wet = bool(rng.random() < demand.rain_share) if rain is None else rain
    if orders is None:
        usual = demand.orders * demand.by_weekday[day.weekday()]
        orders = int(rng.poisson(usual * (demand.rain_orders if wet else 1.0)))
    drawn = _Draw(town, day, demand, rng)
    minutes = _minutes(orders, demand, rng)
    plain = Day(
        day=day,
        town=town.name,
        orders=tuple(drawn.order(n, minute) for n, minute in enumerate(minutes, start=1)),
        rain=wet,
        seed=seed,
    )
    # A source of its own: the day is otherwise the same with mishaps and without.
    couriers = [courier.id for courier in town.couriers]
    return eventful(plain, couriers, demand, np.random.default_rng([seed, day.toordinal(), 1]))


def _minutes(count: int, demand: Demand, rng: np.random.Generator) -> list[float]:
    """Return *count* minutes of the day, in order: by the hour, some of them in bursts."""
    hours = np.array(list(demand.by_hour))
    share = np.array(list(demand.by_hour.values()), np.float64)
    minutes = 60.0 * rng.choice(hours, size=count, p=share / share.sum()) + 60 * rng.random(count)
    opens, closes = 60.0 * hours.min(), 60.0 * (hours.max() + 1) - 1
    for _ in range(int(rng.poisson(demand.bursts))):
        begins = 60.0 * rng.choice(hours, p=share / share.sum()) + 60 * rng.random()
        drawn_in = rng.random(count) < demand.burst_share
        minutes = np.where(drawn_in, begins + demand.burst_min * rng.random(count), minutes)
    return [float(minute) for minute in np.sort(np.clip(minutes, opens, closes))]


@dataclass(frozen=True, slots=True)
class _Shop:
    """A shop as customers see it.  ``late``: share of its parcels that are packed late."""

    row: Merchant
    place: Place
    appeal: float
    late: float


class _Draw:
    """Draws orders of one town, one after the other, from one source of chance."""

    def __init__(self, town: Town, day: date, demand: Demand, rng: np.random.Generator) -> None:
        self._day, self._demand, self._rng = day, demand, rng
        self._shops = [
            _shop(row, demand) for row in town.merchants if Mode.EXPRESS.value in row.modes
        ]
        if not self._shops:
            raise ValueError(f"town {town.name} has no shop with express delivery")
        self._homes = Homes(town, [shop.place for shop in self._shops], demand.home_reach_m)
        self._ways_out = list(demand.otherwise)
        share = np.array(list(demand.otherwise.values()), np.float64)
        self._ways_out_share = share / share.sum()

    def order(self, number: int, minute: float) -> DayOrder:
        rng, demand = self._rng, self._demand
        door = self._homes.draw(rng)
        # Whole seconds: a file keeps no more.
        asked_at = instant_at(self._day, int(minute)) + timedelta(seconds=int(60 * (minute % 1)))
        return DayOrder(
            number=number,
            asked_at=asked_at,
            place=door,
            lines=tuple(self._line(shop) for shop in self._bought_from(door)),
            flat=bool(rng.random() < demand.flats),
            wants_at=self._hour_at_home(minute),
            otherwise=self._ways_out[int(rng.choice(len(self._ways_out), p=self._ways_out_share))],
            absent=bool(rng.random() < demand.absent),
        )

    def _hour_at_home(self, minute: float) -> datetime | None:
        """A full hour of the wall clock, named by who does not want it as soon as possible."""
        rng, demand = self._rng, self._demand
        if rng.random() >= demand.later:
            return None
        wanted = minute + rng.uniform(demand.later_from_min, demand.later_to_min)
        hour = round(wanted / 60)
        if not minute < 60 * hour <= demand.later_until_min:
            return None
        return instant_at(self._day, 60 * hour)

    def _bought_from(self, door: Place) -> Sequence[_Shop]:
        """One shop, or two: popular ones, near the door (Huff, 1964) but for a few customers."""
        rng, demand = self._rng, self._demand
        weights = np.array([shop.appeal for shop in self._shops])
        if rng.random() >= demand.anywhere_share:
            away_m = np.array([crow_m(door, shop.place) for shop in self._shops])
            # The nearest counts as no way at all: far from all shops, one goes to the next.
            weights = weights * np.exp(-(away_m - away_m.min()) / demand.reach_m)
        first = self._chosen(weights)
        if len(self._shops) < 2 or rng.random() >= demand.second_shop:
            return [self._shops[first]]
        weights[first] = 0.0
        return [self._shops[first], self._shops[self._chosen(weights)]]

    def _chosen(self, weights: NDArray[np.float64]) -> int:
        return int(self._rng.choice(len(weights), p=weights / weights.sum()))

    def _line(self, shop: _Shop) -> DayLine:
        rng, demand = self._rng, self._demand
        light_g, heavy_g, cheap_cents, dear_cents = GOODS.get(shop.row.sector, OTHER_GOODS)
        # Small baskets are common, large ones rare: a triangle that leans to the left.
        weight_g = round(rng.triangular(light_g, light_g, heavy_g))
        late_min = -rng.uniform(0.0, demand.early_min)
        if rng.random() < shop.late:
            late_min = 1.0 + rng.exponential(demand.late_mean_min)
        return DayLine(
            merchant_id=shop.row.id,
            items_value_cents=round(rng.triangular(cheap_cents, cheap_cents, dear_cents)),
            weight_g=weight_g,
            volume_cm3=weight_g * CM3_PER_G,
            cold=shop.row.cold,
            late_s=round(60 * late_min),
        )


def _shop(row: Merchant, demand: Demand) -> _Shop:
    """What makes a shop what it is does not change from day to day: drawn from its name."""
    own = Random(row.id)
    kind = demand.everyday if row.sector in EVERYDAY_SECTORS else 1.0
    appeal = kind * own.lognormvariate(0.0, demand.popularity)
    late = min(1.0, demand.late * own.lognormvariate(0.0, demand.punctuality))
    return _Shop(row, Place(row.lat_deg, row.lon_deg), appeal, late)
