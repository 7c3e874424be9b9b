"""A whole house for tests: the embedded town, an empty store, a stopped clock."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from dispatch.adapters.geocoder.composed import TownGeocoder
from dispatch.adapters.geocoder.reading import address_key
from dispatch.adapters.storage.door_pins import StoredDoorPins
from dispatch.adapters.storage.store import memory_store
from dispatch.adapters.town import OpenTown, open_town
from dispatch.core.ids import MerchantId, StorefrontId
from dispatch.core.places import Place
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.parameters import Parameters, WaveParameters
from dispatch.operations.ports import Ports, Store
from dispatch.orders.bookings import Customer
from dispatch.orders.quotes import Doorstep, Line, OrderRequest
from dispatch.routing.solvers import greedy
from dispatch.slots.calendar import Calendar
from tests.fakes.plugs import CountedIds, StoppedClock

SHOP = StorefrontId("sf_test")
#: A Tuesday with nothing special about it.
TUESDAY_AT_TEN = "2026-11-24T10:00+01:00"

CUSTOMER = Customer("Camille Essai", "+33639980042", "camille@example.org")


@cache
def embedded_town() -> OpenTown:
    """The embedded town, read once for all tests."""
    return open_town("val_de_garonne", Calendar())


def house(
    clock: str = TUESDAY_AT_TEN, parameters: Parameters | None = None, store: Store | None = None
) -> Ports:
    """Return ports on the embedded town; it has waves, and they are greedy: quick and repeatable.

    store : default: a new one in memory
    """
    town = embedded_town()
    store = store or memory_store()
    return Ports(
        clock=StoppedClock(clock),
        ids=CountedIds(),
        store=store,
        streets=town.streets,
        geocoder=TownGeocoder(town.geocoder, pins=StoredDoorPins(store)),
        solver=greedy.solve,
        territory=town.territory,
        parameters=parameters
        or replace(
            Parameters(),
            waves=WaveParameters(budget_s=1.0, engine="greedy"),
            dispatching=DispatchRules(policy="waves"),
        ),
        address_key=address_key,
    )


def clock_of(ports: Ports) -> StoppedClock:
    """The clock of a test house, with its handles."""
    assert isinstance(ports.clock, StoppedClock)
    return ports.clock


def near(place: Place, *, north: float = 0.002, east: float = 0.002) -> Place:
    """A doorstep some 250 m from *place*."""
    return Place(place.lat_deg + north, place.lon_deg + east)


def an_order(ports: Ports, *merchant_ids: str, to: Place | None = None) -> OrderRequest:
    """One parcel of 1 kg from each merchant, to a door near the first."""
    merchants = [ports.territory.merchant(merchant_id) for merchant_id in merchant_ids]
    door = to or near(merchants[0].place)
    return OrderRequest(
        lines=tuple(
            Line(MerchantId(m), items_value_cents=3000, weight_g=1000, volume_cm3=8000)
            for m in merchant_ids
        ),
        deliver_to=Doorstep(door, "12 Rue schématique 1, 47200 Marmande", "2e étage"),
    )
