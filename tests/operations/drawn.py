"""A house in a drawn town: shops, couriers and hours as a test needs them.

::

    D . B . F . . x        one cell = one minute; D: the depot, B, F: shops,
    . . . . . . . y        x, y: doors
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from dispatch.adapters.storage.store import memory_store
from dispatch.core.ids import CourierId, MerchantId, QuoteId, ShipmentId
from dispatch.core.places import Place
from dispatch.core.windows import TimeWindow
from dispatch.fleet.couriers import Courier
from dispatch.fleet.vehicles import Vehicle, VehicleKind
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.parameters import Parameters, ServiceTimes, WaveParameters
from dispatch.operations.ports import Ports, Store
from dispatch.operations.standing import tours_of
from dispatch.operations.territory import Territory
from dispatch.orders.merchants import Merchant
from dispatch.routing.solvers import greedy
from dispatch.slots.calendar import OpeningHours
from dispatch.slots.shops import Shop
from dispatch.tracking.tours import Stop, StopKind, Tour
from tests.fakes.plugs import CountedIds, DrawnTown, KnownAddresses, StoppedClock

TOWN = DrawnTown("""
D . B . F . . x
. . . . . . . y
""")
ALL_WEEK = "Mo-Su 09:00-19:00"
TEN = datetime(2026, 11, 24, 9, tzinfo=UTC)  # on the wall: 10:00, a Tuesday
_AREA = (((44.4, 0.1), (44.6, 0.1), (44.6, 0.3), (44.4, 0.3)),)


def at(minute: float) -> datetime:
    """The instant *minute* minutes after ten."""
    return TEN + timedelta(minutes=minute)


def courier(
    name: str = "anna",
    shift: str = ALL_WEEK,
    *,
    carries_g: int = 10_000,
    cold: bool = False,
    end: Place | None = None,
) -> Courier:
    vehicle = Vehicle(VehicleKind.BIKE, carries_g, 100_000, cold, 100.0)
    return Courier(CourierId(name), name, "+33639980001", vehicle, shift, TOWN["D"], end)


def merchant(letter: str, hours: str = ALL_WEEK, *, preparation_min: int = 0) -> Merchant:
    """The shop of that letter in the drawing."""
    shop = Shop(MerchantId(letter), OpeningHours(hours), preparation_min)
    return Merchant(shop.merchant_id, letter, "any", TOWN[letter], "", "+33536490001", shop)


def territory(*couriers: Courier, hours: Mapping[str, str] = MappingProxyType({})) -> Territory:
    """The shops B and F, and the couriers; without one given, Anna."""
    shops = [merchant(letter, hours.get(letter, ALL_WEEK)) for letter in "BF"]
    crew = couriers or (courier(),)
    return Territory(
        name="drawn",
        title="Drawn",
        merchants={m.merchant_id: m for m in shops},
        couriers={c.courier_id: c for c in crew},
        area=_AREA,
        schematic=True,
        notice_fr="",
        notice_en="",
        attribution="",
    )


def drawn_house(
    land: Territory | None = None,
    now: datetime = TEN,
    parameters: Parameters | None = None,
    store: Store | None = None,
) -> Ports:
    """Ports on the drawn town, with a store in memory; pickups take one minute, drops two."""
    return Ports(
        clock=StoppedClock(now.isoformat()),
        ids=CountedIds(),
        store=store or memory_store(),
        streets=TOWN,
        geocoder=KnownAddresses(),
        solver=greedy.solve,
        territory=land or territory(),
        parameters=parameters
        or replace(
            Parameters(),
            waves=WaveParameters(budget_s=1.0, engine="greedy"),
            dispatching=DispatchRules(policy="waves"),
            service_times=ServiceTimes(pickup_s=60, drop_s=120),
        ),
    )


def order(
    name: str,
    *shops: str,
    to: str = "x",
    weight_g: int = 1000,
    open_until: float = 540,
    due: float | None = None,
    published: float | None = None,
) -> tuple[Stop, ...]:
    """An order of one parcel a shop, as stops: each pickup, then the door.

    open_until, due, published : minutes after ten; *published* None: booked only
    """
    published_at = None if published is None else at(published)
    pickups = [
        Stop(
            f"{name}:{n}",
            QuoteId(name),
            StopKind.PICKUP,
            TOWN[letter],
            (TimeWindow(at(-60), at(open_until)),),
            60,
            (weight_g, 0, 0),
            merchant_id=MerchantId(letter),
            shipment_ids=(ShipmentId(f"{name}-{letter}"),),
            published_at=published_at,
        )
        for n, letter in enumerate(shops)
    ]
    drop = Stop(
        f"{name}:{len(pickups)}",
        QuoteId(name),
        StopKind.DROP,
        TOWN[to],
        (TimeWindow(at(-60), at(840)),),
        120,
        (weight_g * len(pickups), 0, 0),
        due_at=None if due is None else at(due),
        shipment_ids=tuple(i for p in pickups for i in p.shipment_ids),
        published_at=published_at,
    )
    return (*pickups, drop)


def tours_today(ports: Ports) -> tuple[Tour, ...]:
    with ports.store.reading() as tx:
        return tours_of(tx, TEN.date(), ports)


def with_stops(tour: Tour, *orders: tuple[Stop, ...]) -> Tour:
    return replace(tour, stops=(*tour.stops, *(stop for order in orders for stop in order)))
