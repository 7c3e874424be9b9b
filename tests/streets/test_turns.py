"""What a junction costs, and what it forbids.

::

          3
          │
    0 ─── 1 ─── 2      250 m each: a minute by bike, 36 s by car
          │
          4
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dispatch.core.places import UNREACHABLE_S
from dispatch.streets.arrays import ROUNDABOUT, TURN_BIKE, TURN_CAR
from dispatch.streets.network import StreetNetwork
from dispatch.streets.profiles import BIKE, CAR, PROFILES, TurnCosts
from dispatch.streets.turns import turn_s
from tests.streets.drawing import NoTurn, Street, at, draw

CROSS_M = [(0, 0), (250, 0), (500, 0), (250, 250), (250, -250)]
CROSS = [Street(0, 1), Street(1, 2), Street(1, 3), Street(1, 4)]
WEST, EAST, NORTH, SOUTH = at(10, 0), at(490, 0), at(250, 240), at(250, -240)

#: Four sides of a block, a way in from the west and one out to the east.
#:
#:     3 ── 4
#:     │    │
#: 0 ─ 1 ── 2 ─ 5      each 100 m: 24 s by bike
BLOCK_M = [(0, 0), (100, 0), (200, 0), (100, 100), (200, 100), (300, 0)]
BLOCK = [Street(0, 1), Street(1, 2), Street(1, 3), Street(3, 4), Street(4, 2), Street(2, 5)]


def ride_s(town: StreetNetwork, profile: str, *trip: tuple[object, object]) -> list[int]:
    return [int(town.durations_s([a, b], profile)[0, 1]) for a, b in trip]  # type: ignore[list-item]


def test_left_costs_a_car_seven_seconds_right_two_and_straight_on_nothing() -> None:
    straight, right, left = turn_s(np.array([0.0, 90.0, -90.0]), CAR.turns)
    assert (straight, right, left) == pytest.approx((0, 2.1, 5.4 + 1.9), abs=0.05)


def test_where_nobody_comes_the_other_way_left_costs_what_its_bend_does() -> None:
    right, left = turn_s(np.array([90.0, -90.0]), CAR.turns, meets_none=True)
    assert (right, left) == pytest.approx((2.1, 5.4), abs=0.05)


@pytest.mark.parametrize("which", [0, 2], ids=["leaving one", "entering one"])
def test_nobody_waits_for_a_gap_turning_left_on_a_roundabout(which: int) -> None:
    ring = [replace(one, kind=ROUNDABOUT * (k == which)) for k, one in enumerate(CROSS)]
    trip = (WEST, NORTH)
    assert ride_s(StreetNetwork(draw(CROSS_M, CROSS)), "car", trip) == [77]
    assert ride_s(StreetNetwork(draw(CROSS_M, ring)), "car", trip) == [75]


def test_no_turn_is_dearer_than_the_sharpest_to_the_left() -> None:
    for profile in PROFILES.values():
        cost_s = turn_s(np.arange(-180.0, 180.0), profile.turns)
        assert cost_s.max() <= profile.turns.sharp_s + profile.turns.across_s
        assert cost_s.argmax() == 0
        assert turn_s(np.array(180.0), profile.turns) == cost_s[0]


def test_a_crossing_is_counted_by_where_one_turns() -> None:
    town = StreetNetwork(draw(CROSS_M, CROSS))
    straight, right, left = ride_s(town, "car", (WEST, EAST), (WEST, SOUTH), (WEST, NORTH))
    assert (straight, right, left) == (70, 72, 77)  # 480 m at 25 km/h are 69.1 s


def test_lights_cost_everybody_who_crosses_two_seconds() -> None:
    trip = (WEST, EAST)
    dark = ride_s(StreetNetwork(draw(CROSS_M, CROSS)), "bike", trip)[0]
    lit = ride_s(StreetNetwork(draw(CROSS_M, CROSS, signals=[1])), "bike", trip)[0]
    assert lit - dark == 2


def test_a_gate_takes_a_car_a_minute_and_nobody_who_turns_round_in_front_of_it() -> None:
    trips = (WEST, EAST), (WEST, WEST)
    for profile, gate_s in (("car", 60), ("bike", 0), ("foot", 0)):
        open_s = ride_s(StreetNetwork(draw(CROSS_M, CROSS)), profile, *trips)
        gated_s = ride_s(StreetNetwork(draw(CROSS_M, CROSS, gates=[1])), profile, *trips)
        assert np.subtract(gated_s, open_s).tolist() == [gate_s, 0], profile


def test_a_bend_of_a_lone_road_is_no_turn() -> None:
    corner = StreetNetwork(draw([(0, 0), (250, 0), (250, 250)], [Street(0, 1), Street(1, 2)]))
    assert ride_s(corner, "bike", (at(0, 0), at(250, 250))) == [120]


def test_who_may_not_turn_left_goes_round_the_block() -> None:
    trip = (at(100, 50), at(290, 0))  # down to the corner 1, then left
    free = StreetNetwork(draw(BLOCK_M, BLOCK))
    assert free.distances_m(trip, "bike")[0, 1] == 50 + 190
    barred = StreetNetwork(draw(BLOCK_M, BLOCK, [NoTurn(2, 1, 1)]))
    assert barred.distances_m(trip, "bike")[0, 1] == 50 + 100 + 100 + 90
    # The other way round it is allowed: from 1 up to the place.
    assert barred.distances_m([trip[1], trip[0]], "bike")[0, 1] == 190 + 50


def test_a_turn_may_be_forbidden_to_cars_alone() -> None:
    trip = [at(100, 50), at(290, 0)]
    for who, car_m, bike_m in ((TURN_CAR, 340, 240), (TURN_BIKE, 240, 340)):
        town = StreetNetwork(draw(BLOCK_M, BLOCK, [NoTurn(2, 1, 1, who)]))
        assert town.distances_m(trip, "car")[0, 1] == car_m
        assert town.distances_m(trip, "cargo_bike")[0, 1] == bike_m
        assert town.distances_m(trip, "foot")[0, 1] == 240


def test_turning_round_at_the_end_of_a_dead_end_costs_twenty_seconds() -> None:
    # The ring is one way; from the spur's end only the spur leads back.
    ring = [
        Street(0, 1, oneway=True),
        Street(1, 2, oneway=True),
        Street(2, 0, oneway=True),
        Street(1, 3),
    ]
    nodes = [(0, 0), (250, 0), (0, 250), (500, 0)]
    # Coming along the ring one may only go straight on into the spur, and back from there.
    town = StreetNetwork(draw(nodes, ring, [NoTurn(0, 1, 1)]))
    a, b = at(125, 0), at(125, 125)
    metres = int(town.distances_m([a, b], "bike")[0, 1])
    assert metres == 500 + 125 + round(125 * 2**0.5)
    at_15_kmh_s = metres / 15 * 3.6
    assert 20 <= town.durations_s([a, b], "bike")[0, 1] - at_15_kmh_s <= 21


def test_a_stop_is_left_in_either_direction_without_turning_round() -> None:
    town = StreetNetwork(draw(CROSS_M, CROSS))
    there, back = ride_s(town, "bike", (WEST, EAST), (EAST, WEST))
    assert there == back == 116  # 480 m at 15 km/h are 115.2 s


def test_a_lone_ring_can_be_driven_both_ways() -> None:
    ring = StreetNetwork(
        draw([(0, 0), (250, 0), (250, 250), (0, 250)], [Street(k, (k + 1) % 4) for k in range(4)])
    )
    assert ride_s(ring, "bike", (at(125, 0), at(0, 125)), (at(0, 125), at(125, 0))) == [60, 60]


def test_where_nobody_may_ever_turn_round_all_keep_to_one_direction() -> None:
    # Both directions are parts of their own; who belonged to two could join what is not joined.
    nodes = [(0, 0), (250, 0), (250, 250), (0, 250)]
    never = [NoTurn(k, end, k) for k in range(4) for end in (k, (k + 1) % 4)]
    drawn = draw(nodes, [Street(k, (k + 1) % 4) for k in range(4)], never)
    a, b = at(125, 0), at(0, 125)
    ring = StreetNetwork(drawn, smallest_part=1)
    assert sorted(ride_s(ring, "bike", (a, b), (b, a))) == [60, 180]


def test_a_street_from_which_every_turn_is_forbidden_is_an_island() -> None:
    drawn = draw(CROSS_M, CROSS, [NoTurn(0, 1, 1), NoTurn(0, 1, 2), NoTurn(0, 1, 3)])
    island = StreetNetwork(drawn, smallest_part=1)
    assert ride_s(island, "bike", (WEST, EAST), (EAST, WEST)) == [UNREACHABLE_S] * 2
    # Nobody is sent there: the door is reached on foot from the crossing.
    assert StreetNetwork(drawn).snap_m(WEST, "bike") == pytest.approx(240)
    assert StreetNetwork(drawn).snap_m(WEST, "foot") == 0


def test_a_turn_that_pays_is_refused() -> None:
    with pytest.raises(ValueError, match="not below zero"):
        TurnCosts(sharp_s=-1, bias=1, u_turn_s=0, signal_s=0)


def test_a_bicycle_turns_as_in_the_profile_it_is_taken_from() -> None:
    right, left = turn_s(np.array([90.0, -90.0]), BIKE.turns)
    assert (right, left) == pytest.approx((0.06, 5.95), abs=0.02)
