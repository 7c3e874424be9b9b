"""How long an edge takes: 1000 m, so that seconds are 3600 / km/h."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from dispatch.streets.arrays import (
    BIKE_BACK,
    BIKE_THERE,
    CAR_BACK,
    CAR_THERE,
    LINK,
    NO_THROUGH,
    PUSHED,
    STEPS,
    URBAN,
)
from dispatch.streets.network import StreetNetwork
from dispatch.streets.profiles import BIKE, CAR, CARGO_BIKE, FOOT, Profile, Unsigned
from dispatch.streets.slices import Slice
from dispatch.streets.speeds import LONGEST_EDGE_MS, edge_times
from tests.streets.drawing import EVERYBODY, Street, at, draw


def kmh(street: Street, profile: Profile, during: Slice | None = None) -> float | None:
    """What *profile* drives over *street*, from u to v; None where it may not."""
    arrays = draw([(0, 0), (1000, 0)], [replace(street, length_m=1000.0)])
    times = edge_times(arrays, profile, during)
    return round(3_600_000 / int(times.there_ms[0]), 1) if times.there[0] else None


@pytest.mark.parametrize(
    ("street", "car", "bike"),
    [
        (Street(0, 1, "residential"), 25, 16),
        (Street(0, 1, "motorway"), 90, None),
        (Street(0, 1, "path"), None, 14),
        # A sign is believed: eight tenths of it, as measured by OSRM.
        (Street(0, 1, "residential", signed_kmh=30), 24, 16),
        (Street(0, 1, "secondary", signed_kmh=90), 72, 16),
        # Without a sign the law's limit holds: 50 in town, 80 outside.
        (Street(0, 1, "primary", kind=URBAN), 40, 16),
        (Street(0, 1, "primary"), 64, 16),
        (Street(0, 1, "secondary"), 55, 16),
        # A lane in the country is not a lane in town.
        (Street(0, 1, "unclassified"), 40, 16),
        (Street(0, 1, "unclassified", kind=URBAN), 25, 16),
        (Street(0, 1, "primary", kind=LINK), 30, 16),
        (Street(0, 1, "tertiary", surface="cobbles"), 30, 10),
        (Street(0, 1, "tertiary", surface="soil"), 20, 6),
        (Street(0, 1, "residential", surface="paved"), 25, 16),
        (Street(0, 1, "path", kind=PUSHED), None, 4),
        (Street(0, 1, "path", kind=STEPS), None, None),
        (Street(0, 1, "residential", access=BIKE_THERE | BIKE_BACK), None, 16),
        (Street(0, 1, "residential", access=CAR_BACK), None, None),
        (Street(0, 1, "residential", limit_kg=2_000), None, 16),
        (Street(0, 1, "residential", limit_kg=3_500), 25, 16),
    ],
)
def test_a_street_is_as_fast_as_class_sign_surface_and_vehicle_let_it_be(
    street: Street, car: float | None, bike: float | None
) -> None:
    assert kmh(street, CAR) == car
    assert kmh(street, BIKE) == bike


def test_without_a_sign_the_class_alone_may_count_and_a_sign_is_believed_all_the_same() -> None:
    by_class = replace(CAR, unsigned="class")
    main = Street(0, 1, "primary", kind=URBAN)
    assert (kmh(main, CAR), kmh(main, by_class)) == (40, 65)
    assert kmh(replace(main, signed_kmh=50), by_class) == 40
    town = draw([(0, 0), (1000, 0)], [main])
    ends = [at(1, 0), at(999, 0)]
    took_s = [
        StreetNetwork(town, unsigned=unsigned).durations_s(ends, "car")[0, 1]
        for unsigned in get_args(Unsigned)
    ]
    assert took_s == [90, 56]  # 998 m at 40 and at 65 km/h


def test_who_walks_takes_steps_slowly_and_knows_no_signs() -> None:
    assert kmh(Street(0, 1, "path", kind=STEPS), FOOT) == 2.5
    assert kmh(Street(0, 1, "residential", signed_kmh=30), FOOT) == 5
    assert kmh(Street(0, 1, "path", kind=PUSHED), FOOT) == 5


def test_a_loaded_cargo_bike_is_pushed_slower_than_a_bike() -> None:
    assert kmh(Street(0, 1, "path", kind=PUSHED), CARGO_BIKE) == 3


def test_each_direction_has_its_own_sign_and_its_own_permission() -> None:
    arrays = draw([(0, 0), (1000, 0)], [Street(0, 1, "tertiary", access=EVERYBODY & ~BIKE_BACK)])
    arrays = replace(arrays, limit_back_kmh=arrays.limit_there_kmh + 90)
    times = edge_times(arrays, CAR)
    assert (times.there_ms[0], times.back_ms[0]) == (80_000, 50_000)  # 45 km/h, 72 km/h
    bikes = edge_times(arrays, BIKE)
    assert (bool(bikes.there[0]), bool(bikes.back[0])) == (True, False)


def test_a_ferry_takes_what_its_timetable_says() -> None:
    for profile in (CAR, BIKE, FOOT):
        assert kmh(Street(0, 1, "ferry", fixed_s=600), profile) == 6
    assert kmh(Street(0, 1, "ferry"), CAR) == 5


def test_an_edge_of_no_length_takes_a_moment_and_none_takes_a_day() -> None:
    arrays = draw([(0, 0), (0, 0)], [Street(0, 1), replace(Street(0, 1, "path"), length_m=1e9)])
    assert edge_times(arrays, FOOT).there_ms.tolist() == [1, LONGEST_EDGE_MS]


def test_streets_closed_to_through_traffic_are_open_to_who_walks() -> None:
    arrays = draw([(0, 0), (1000, 0)], [Street(0, 1, kind=NO_THROUGH)])
    assert [bool(edge_times(arrays, one).no_through[0]) for one in (CAR, BIKE, FOOT)] == [
        True,
        True,
        False,
    ]


def test_in_the_rush_hour_main_roads_take_longer_for_motors_only() -> None:
    rush = Slice("evening", 17 * 60, 19 * 60, {"primary": 1.6})
    main, side = Street(0, 1, "primary"), Street(0, 1, "residential")
    assert (kmh(main, CAR, rush), kmh(side, CAR, rush), kmh(main, BIKE, rush)) == (40, 25, 16)
    wind = replace(rush, motor_only=False)
    assert kmh(main, BIKE, wind) == 10
    assert kmh(Street(0, 1, "ferry", fixed_s=600), CAR, rush) == 6


def test_access_has_a_bit_for_each_direction() -> None:
    assert (CAR.there, CAR.back) == (CAR_THERE, CAR_BACK)
    assert BIKE.there == CARGO_BIKE.there == BIKE_THERE
