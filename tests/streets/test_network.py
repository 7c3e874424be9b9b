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
from dispatch.streets.arrays import BRIDGE, NO_THROUGH, TUNNEL
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


def test_where_there_is_nothing_but_the_motorway_it_has_to_do() -> None:
    town = StreetNetwork(draw([(0, 0), (500, 0)], [Street(0, 1, "motorway")]))
    assert town.snap_m(at(100, 10)) == pytest.approx(10)


@pytest.mark.parametrize("kind", [BRIDGE, TUNNEL])
def test_a_door_below_a_bridge_or_above_a_tunnel_is_not_reached_from_it(kind: int) -> None:
    # The street below runs 90 m from the door, the bridge 10 m above it.
    nodes = [(0, 0), (500, 0), (500, 100), (0, 100)]
    streets = [Street(0, 1, kind=kind), Street(1, 2), Street(2, 3), Street(3, 0)]
    town = StreetNetwork(draw(nodes, streets))
    assert town.snap_m(at(250, 10)) == pytest.approx(90)
    assert town.distances_m([at(0, 50), at(500, 50)], "car")[0, 1] == 600  # it is driven over


def test_nobody_is_delivered_from_the_ferry() -> None:
    town = StreetNetwork(
        draw([(0, 0), (0, 100), (0, 400)], [Street(0, 1), Street(1, 2, "ferry", fixed_s=300)])
    )
    assert town.snap_m(at(0, 300)) == pytest.approx(200)
    assert town.snap_m(at(0, 700 - 1)) == pytest.approx(299)  # nothing else within reach


def test_the_ferry_takes_as_long_as_its_timetable_says() -> None:
    nodes = [(0, 0), (0, 100), (0, 400), (0, 500)]
    town = StreetNetwork(
        draw(nodes, [Street(0, 1), Street(1, 2, "ferry", fixed_s=300), Street(2, 3)])
    )
    assert bike_s(town, at(0, 0), at(0, 500)) == 24 + 300 + 24


def test_nobody_is_sent_to_an_island() -> None:
    mainland = [Street(0, 1), Street(1, 2), Street(2, 3)]
    nodes = [(0, 0), (250, 0), (500, 0), (750, 0), (100, 100), (350, 100)]
    town = StreetNetwork(draw(nodes, [*mainland, Street(4, 5)]))
    assert town.snap_m(at(200, 90)) == pytest.approx(90)  # to the mainland, not 10 m
    two = StreetNetwork(draw(nodes, [*mainland, Street(4, 5)]), smallest_part=2)
    assert two.snap_m(at(200, 90)) == pytest.approx(10)
    assert bike_s(two, at(200, 90), at(200, 0)) == UNREACHABLE_S


def test_a_one_way_dead_end_is_nowhere_to_send_anybody() -> None:
    town = StreetNetwork(
        draw([(0, 0), (250, 0), (0, 250)], [Street(0, 1, oneway=True), Street(0, 2)])
    )
    assert town.snap_m(at(200, 0)) == pytest.approx(200)


PRIVATE_M = [(0, 0), (100, 0), (200, 0), (300, 0), (100, 400), (200, 400)]
#: 4 ──── 5
#: │      │     The way through from 1 to 2 is private, the one round it is not.
#: 1 ─p── 2
PRIVATE = [
    Street(0, 1),
    Street(1, 2, kind=NO_THROUGH),
    Street(2, 3),
    Street(1, 4),
    Street(4, 5),
    Street(5, 2),
]


def test_a_private_street_is_for_its_own_doors_only() -> None:
    town = StreetNetwork(draw(PRIVATE_M, PRIVATE))
    west, door, east = at(0, 0), at(150, 0), at(300, 0)
    assert town.distances_m([west, door, east], "bike").tolist() == [
        [0, 150, 1100],
        [150, 0, 150],
        [1100, 150, 0],
    ]
    assert town.distances_m([west, east], "foot")[0, 1] == 300
    assert len(town.path(west, east, "bike")) == 6
    assert len(town.path(west, door, "bike")) == 3


def test_two_doors_of_a_private_street_are_joined_along_it() -> None:
    town = StreetNetwork(draw(PRIVATE_M, PRIVATE))
    assert town.distances_m([at(120, 0), at(180, 0)], "bike").tolist() == [[0, 60], [60, 0]]


def test_an_estate_behind_a_private_road_is_as_private() -> None:
    # Two gates, 1 ─ 2 and 3 ─ 4; what lies between them is marked by nothing.
    nodes = [(0, 0), (100, 0), (200, 0), (300, 0), (400, 0), (500, 0), (100, 300), (400, 300)]
    gates = [Street(1, 2, kind=NO_THROUGH), Street(3, 4, kind=NO_THROUGH)]
    outside = [Street(0, 1), Street(4, 5), Street(1, 6), Street(6, 7), Street(7, 4)]
    town = StreetNetwork(draw(nodes, [*gates, Street(2, 3), *outside]))
    west, inside, east = at(0, 0), at(250, 0), at(500, 0)
    metres = town.distances_m([west, inside, east], "bike")
    assert (metres[0, 1], metres[1, 2], metres[0, 2]) == (250, 250, 100 + 300 + 300 + 300 + 100)


def test_a_town_of_private_streets_only_has_them_all_open() -> None:
    town = StreetNetwork(draw(CORNERS, [replace(one, kind=NO_THROUGH) for one in BLOCK]))
    assert bike_s(town, at(125, 0), at(125, 250)) == 120


def test_a_winding_street_is_drawn_with_its_bends() -> None:
    bends = ((0.0, 100.0), (100.0, 100.0))
    town = StreetNetwork(draw([(0, 0), (100, 0)], [Street(0, 1, bends=bends)]))
    assert town.distances_m([at(0, 50), at(100, 50)], "car")[0, 1] == 200
    way = town.path(at(0, 50), at(100, 50), "car")
    expected = [at(0, 50), at(0, 100), at(100, 100), at(100, 50)]
    assert np.allclose(way, [(p.lat_deg, p.lon_deg) for p in expected])


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
