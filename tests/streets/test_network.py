"""On a residential street a bike rides 250 m in a minute and a car in 36 s.

::

    3 ─── 2      the block: 250 m a side
    │     │
    0 ─── 1
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from dispatch.core.errors import Invalid
from dispatch.core.places import UNREACHABLE_S, Place
from dispatch.streets.network import StreetNetwork
from tests.streets.drawing import Street, at, draw

CORNERS = [(0, 0), (250, 0), (250, 250), (0, 250)]
BLOCK = [Street(0, 1), Street(1, 2), Street(2, 3), Street(3, 0)]
ONE_WAY_BLOCK = [replace(street, oneway=True) for street in BLOCK]


def bike_s(town: StreetNetwork, a: Place, b: Place) -> int:
    return int(town.durations_s([a, b], "bike")[0, 1])


@pytest.fixture
def block() -> StreetNetwork:
    return StreetNetwork(draw(CORNERS, BLOCK))


@pytest.fixture
def one_way_block() -> StreetNetwork:
    return StreetNetwork(draw(CORNERS, ONE_WAY_BLOCK))


def test_a_matrix_is_read_from_row_to_column(one_way_block: StreetNetwork) -> None:
    matrix = one_way_block.durations_s([at(0, 0), at(250, 0), at(250, 250)], "bike")
    assert matrix.dtype == np.int64
    assert matrix.tolist() == [[0, 60, 120], [180, 0, 60], [120, 180, 0]]


def test_each_vehicle_has_its_own_pace(block: StreetNetwork) -> None:
    trip = [at(0, 0), at(250, 0)]
    assert block.durations_s(trip, "car")[0, 1] == 36
    assert block.durations_s(trip, "bike")[0, 1] == 60
    assert block.durations_s(trip, "cargo_bike")[0, 1] == 53  # 17 km/h: 52.9 s, rounded up


def test_a_door_in_mid_street_is_not_moved_to_the_corner(block: StreetNetwork) -> None:
    assert bike_s(block, at(125, 0), at(250, 0)) == 30
    assert bike_s(block, at(250, 0), at(125, 0)) == 30


def test_the_walk_from_the_kerb_counts_at_both_doors(block: StreetNetwork) -> None:
    # 25 m at 5 km/h is 18 s.
    assert bike_s(block, at(0, -25), at(250, -25)) == 18 + 60 + 18


def test_two_doors_of_one_street_are_joined_directly(block: StreetNetwork) -> None:
    assert bike_s(block, at(50, 0), at(175, 0)) == 30
    assert bike_s(block, at(175, 0), at(50, 0)) == 30


def test_going_back_up_a_one_way_street_means_going_round(one_way_block: StreetNetwork) -> None:
    assert bike_s(one_way_block, at(50, 0), at(175, 0)) == 30
    assert bike_s(one_way_block, at(175, 0), at(50, 0)) == 210


def test_a_longer_curve_beats_no_straight_line(block: StreetNetwork) -> None:
    curved = StreetNetwork(draw([(0, 0), (250, 0)], [Street(0, 1, length_m=500)]))
    assert bike_s(curved, at(0, 0), at(250, 0)) == 120
    assert curved.distances_m([at(0, 0), at(125, 0)], "bike")[0, 1] == 250


def test_of_two_parallel_streets_the_faster_is_taken_and_measured() -> None:
    # 600 m at 15 km/h (144 s) against 1300 m at 64 km/h (73 s).
    town = StreetNetwork(
        draw(
            [(0, 0), (600, 0), (-100, 0), (700, 0)],
            [
                Street(0, 1, "service"),
                Street(0, 1, "primary", length_m=1300),
                Street(2, 0, "primary"),
                Street(1, 3, "primary"),
            ],
        )
    )
    trip = [at(-50, 0), at(650, 0)]
    assert town.durations_s(trip, "car")[0, 1] == 79  # 73.1 + 100 m at 64 km/h
    assert town.distances_m(trip, "car").tolist() == [[0, 1400], [1400, 0]]
    assert town.distances_m(trip, "bike")[0, 1] == 700


def test_where_no_road_leads_no_number_is_made_up() -> None:
    town = StreetNetwork(
        draw([(0, 0), (250, 0), (0, 400), (250, 400)], [Street(0, 1), Street(2, 3)]),
        smallest_part=1,
    )
    banks = [at(0, 0), at(0, 400)]
    assert town.durations_s(banks, "car").tolist() == [[0, UNREACHABLE_S], [UNREACHABLE_S, 0]]
    assert town.distances_m(banks, "car").tolist() == [[0, UNREACHABLE_S], [UNREACHABLE_S, 0]]
    assert town.path(banks[0], banks[1], "car") == ()


def test_a_place_far_from_any_street_is_refused_with_its_distance(block: StreetNetwork) -> None:
    assert block.snap_m(at(100, -499)) == pytest.approx(499)
    with pytest.raises(Invalid, match="600 m from the nearest street; at most 500 m") as refused:
        block.durations_s([at(0, 0), at(100, -600)], "car")
    assert refused.value.facts == {"away_m": 600, "limit_m": 500}
    with pytest.raises(Invalid):
        block.snap_m(at(100, -600))
    assert block.contains(at(100, -499))
    assert not block.contains(at(100, -501))


def test_an_unknown_profile_lists_the_known_ones(block: StreetNetwork) -> None:
    with pytest.raises(Invalid, match="'tank'; known: car, cargo_bike, bike, foot") as refused:
        block.durations_s([at(0, 0)], "tank")
    assert refused.value.field == "profile"


def test_nobody_is_delivered_from_the_motorway() -> None:
    town = StreetNetwork(
        draw([(0, 0), (500, 0), (0, 100), (500, 100)], [Street(0, 1, "motorway"), Street(2, 3)]),
        smallest_part=1,
    )
    assert town.snap_m(at(100, 10)) == pytest.approx(90)


def test_a_bike_keeps_off_the_trunk_road_and_a_car_off_the_path() -> None:
    town = StreetNetwork(
        draw([(0, 0), (250, 0)], [Street(0, 1, "trunk", length_m=300), Street(0, 1, "path")])
    )
    assert town.distances_m([at(0, 0), at(250, 0)], "car")[0, 1] == 300
    assert town.distances_m([at(0, 0), at(250, 0)], "bike")[0, 1] == 250


def test_a_town_without_streets_for_a_vehicle_says_so() -> None:
    town = StreetNetwork(draw([(0, 0), (250, 0)], [Street(0, 1, "path")]))
    with pytest.raises(Invalid, match="no street for the profile 'car'"):
        town.durations_s([at(0, 0)], "car")
    assert not town.contains(at(0, 0))


def test_a_van_goes_round_a_bridge_too_weak_for_it() -> None:
    town = StreetNetwork(draw(CORNERS, [replace(BLOCK[0], limit_kg=2000), *BLOCK[1:]]))
    trip = [at(0, 250), at(250, 0)]
    assert town.distances_m(trip, "car")[0, 1] == 500
    over_the_bridge = [at(0, 100), at(250, 100)]
    assert town.distances_m(over_the_bridge, "car")[0, 1] == 550
    assert town.distances_m(over_the_bridge, "bike")[0, 1] == 450


def test_two_parcels_for_one_door_are_no_trip(block: StreetNetwork) -> None:
    assert block.durations_s([at(125, 30), at(125, 30, "upstairs")], "car").tolist() == [
        [0, 0],
        [0, 0],
    ]


def test_no_places_make_an_empty_matrix(block: StreetNetwork) -> None:
    assert block.durations_s([], "car").shape == (0, 0)


def test_a_path_follows_the_street_from_door_to_door(one_way_block: StreetNetwork) -> None:
    corner = [(at(x, y).lat_deg, at(x, y).lon_deg) for x, y in CORNERS]
    a, b = at(175, -20), at(50, -20)
    start, end = (0.0, at(175, 0).lon_deg), (0.0, at(50, 0).lon_deg)
    way = one_way_block.path(a, b, "bike")
    assert np.allclose(way, [start, corner[1], corner[2], corner[3], corner[0], end])
    assert np.allclose(one_way_block.path(b, a, "bike"), [end, start])
    assert one_way_block.path(at(0, 0), at(250, 250), "car") == (corner[0], corner[1], corner[2])
    assert one_way_block.path(a, a, "car") == one_way_block.path(a, b, "car")[:1]


def test_threads_share_one_network_and_agree() -> None:
    town = StreetNetwork(draw(CORNERS, ONE_WAY_BLOCK))
    places = [at(25 * k, 0) for k in range(10)] + [at(250, 25 * k) for k in range(1, 10)]
    alone = StreetNetwork(draw(CORNERS, ONE_WAY_BLOCK)).durations_s(places, "car")
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: town.durations_s(places, "car"), range(16)))
    assert all(np.array_equal(answer, alone) for answer in answers)


def test_importing_streets_loads_no_heavy_library() -> None:
    code = (
        "import sys, dispatch.streets.network as _;"
        "print(*{'networkx', 'osmnx', 'geopy', 'pandas', 'shapely', 'scipy.optimize',"
        " 'scipy.stats', 'geodata'} & set(sys.modules))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert loaded.strip() == ""
