"""What can be reached in time: every point of every street by networkx's word, none twice."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dispatch.core.errors import Invalid
from dispatch.core.places import METRES_PER_DEGREE
from dispatch.streets.network import StreetNetwork
from dispatch.streets.reach import Reached
from tests.streets.drawing import Street, at, draw
from tests.streets.oracle import Oracle, Town
from tests.streets.test_network_properties import towns

#: Drawings are ridden at 250 m a minute: 150 m in 36 s.
RIDE_M_PER_S = 250 / 60


def straight(*, oneway: bool = False, commune: int = 0) -> StreetNetwork:
    """A street of 600 m from the origin to the east, with a junction every 300 m."""
    streets = [Street(0, 1, oneway=oneway), Street(1, 2, oneway=oneway, commune=commune)]
    if oneway:  # a way back far around, so that it is no dead end
        streets.append(Street(2, 0, oneway=True, length_m=9_000))
    return StreetNetwork(draw([(0, 0), (300, 0), (600, 0)], streets))


def told(reached: Reached) -> list[tuple[int, int, float, float]]:
    return sorted(
        (int(e), int(b), round(float(low), 3), round(float(high), 3))
        for e, b, low, high in zip(
            reached.edge, reached.band, reached.low, reached.high, strict=True
        )
    )


def test_a_street_is_reached_both_ways_and_cut_where_time_ends() -> None:
    """150 m each way in 36 s; the shop is 100 m along the first street."""
    reached = straight().reach(at(100, 0), "bike", [36])
    assert told(reached) == [(0, 0, 0.0, 0.333), (0, 0, 0.333, 0.833)]
    assert reached.metres.sum() == pytest.approx(250, abs=0.1)
    # 24 s back to the beginning, at the end of time the other way.
    assert sorted([*reached.low_s, *reached.high_s]) == pytest.approx([0, 0, 24, 36], abs=0.01)


def test_bands_follow_each_other_and_tell_no_metre_twice() -> None:
    reached = straight().reach(at(0, 0), "bike", [36, 72, 108])
    assert told(reached) == [(0, 0, 0, 0.5), (0, 1, 0.5, 1), (1, 2, 0, 0.5)]
    assert reached.inside_m.sum(axis=1) == pytest.approx([150, 300, 450], abs=0.1)


def test_one_way_streets_are_not_reached_against_the_arrow() -> None:
    reached = straight(oneway=True).reach(at(100, 0), "bike", [48])
    assert told(reached) == [(0, 0, 0.333, 1.0)]


def test_the_walk_to_the_street_takes_from_the_time() -> None:
    """25 m on foot at 5 km/h are 18 s: half of the 36 s is left to ride."""
    reached = straight().reach(at(0, 25), "bike", [36])
    assert reached.metres.sum() == pytest.approx(18 * RIDE_M_PER_S, abs=0.1)
    assert straight().reach(at(0, 25), "bike", [17]).metres.sum() == 0


def test_metres_are_counted_by_commune() -> None:
    reached = straight(commune=1).reach(at(0, 0), "bike", [36, 108])
    assert reached.inside_m.tolist() == pytest.approx(np.array([[150, 0, 0], [300, 150, 0]]))
    assert reached.whole_m.tolist() == [300, 300, 0]


def test_a_street_reached_from_both_ends_is_one_piece_with_its_latest_point_inside() -> None:
    """A triangle of 300 m sides: the far side is met from both corners."""
    corners = [(0.0, 0.0), (300.0, 0.0), (150.0, 259.8)]
    network = StreetNetwork(draw(corners, [Street(0, 1), Street(1, 2), Street(2, 0)]))
    reached = network.reach(at(0, 0), "bike", [600])
    (far,) = [k for k, edge in enumerate(reached.edge) if edge == 1]
    assert (reached.low[far], reached.high[far]) == (0, 1)
    assert reached.low_s[far] == pytest.approx(reached.high_s[far], abs=2)
    assert reached.metres.sum() == pytest.approx(900, abs=0.5)


def test_pieces_are_drawn_from_where_they_begin_to_where_time_ends() -> None:
    reached = straight().reach(at(0, 0), "bike", [108])
    whole, part = sorted(reached.lines(0))
    assert whole == [(0, 0), (0, round(300 / METRES_PER_DEGREE, 5))]
    assert part[-1][1] * METRES_PER_DEGREE == pytest.approx(450, abs=1)


@pytest.mark.parametrize("limits_s", [[], [0], [-5], [60, 60], [120, 60]])
def test_limits_that_do_not_grow_are_refused(limits_s: list[int]) -> None:
    with pytest.raises(ValueError, match="growing"):
        straight().reach(at(0, 0), "bike", limits_s)


def test_nothing_is_reached_from_a_place_far_from_any_street() -> None:
    with pytest.raises(Invalid, match="700 m from the nearest street"):
        straight().reach(at(0, 700), "bike", [60])


#: Straight on is a turn to the right or to the left by the last bit of a bearing: 57 ms apart
#: for a bicycle, and the oracle works out its bearings another way.
CLOSE_S = 0.3
#: A piece may end a hundredth of a millimetre before its street does: see ``reach``.
SAME = 1e-7
FRACTIONS = (0.0, 0.13, 0.5, 0.77, 1.0)


def _is(start: tuple[int, float], edge: int, fraction: float, oracle: Oracle) -> bool:
    """Where the trip starts is no piece, and may be reached again the long way round.

    Places within the same millisecond are one to the oracle.
    """
    longest_ms = max(oracle._ms.get((edge, back), 0) for back in (False, True))
    return start[0] == edge and abs(start[1] - fraction) * longest_ms <= 1


@settings(max_examples=60, deadline=None)
@given(
    towns(),
    st.lists(st.integers(5, 400), min_size=1, max_size=3, unique=True).map(sorted),
)
def test_every_point_is_reached_when_networkx_says(town: Town, limits_s: list[int]) -> None:
    oracle = Oracle(town, 200)
    assume(not oracle.tie)
    network, place = town.network(), town.places[0]
    snaps = network._snaps([place], town.profile)
    start = int(snaps.edge[0]), float(snaps.fraction[0])
    walk_ms = round(float(snaps.away_m[0]) * 720)
    reached = network.reach(place, town.profile, limits_s)
    for edge in {number for number, _ in oracle._ms}:
        here = np.flatnonzero(reached.edge == edge)
        spans = sorted(zip(reached.low[here], reached.high[here], strict=True))
        assert all(b >= a for (_, a), (b, _) in pairwise(spans))
        for fraction in FRACTIONS:
            if _is(start, edge, fraction, oracle):
                continue
            ride_ms = oracle.ride_ms(start, (edge, fraction))
            when_s = np.inf if ride_ms is None else (ride_ms + walk_ms) / 1000
            if any(abs(when_s - limit_s) < CLOSE_S for limit_s in limits_s):
                continue
            bands = {
                int(reached.band[k])
                for k in here
                if reached.low[k] - SAME <= fraction <= reached.high[k] + SAME
            }
            expected = int(np.searchsorted(limits_s, when_s))
            if expected == len(limits_s):
                assert not bands
            else:
                assert expected in bands
        for k in here:
            for share, second_s in (
                (float(reached.low[k]), float(reached.low_s[k])),
                (float(reached.high[k]), float(reached.high_s[k])),
            ):
                if _is(start, edge, share, oracle):
                    continue
                ride_ms = oracle.ride_ms(start, (edge, share))
                assert ride_ms is not None
                assert second_s == pytest.approx((ride_ms + walk_ms) / 1000, abs=CLOSE_S)


def test_what_is_near_waits_for_no_hierarchy(tmp_path: Path) -> None:
    streets = draw([(0, 0), (300, 0)], [Street(0, 1)])
    network = StreetNetwork(streets, kept_in=tmp_path)
    assert network.reach(at(0, 0), "bike", [60]).metres.sum() > 0
    assert list(tmp_path.iterdir()) == []
    network.durations_s([at(0, 0)], "bike")
    assert [path.name for path in tmp_path.glob("*/*")] == ["bike.npz"]


def test_doors_are_counted_by_the_street_they_stand_on() -> None:
    """Four doors on a street of 240 m, of which 125 m are ridden in 30 seconds, 250 m in 60.

    F . 1 . . 2 . . . 3 . 4      a fifth on a street that nothing leads to, a sixth in the fields
    """
    streets = [Street(0, 1), Street(2, 3)]
    network = StreetNetwork(draw([(0, 0), (240, 0), (0, 900), (240, 900)], streets))
    doors = [at(40, 0), at(100, 30), at(180, -30), at(240, 0), at(100, 900), at(100, 1700)]
    lat, lon = np.array([d.lat_deg for d in doors]), np.array([d.lon_deg for d in doors])
    reached = network.reach(at(0, 0), "bike", [30, 60])
    assert network.doors_within(reached, "bike", lat, lon).tolist() == [2, 4]
    assert network.doors_within(reached, "bike", lat[:0], lon[:0]).tolist() == [0, 0]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=8),
    st.integers(20, 300),
)
def test_each_point_of_a_street_is_in_the_band_of_the_time_it_takes(
    fractions: list[float], limit_s: int
) -> None:
    """One street of 1000 m by bike, from its beginning: 240 s to its end."""
    network = StreetNetwork(draw([(0, 0), (1000, 0)], [Street(0, 1)]))
    reached = network.reach(at(0, 0), "bike", [limit_s, 2 * limit_s])
    takes_s = np.array(fractions) * 240
    bands = reached.bands_of(np.zeros(len(fractions), np.int64), np.array(fractions))
    for band, second_s in zip(bands.tolist(), takes_s.tolist(), strict=True):
        if min(abs(second_s - limit_s), abs(second_s - 2 * limit_s)) < 0.1:
            continue
        expected = 0 if second_s < limit_s else 1 if second_s < 2 * limit_s else -1
        assert band == expected
