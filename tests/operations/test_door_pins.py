"""A courier at the door puts it right; the next quote rides there; the planner may undo it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import pytest

from dispatch.core.errors import Forbidden, Invalid, NotFound
from dispatch.core.ids import CourierId
from dispatch.core.places import METRES_PER_DEGREE, Place, crow_m
from dispatch.demo.doorsteps import Doorsteps
from dispatch.operations.book import BookRequest, book
from dispatch.operations.door_pins import Correction, DoorTap, corrections, decide_door, keep_door
from dispatch.operations.locate import locate
from dispatch.operations.manifest import ManifestStop, courier_day
from dispatch.operations.ports import Ports
from dispatch.operations.quote import quote
from dispatch.operations.run_wave import wave_by_hand
from dispatch.orders.quotes import Doorstep
from dispatch.slots.service_levels import Mode
from dispatch.tracking.door_pins import DoorPin, PinState
from dispatch.tracking.tours import StopKind
from geodata import load
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of
from tests.fakes.town import express_shops


@dataclass(frozen=True)
class Road:
    """A courier before the door of the day's one order."""

    ports: Ports
    courier_id: CourierId
    door: ManifestStop
    shop: ManifestStop

    def tap(self, tap_id: str = "tap-1", north_m: float = 80, **changes: object) -> DoorTap:
        tap = DoorTap(
            tap_id,
            self.door.tour_id,
            self.door.stop.stop_id,
            self.north(north_m),
            8.0,
            self.ports.clock.now(),
        )
        return replace(tap, **changes)  # type: ignore[arg-type]

    def north(self, metres: float) -> Place:
        place = self.door.place
        return Place(place.lat_deg + metres / METRES_PER_DEGREE, place.lon_deg)

    def keep(self, tap_id: str = "tap-1", north_m: float = 80, **changes: object) -> DoorPin:
        return keep_door(self.tap(tap_id, north_m, **changes), self.courier_id, self.ports)

    @property
    def address(self) -> str:
        return self.door.address

    def doorstep(self, address: str | None = None, point: Place | None = None) -> Place:
        """Where the next quote for the address rides to."""
        found = locate(self.address if address is None else address, point, self.ports)
        assert isinstance(found, Doorstep)
        return found.place


@pytest.fixture
def road(ports: Ports) -> Road:
    shop = ports.territory.merchant(express_shops(ports)[0])
    doors = Doorsteps(load.town(ports.territory.name))
    return on_the_road(doors.near(shop.place, Random(7), reach_m=400), ports)


def on_the_road(address: str, ports: Ports) -> Road:
    """One order to *address*, handed out: its courier is on the way."""
    shop_id = express_shops(ports)[0]
    doorstep = locate(address, None, ports)
    assert isinstance(doorstep, Doorstep)
    offer = quote(replace(an_order(ports, shop_id), deliver_to=doorstep), SHOP, ports)
    option = next(o for o in offer.options if o.mode is Mode.EXPRESS and o.offered)
    book(BookRequest(offer.quote_id, option.option_id, CUSTOMER), SHOP, ports)
    wave_by_hand(ports)
    for courier_id in ports.territory.couriers:
        stops = courier_day(courier_id, ports).open_stops
        mine = [item for item in stops if item.stop.quote_id == offer.quote_id]
        if mine:
            shop, door = sorted(mine, key=lambda item: item.stop.kind is StopKind.DROP)
            return Road(ports, courier_id, door, shop)
    raise AssertionError("no courier has the order")


def states(found: Sequence[Correction]) -> list[tuple[str, PinState, bool]]:
    return [(one.pin.pin_id, one.pin.state, one.wins) for one in found]


def test_the_next_quote_rides_to_the_door_that_was_put_right(road: Road) -> None:
    pin = road.keep()
    assert (pin.state, pin.away_m) == (PinState.KEPT, 80)
    street, town = road.address.split(",")
    for address in (road.address, f"{street.upper()}, 3e étage,{town}"):
        assert crow_m(road.doorstep(address), road.north(80)) < 1


