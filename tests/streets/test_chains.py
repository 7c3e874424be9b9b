"""Ways over several streets that are forbidden as a whole, and nothing but them.

::

    3         4
    │         │
0 ─ 1 ─── 2 ─ 5 ─ 6      each street 100 m, but 500 m from 7 round to 6
          │       │
          7 ──────┘
"""

from __future__ import annotations

import numpy as np
import pytest

from dispatch.core.places import Place
from dispatch.streets.arrays import CAR_THERE, TURN_BIKE, TURN_CAR
from dispatch.streets.chains import remembered
from dispatch.streets.network import StreetNetwork
from dispatch.streets.parts import Pairs
from tests.streets.drawing import EVERYBODY, NoTurn, NoWay, Street, at, draw

TOWN_M = [(0, 0), (100, 0), (200, 0), (100, 100), (300, 100), (300, 0), (400, 0), (200, -100)]
WEST, NORTH, VIA, VIA_2, UP, EAST, SOUTH, ROUND = range(8)
TOWN = [
    Street(0, 1),
    Street(1, 3),
    Street(1, 2),
    Street(2, 5),
    Street(5, 4),
    Street(5, 6),
    Street(2, 7),
    Street(7, 6, length_m=500),
]
IN_WEST, IN_NORTH, IN_VIA = at(50, 0), at(100, 50), at(150, 0)
IN_EAST, IN_UP = at(350, 0), at(300, 50)
#: From the west, straight through to the east: three hundred metres from middle to middle.
THROUGH = NoWay((WEST, VIA, VIA_2, EAST), via=1)


def metres(start: Place, end: Place, *no_ways: NoWay, profile: str = "bike") -> int:
    town = StreetNetwork(draw(TOWN_M, TOWN, no_ways=no_ways))
    return int(town.distances_m([start, end], profile)[0, 1])


def test_a_forbidden_way_is_driven_round() -> None:
    assert metres(IN_WEST, IN_EAST) == 300
    # Up to the end of a dead end, and from there as anybody may.
    assert metres(IN_WEST, IN_EAST, THROUGH) == 500


@pytest.mark.parametrize(
    ("start", "end"),
    [(IN_NORTH, IN_EAST), (IN_WEST, IN_UP), (IN_EAST, IN_WEST), (IN_WEST, IN_VIA)],
    ids=["from elsewhere", "to elsewhere", "the other way round", "part of it"],
)
def test_whoever_drives_another_way_over_the_same_streets_is_not_held_up(
    start: Place, end: Place
) -> None:
    assert metres(start, end, THROUGH) == metres(start, end)


def test_who_sets_out_in_the_middle_did_not_come_from_its_beginning() -> None:
    assert metres(IN_VIA, IN_EAST, THROUGH) == 200


def test_who_sets_out_at_its_beginning_is_bound_as_who_passes_there() -> None:
    # Twenty metres before the crossing; the dead end in the north is a hundred metres long.
    assert metres(at(80, 0), IN_EAST, THROUGH) == 20 + 200 + 200 + 50


def test_a_way_may_be_forbidden_to_cars_alone() -> None:
    for who, car_m, bike_m in ((TURN_CAR, 500, 300), (TURN_BIKE, 300, 500)):
        only = NoWay(THROUGH.streets, THROUGH.via, who)
        assert metres(IN_WEST, IN_EAST, only, profile="car") == car_m
        assert metres(IN_WEST, IN_EAST, only, profile="bike") == bike_m
        assert metres(IN_WEST, IN_EAST, only, profile="foot") == 300


def test_a_forbidden_way_within_another_one_s_beginning_is_forbidden_too() -> None:
    within = NoWay((VIA, VIA_2, UP), via=2)
    longer = NoWay((WEST, VIA, VIA_2, EAST), via=1)
    # Round by the south, the only other way up.
    assert metres(IN_WEST, IN_UP, longer, within) == 50 + 100 + 100 + 500 + 100 + 50
    assert metres(IN_NORTH, IN_UP, longer, within) == 50 + 100 + 100 + 500 + 100 + 50
    assert metres(IN_NORTH, IN_EAST, longer, within) == 300


