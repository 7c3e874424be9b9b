"""The made-up town behind the demonstration: off the plan, and always by the same habits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest

from dispatch.core.errors import StreetsUnavailable
from dispatch.core.places import Place
from dispatch.demo.world import Way, World
from dispatch.fleet.vehicles import VehicleKind
from dispatch.operations.calibration import Calibration, Lesson, Subject
from tests.operations.drawn import TOWN, drawn_house

BIKE, CARGO, CAR = VehicleKind.BIKE, VehicleKind.CARGO_BIKE, VehicleKind.CAR
D, B = TOWN["D"], TOWN["B"]  # two minutes apart
DAY = date(2026, 11, 24)


def stop(kind: str = "pickup", who: str = "B", note: str = "") -> dict[str, Any]:
    return {"kind": kind, "who": who, "address": "12 Rue", "note": note}


def test_ways_are_off_the_plan_by_vehicle() -> None:
    world = World(drawn_house(), 1)
    takes = {kind: world.way_s(D, B, kind).takes_s for kind in VehicleKind}
    assert takes[CAR] < 120 < takes[BIKE] < takes[CARGO]
    assert {world.way_s(D, B, kind).forecast_s for kind in VehicleKind} == {120}


def test_shops_have_habits_of_their_own_the_same_for_one_seed_and_others_for_another() -> None:
    ports = drawn_house()
    stays = [[World(ports, seed).stay_s(stop(who=who)) for who in "BF"] for seed in (1, 1, 2)]
    assert stays[0] == stays[1]
    assert len({*stays[0], *stays[2]}) == 4


def test_a_flat_takes_longer_than_a_house() -> None:
    world = World(drawn_house(), 1)
    house, flat = (world.stay_s(stop("drop", note=note)) for note in ("", "2e étage"))
    assert house < drawn_house().parameters.service_times.drop_s < flat


def test_each_single_ride_and_stay_has_its_luck_and_a_seed_repeats_it() -> None:
    courier = next(iter(drawn_house().territory.couriers.values()))

    def ridden(seed: int) -> list[float]:
        road = World(drawn_house(), 1).road(courier, Random(seed))
        there = road.way_to(B).takes_s
        road.arrive(B)
        back = road.way_to(D).takes_s
        return [there, road.stay_s(stop()), back]

    assert ridden(7) == ridden(7) != ridden(8)
    assert ridden(7)[0] != ridden(7)[2]


def test_the_town_does_not_change_with_what_is_learnt_only_the_forecast_does() -> None:
    ports = drawn_house()
    before = World(ports, 1).way_s(D, B, BIKE)
    lesson = Lesson(Subject.WAYS, "bike", 20, 1.5)
    taught = Calibration("cal_1", DAY, DAY, 20, (lesson,), datetime(2026, 11, 24, 9, tzinfo=UTC))
    with ports.store.writing() as tx:
        tx.add_calibration(taught)
    after = World(ports, 1).way_s(D, B, BIKE)
    assert (after.forecast_s, after.takes_s) == (180, before.takes_s)


def test_where_nobody_tells_the_way_the_forecast_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = drawn_house()

    def silent(*_: object, **__: object) -> None:
        raise StreetsUnavailable("nobody answers")

    monkeypatch.setattr(type(ports.streets), "durations_s", silent)
    courier = next(iter(ports.territory.couriers.values()))
    assert World(ports, 1).road(courier, Random(1)).way_to(Place(44.5, 0.16)) == Way(0.0, 0.0)