def test_it_wins_over_a_point_beside_it_and_not_over_one_elsewhere(road: Road) -> None:
    road.keep()
    assert crow_m(road.doorstep(point=road.door.place), road.north(80)) < 1
    elsewhere = road.north(900)
    assert road.doorstep("", elsewhere) == elsewhere
    found = locate(road.address, elsewhere, road.ports)
    assert not isinstance(found, Doorstep) or found.place == elsewhere


def test_a_tap_sent_twice_is_one_correction(road: Road) -> None:
    first = road.keep()
    clock_of(road.ports).advance(minutes=5)
    assert road.keep(north_m=120) == first
    assert len(corrections(road.ports)) == 1


def test_a_vague_position_is_refused_and_says_so(road: Road) -> None:
    with pytest.raises(Invalid, match="good to 51 m is not a door") as why:
        road.keep(accuracy_m=51.0)
    assert why.value.facts["reason"] == "position_inexact"
    assert corrections(road.ports) == ()
    assert road.keep(accuracy_m=50.0).state is PinState.KEPT


def test_a_door_far_from_the_known_one_waits_for_the_planner(road: Road) -> None:
    before = locate(road.address, None, road.ports)
    pin = road.keep(north_m=350)
    assert (pin.state, pin.decided_at) == (PinState.ASKED, None)
    assert locate(road.address, None, road.ports) == before
    decide_door(pin.pin_id, True, road.ports)
    assert crow_m(road.doorstep(), road.north(350)) < 1


def test_a_door_does_not_wander_off_in_small_steps(road: Road) -> None:
    road.keep("tap-1", 250)
    pin = road.keep("tap-2", 450)
    assert (pin.state, pin.away_m) == (PinState.ASKED, 450)


def test_nor_from_one_order_to_the_next(road: Road) -> None:
    road.keep("tap-1", 250)
    again = on_the_road(road.address, road.ports)
    assert crow_m(again.door.place, road.north(250)) < 1
    pin = again.keep("tap-2", 200)
    assert (pin.state, pin.away_m) == (PinState.ASKED, 450)


def test_undone_the_door_before_counts_again(road: Road) -> None:
    known = locate(road.address, None, road.ports)
    road.keep("tap-1", 60)
    clock_of(road.ports).advance(minutes=1)
    road.keep("tap-2", 90)
    assert states(corrections(road.ports)) == [
        ("tap-2", PinState.KEPT, True),
        ("tap-1", PinState.KEPT, False),
    ]
    decide_door("tap-2", False, road.ports)
    assert crow_m(road.doorstep(), road.north(60)) < 1
    decide_door("tap-1", False, road.ports)
    assert locate(road.address, None, road.ports) == known


def test_the_planner_reads_where_who_and_what_to_confirm_first(road: Road) -> None:
    road.keep("tap-1", 400)
    road.keep("tap-2", 80)
    first, second = corrections(road.ports)
    assert (first.pin.pin_id, first.address) == ("tap-1", road.address)
    assert first.courier == road.ports.territory.courier(road.courier_id).name
    assert second.pin.pin_id == "tap-2"


def test_a_phone_whose_clock_runs_ahead_has_not_seen_the_future(road: Road) -> None:
    now = road.ports.clock.now()
    assert road.keep(at_device=now.replace(year=2027)).at == now


def test_only_a_doorstep_of_ones_own_tour_is_put_right(road: Road) -> None:
    other = next(c for c in road.ports.territory.couriers if c != road.courier_id)
    with pytest.raises(Forbidden):
        keep_door(road.tap(), other, road.ports)
    with pytest.raises(NotFound):
        road.keep(stop_id="nothing")
    with pytest.raises(Invalid) as why:
        road.keep(stop_id=road.shop.stop.stop_id)
    assert why.value.facts["reason"] == "not_a_door"
    with pytest.raises(NotFound):
        decide_door("nothing", True, road.ports)


def test_an_order_without_a_written_address_has_no_door_to_put_right(road: Road) -> None:
    with pytest.raises(Invalid) as why:
        keep_door(road.tap(), road.courier_id, replace(road.ports, address_key=lambda _: ""))
    assert why.value.facts["reason"] == "no_address"