def test_a_street_that_only_a_forbidden_way_leads_to_is_an_island() -> None:
    """A ring of one-way streets with a spur; its second street is entered from the first alone."""
    ring = [Street(0, 1, oneway=True), Street(1, 2, oneway=True), Street(2, 0, oneway=True)]
    spur = [Street(2, 3)]
    nodes = [(0, 0), (100, 0), (100, 100), (200, 100)]
    town = StreetNetwork(draw(nodes, [*ring, *spur], no_ways=[NoWay((0, 1, 3), via=1)]))
    # The second street is on everybody's way all the same.
    assert town.distances_m([at(50, 0), at(100, 50)], "car")[0, 1] == 100
    # Nobody drives into the spur, not even who sets out before it: its doors are walked to.
    assert town.snap_m(at(150, 100), "car") == pytest.approx(50)
    assert town.snap_m(at(150, 100), "foot") == pytest.approx(0)


def test_a_drawn_way_is_the_one_that_is_allowed() -> None:
    town = StreetNetwork(draw(TOWN_M, TOWN, no_ways=[THROUGH]))
    way = np.array(town.path(IN_WEST, IN_EAST, "bike")) * 111_195
    assert np.hypot(*np.diff(way, axis=0).T).sum() == pytest.approx(500, abs=1)


def test_a_way_over_a_street_that_is_closed_forbids_nothing() -> None:
    streets = list(TOWN)
    streets[VIA_2] = Street(2, 5, access=EVERYBODY & ~CAR_THERE)
    free = StreetNetwork(draw(TOWN_M, streets))
    barred = StreetNetwork(draw(TOWN_M, streets, no_ways=[THROUGH]))
    trip = [IN_WEST, IN_EAST]
    assert barred.distances_m(trip, "car").tolist() == free.distances_m(trip, "car").tolist()


def test_turning_round_can_be_forbidden_over_the_street_between_two_carriageways() -> None:
    """Two one-way carriageways, joined at both ends and by a link half way.

    ::

        3 ← 4 ← 5
        ↑   │   ↑       each 100 m
        0 → 1 → 2
    """
    nodes = [(0, 0), (100, 0), (200, 0), (0, 100), (100, 100), (200, 100)]
    pairs = [(0, 1), (1, 2), (2, 5), (5, 4), (4, 3), (3, 0)]
    streets = [*(Street(u, v, oneway=True) for u, v in pairs), Street(1, 4)]
    trip = [at(50, 0), at(50, 100)]
    free = StreetNetwork(draw(nodes, streets))
    assert free.distances_m(trip, "car")[0, 1] == 50 + 100 + 50
    barred = StreetNetwork(draw(nodes, streets, no_ways=[NoWay((0, 6, 4), via=1)]))
    assert barred.distances_m(trip, "car")[0, 1] == 50 + 100 + 100 + 100 + 50
    # A turn alone would have closed the link to all who come from the west.
    turn = StreetNetwork(draw(nodes, streets, [NoTurn(0, 1, 6)]))
    link = [at(50, 0), at(100, 50)]
    assert barred.distances_m(link, "car")[0, 1] == 100 < turn.distances_m(link, "car")[0, 1]


def test_ways_that_begin_alike_are_remembered_together() -> None:
    line = Pairs(*(np.array(one) for one in ([0, 1, 2, 1], [1, 2, 3, 4], [0] * 4, range(5))))
    straight = np.zeros(4, np.bool_)
    for chains, states in (([], 5), ([(0, 1, 2)], 6), ([(0, 1, 2), (0, 1, 4)], 6)):
        grown, _ = remembered(line, straight, chains)
        assert len(grown.on) == states
    grown, _ = remembered(line, straight, [(0, 1, 2, 3)])
    assert grown.on.tolist() == [0, 1, 2, 3, 4, 1, 2]
