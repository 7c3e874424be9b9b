"""How far apart two engines are: said about trips that took the same road."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.common.road_pairs import (
    Trips,
    apart,
    middle_of,
    our_trips,
    peer_trips,
    points_on,
    signed,
    town_ways,
)
from dispatch.core.places import Place
from dispatch.streets.arrays import BRIDGE, CAR_THERE, URBAN
from dispatch.streets.network import StreetNetwork
from tests.streets.drawing import Street, draw

TOWN = draw([(0, 0), (3000, 0)], [Street(0, 1, "primary", kind=URBAN)])


def trips(*seconds_and_metres: tuple[float, float]) -> Trips:
    """One row of trips."""
    seconds, metres = zip(*seconds_and_metres, strict=True)
    return Trips("drawn", np.array([seconds]), np.array([metres]))


def test_trips_that_took_another_road_are_not_compared() -> None:
    ours = trips((110, 1000), (300, 2000))
    theirs = trips((100, 1040), (100, 1000))

    found = apart(ours, theirs)

    assert (found.pairs, found.share) == (1, 0.5)
    assert found.mae_pct == pytest.approx(10)
    assert apart(ours, theirs, same_road=False).mae_pct == pytest.approx((10 + 200) / 2)


def test_one_factor_takes_away_what_is_the_same_everywhere() -> None:
    ours = trips((125, 1000), (250, 2000), (500, 4000))
    theirs = trips((100, 1000), (200, 2000), (400, 4000))

    found = apart(ours, theirs)

    assert found.middle == 1.25
    assert found.scale == pytest.approx(0.8)
    assert found.scaled_pct == pytest.approx(0, abs=0.1)


def test_no_trip_in_common_is_said_and_not_taken_for_agreement() -> None:
    nowhere = trips((np.nan, np.nan), (20, 100))  # no road; too short to tell

    with pytest.raises(RuntimeError, match="no trip"):
        apart(nowhere, trips((100, 1000), (20, 100)))


def test_the_median_of_two_engines_lies_half_way() -> None:
    assert middle_of(trips((100, 900)), trips((140, 1100))).duration_s[0, 0] == 120


def test_points_lie_on_streets_that_both_vehicles_may_use_and_stop_at() -> None:
    corners = [(0, 0), (3000, 0), (0, 3000), (3000, 3000)]
    town = draw(
        corners,
        [
            Street(0, 1, "primary"),
            Street(0, 2, "primary", kind=BRIDGE),
            Street(1, 3, "primary", access=CAR_THERE),
        ],
    )

    network = StreetNetwork(draw(corners, [Street(0, 1, "primary")]))

    for lat, lon in points_on(town, 20, seed=1):
        assert network.snap_m(Place(lat, lon)) < 1
    assert points_on(town, 20, seed=1) == points_on(town, 20, seed=1)


def test_signs_are_for_fast_roads_that_have_none_and_lie_in_town_for_the_most_part() -> None:
    """Ways 1 to 5; the last is in town for a kilometre of three."""
    nodes = [(1000 * k, 0) for k in range(8)]
    streets = [
        Street(0, 1, "primary", kind=URBAN),
        Street(1, 2, "primary", kind=URBAN, signed_kmh=30),
        Street(2, 3, "residential", kind=URBAN),
        Street(3, 4, "primary"),
        Street(4, 5, "secondary", kind=URBAN),
        Street(5, 7, "secondary"),
    ]
    drawn, way = draw(nodes, streets), np.array([1, 2, 3, 4, 5, 5])

    assert town_ways(drawn, way).tolist() == [1]
    assert town_ways(drawn, np.zeros(6, np.int64)).tolist() == []
    told = signed(drawn, way, np.array([1]))
    assert told.limit_there_kmh.tolist() == told.limit_back_kmh.tolist() == [50, 30, 0, 0, 0, 0]
    assert ((told.kind & URBAN) > 0).tolist() == [True, True, True, False, False, False]


def test_a_sign_says_what_the_law_says_of_a_town() -> None:
    points = points_on(TOWN, 2, seed=3)
    told = signed(TOWN, np.array([1]), np.array([1]))
    outside = signed(TOWN, np.array([1]), np.array([], np.int64))

    law, sign, none = (our_trips(t, points, "car").duration_s for t in (TOWN, told, outside))

    assert law[0, 1] == sign[0, 1]
    assert law[0, 1] / none[0, 1] == pytest.approx(64 / 40, rel=0.05)


def test_a_peer_that_is_not_installed_is_left_out_with_the_reason(tmp_path: Path) -> None:
    osm = tmp_path / "town.osm"
    osm.write_text('<osm version="0.6"><node id="1" lat="44.5" lon="0.2"/></osm>')

    with pytest.raises(RuntimeError, match="osrm"):
        peer_trips(Path(sys.executable), "osrm", osm, [(44.5, 0.2)], "car")
    with pytest.raises(RuntimeError, match="does not start"):
        peer_trips(tmp_path / "python", "osrm", osm, [(44.5, 0.2)], "car")
