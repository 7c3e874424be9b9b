"""Random waves in the embedded town: what a solver is asked on a busy day.

Decides who orders what, from which shop, to which door, and who rides.  Promises are
``dispatch.slots``' own, ways are those of the embedded streets.  The same arguments are
the same wave, on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Final

import numpy as np

from dispatch.adapters.town import OpenTown, open_town
from dispatch.core.civil import instant_at
from dispatch.core.places import Place
from dispatch.core.windows import TimeWindow, seconds_between
from dispatch.fleet.vehicles import TYPICAL, VehicleKind
from dispatch.orders.merchants import Merchant
from dispatch.routing.problem import Job, Problem, Vehicle, Visit, Weights
from dispatch.slots.calendar import Calendar
from dispatch.slots.express import express_envelope, express_slots
from dispatch.slots.promised import Promise
from dispatch.slots.service_levels import DEFAULT_PRESET, PRESETS, Mode
from geodata import load

TOWN: Final = "val_de_garonne"
#: A Tuesday with nothing special about it; a wave's second 0 is its nine o'clock.
DAY: Final = date(2026, 11, 24)
OPENS_MIN, CLOSES_MIN = 9 * 60, 20 * 60

#: Shares of orders: from two shops, for a later hour than the first one offered, to a door
#: in the other town.  First guesses, as in the demonstration day.
TWO_SHOPS: Final = 0.2
LATER_HOUR: Final = 0.3
OTHER_TOWN: Final = 0.1

#: Vehicles and shifts beyond the first two couriers, who ride all day, one in each town.
_KINDS: Final = {VehicleKind.BIKE: 2, VehicleKind.CARGO_BIKE: 3, VehicleKind.CAR: 2}
_SHIFTS_MIN: Final = ((540, 1170), (570, 810), (840, 1200), (600, 1200))
_COLD_PLACES: Final = 1_000

#: Lightest, heaviest and commonest parcel in grams; what is sold by the kilo weighs more.
_PARCEL_G: Final = (200, 5_000, 400)
_HEAVY_G: Final = (500, 12_000, 2_000)
_HEAVY_SECTORS: Final = ("hardware", "decoration", "food")
_CM3_PER_G: Final = 6

Load = tuple[int, int, int]


def town_wave(
    orders: int, couriers: int, seed: int, *, plain: bool = False, over_min: int = 8 * 60
) -> Problem:
    """Return a wave of *orders* orders for *couriers* couriers over both towns.

    Orders are asked during *over_min* minutes from nine o'clock on and promised within
    four hours, or in one hour of those four; loads count grams, cubic centimetres and
    cold places.

    plain : only what every engine we compare with can say: one shop an order, one opening
            of it, and the promise as a hard end.  Otherwise some orders have two pickups,
            shops close at noon, and a late parcel is priced until the day ends.

    Raises ``ValueError`` below one order or one courier.
    """
    if orders < 1 or couriers < 1:
        raise ValueError(f"a wave of {orders} orders and {couriers} couriers: at least one each")
    return _Draw(Random(f"{orders} {couriers} {seed}"), plain).wave(orders, couriers, over_min)


@dataclass(frozen=True, slots=True, eq=False)
class _Town:
    """The embedded town and where its customers may live, by INSEE code."""

    open: OpenTown
    shops: dict[str, list[Merchant]]
    doors: dict[str, list[Place]]
    bases: dict[str, list[Place]]


@cache
def _town() -> _Town:
    """Read the embedded town once; its two towns are those that have shops."""
    rows, town = load.town(TOWN), open_town(TOWN, Calendar())
    shops: dict[str, list[Merchant]] = {}
    for row in rows.merchants:
        if Mode.EXPRESS in row.modes:
            shops.setdefault(row.commune, []).append(town.territory.merchant(row.id))
    network = rows.network
    doors = {}
    for insee in shops:
        commune = next(n for n, c in enumerate(rows.communes) if c.insee == insee)
        nodes = np.unique(network.u[network.commune == commune])
        doors[insee] = [Place(float(network.lat_deg[n]), float(network.lon_deg[n])) for n in nodes]
    bases: dict[str, list[Place]] = {insee: [] for insee in shops}
    for courier in town.territory.couriers.values():
        bases[_nearest(courier.start, doors)].append(courier.start)
    return _Town(town, shops, doors, bases)


def _nearest(place: Place, doors: dict[str, list[Place]]) -> str:
    def away(insee: str) -> float:
        return min(
            abs(d.lat_deg - place.lat_deg) + abs(d.lon_deg - place.lon_deg) for d in doors[insee]
        )

    return min(sorted(doors), key=away)


class _Draw:
    """Draws one wave from one source of chance."""

    def __init__(self, dice: Random, plain: bool) -> None:
        self._dice, self._plain, self._town = dice, plain, _town()
        # The town with more shops has more customers and more couriers.
        self._towns = [insee for insee, shops in self._town.shops.items() for _ in shops]
        self._opens_at = instant_at(DAY, OPENS_MIN)
        self._day_ends_s = 60 * (CLOSES_MIN - OPENS_MIN)
        self._row: dict[Place, int] = {}

    def wave(self, orders: int, couriers: int, over_min: int) -> Problem:
        crew = tuple(self._courier(n) for n in range(couriers))
        jobs = tuple(self._order(n, over_min) for n in range(orders))
        places = list(self._row)
        streets = self._town.open.streets
        travel_s = tuple(streets.durations_s(places, kind.value) for kind in VehicleKind)
        return Problem(travel_s, crew, jobs, Weights())

    def _place(self, place: Place) -> int:
        return self._row.setdefault(Place(place.lat_deg, place.lon_deg), len(self._row))

    def _courier(self, n: int) -> Vehicle:
        """The first two ride all day, a car in the larger town and somebody in the other."""
        dice = self._dice
        towns = sorted(self._town.bases, key=lambda insee: -len(self._town.shops[insee]))
        insee = towns[n] if n < len(towns) else dice.choice(self._towns)
        kind = dice.choices(list(_KINDS), list(_KINDS.values()))[0] if n else VehicleKind.CAR
        from_min, until_min = dice.choice(_SHIFTS_MIN) if n >= len(towns) else _SHIFTS_MIN[0]
        base = self._place(dice.choice(self._town.bases[insee]))
        cold = kind is VehicleKind.CAR or dice.random() < 0.5
        typical = TYPICAL[kind]
        return Vehicle(
            vehicle_id=f"{kind}-{n}",
            start=base,
            end=base if dice.random() < 0.5 else None,
            from_s=60 * (from_min - OPENS_MIN),
            until_s=60 * (until_min - OPENS_MIN),
            capacity=(
                typical.max_weight_g,
                typical.max_volume_cm3,
                _COLD_PLACES if cold else 0,
            ),
            profile=list(VehicleKind).index(kind),
            travel_price=typical.travel_price,
        )

    def _order(self, n: int, over_min: int) -> Job:
        dice = self._dice
        insee = dice.choice(self._towns)
        others = [town for town in self._town.doors if town != insee]
        door = dice.choice(others) if others and dice.random() < OTHER_TOWN else insee
        drop_at = self._place(dice.choice(self._town.doors[door]))
        shops, promise = self._promised(insee, over_min)
        pickups = []
        for shop, pickup in zip(shops, promise.pickups, strict=True):
            windows = tuple(self._span_s(window) for window in pickup.windows)
            if self._plain:
                windows = (max(windows, key=lambda w: w[1] - w[0]),)
            service_s = dice.randrange(120, 301)
            place = self._place(shop.place)
            pickups.append(Visit(place, windows, service_s, self._load(shop)))
        return Job(f"order-{n}", tuple(pickups), self._drop(drop_at, promise, pickups))

    def _promised(self, insee: str, over_min: int) -> tuple[list[Merchant], Promise]:
        """Ask shops at random instants until one of them can promise."""
        dice, level = self._dice, PRESETS[DEFAULT_PRESET][Mode.EXPRESS]
        while True:
            count = 2 if dice.random() < TWO_SHOPS and not self._plain else 1
            shops = dice.sample(self._town.shops[insee], count)
            asked_at = self._opens_at + timedelta(minutes=dice.randrange(over_min))
            promise = express_envelope([shop.shop for shop in shops], asked_at, level)
            if not isinstance(promise, Promise):
                continue
            hours = express_slots(promise, level)
            if hours and dice.random() < LATER_HOUR:
                promise = dice.choice(hours)
            if all(pickup.windows for pickup in promise.pickups):
                return shops, promise

    def _drop(self, place: int, promise: Promise, pickups: list[Visit]) -> Visit:
        service_s = self._dice.randrange(120, 361)
        first_s, due_s = self._span_s(promise.window)
        # The door must be reached early enough to hand over before the window closes.
        due_s = max(first_s, due_s - service_s)
        load = tuple(sum(amounts) for amounts in zip(*(p.load for p in pickups), strict=True))
        if self._plain:
            return Visit(place, ((first_s, due_s),), service_s, load)
        return Visit(place, ((first_s, self._day_ends_s),), service_s, load, due_s)

    def _load(self, shop: Merchant) -> Load:
        low_g, high_g, common_g = _HEAVY_G if shop.sector in _HEAVY_SECTORS else _PARCEL_G
        grams = round(self._dice.triangular(low_g, high_g, common_g))
        return grams, grams * _CM3_PER_G, int(shop.cold)

    def _span_s(self, window: TimeWindow) -> tuple[int, int]:
        """A window in seconds of the wave, both ends included."""
        return self._since_s(window.opens_at), self._since_s(window.closes_at) - 1

    def _since_s(self, at: datetime) -> int:
        return max(0, seconds_between(self._opens_at, at))
