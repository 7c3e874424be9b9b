"""The world as it is: its own luck, the same whoever asks."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import pytest

from dispatch.core.ids import QuoteId
from dispatch.fleet.vehicles import VehicleKind
from dispatch.replay.world import AS_PLANNED, Habits, World
from dispatch.tracking.tours import Stop, StopKind
from tests.fakes.house import house
from tests.replay.small_days import PLAIN

PORTS = house()
LEA, MALIK = (PORTS.territory.courier(name) for name in ("c_lea", "c_malik"))
HOME = LEA.start
SHOP = next(iter(PORTS.territory.merchants.values()))


def world(habits: Habits = AS_PLANNED, *, seed: int = 1, rain: bool = False) -> World:
    return World(habits, PORTS.streets, PLAIN.service_times, seed=seed, rain=rain)


def stop(kind: StopKind) -> Stop:
    shop = SHOP.merchant_id
    return Stop("qte_1:0", QuoteId("qte_1"), kind, SHOP.place, (), 0, (0, 0, 0), merchant_id=shop)


def test_as_planned_ways_and_stays_take_what_is_said() -> None:
    said_s = int(PORTS.streets.durations_s([HOME], "cargo_bike", to=[SHOP.place])[0, 0])
    assert world().way_s(LEA, HOME, SHOP.place, "1:0") == said_s
    assert world().stay_s(stop(StopKind.PICKUP), flat=False, name="1:0") == 120
    assert world().stay_s(stop(StopKind.DROP), flat=True, name="1:1") == 180


def test_luck_hangs_on_what_happens_and_on_the_day() -> None:
    habits = replace(AS_PLANNED, way_luck=0.3)
    here = world(habits)
    assert here.way_luck("1:0") == world(habits).way_luck("1:0")
    assert here.way_luck("1:0") != here.way_luck("1:1")
    assert here.way_luck("1:0") != world(habits, seed=2).way_luck("1:0")


def test_a_slow_vehicle_is_slow_and_rain_slows_it_more() -> None:
    slow = replace(
        AS_PLANNED,
        ways=dict.fromkeys(VehicleKind, 1.0) | {VehicleKind.CARGO_BIKE: 2.0},
        wet=dict.fromkeys(VehicleKind, 1.0) | {VehicleKind.CARGO_BIKE: 1.5},
    )
    assert (world(slow).pace(LEA), world(slow).pace(MALIK)) == (2.0, 1.0)
    assert world(slow, rain=True).pace(LEA) == 3.0


def test_typical_luck_is_none_at_all() -> None:
    here = world(Habits())
    assert median(here.way_luck(f"{n}:1") for n in range(400)) == pytest.approx(1.0, abs=0.05)


def test_a_flat_takes_longer_than_a_house() -> None:
    here, door = world(replace(Habits(), stay_luck=0.0)), stop(StopKind.DROP)
    in_flat, in_house = (here.stay_s(door, flat=flat, name="1:1") for flat in (True, False))
    assert in_flat > in_house


def test_a_shop_has_its_habits_on_every_day() -> None:
    habits = replace(Habits(), stay_luck=0.0)
    counter = stop(StopKind.PICKUP)
    one, other = (
        world(habits, seed=seed).stay_s(counter, flat=False, name="1:0") for seed in (1, 2)
    )
    assert one == other


def test_habits_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="factor is not positive"):
        replace(AS_PLANNED, ways={VehicleKind.CAR: 0.0})
    with pytest.raises(ValueError, match="way_luck is out of 0 to 2"):
        replace(AS_PLANNED, way_luck=3.0)
