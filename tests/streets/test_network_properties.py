"""On any small town: travel times are those of networkx on the same streets, cut at the doors."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from math import hypot

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.core.places import UNREACHABLE_S, Place
from dispatch.streets.network import StreetNetwork
from dispatch.streets.profiles import PROFILES, ROAD_CLASSES
from dispatch.streets.snapping import EdgeFinder, Snap
from tests.streets.drawing import Street, at, draw


@dataclass(frozen=True)
class Town:
    nodes_m: list[tuple[int, int]]
    streets: list[Street]
    places: list[Place]
    profile: str


@st.composite
def towns(make: st.DrawFn) -> Town:
    spot = st.tuples(st.integers(0, 7), st.integers(0, 7)).map(lambda p: (50 * p[0], 50 * p[1]))
    nodes = make(st.lists(spot, min_size=2, max_size=8, unique=True))
    node = st.integers(0, len(nodes) - 1)
    street = st.builds(
        Street,
        u=node,
        v=node,
        road=st.sampled_from(["primary", "residential", "service", "path"]),
        oneway=st.booleans(),
        length_m=st.none() | st.integers(0, 2000).map(float),
        limit_kg=st.sampled_from([0, 200, 2000]),
    )
    # One street everybody may use, so that there is somewhere to stop.
    streets = [Street(0, 1), *make(st.lists(street, max_size=14))]
    spots = make(
        st.lists(st.tuples(st.integers(0, 350), st.integers(0, 350)), min_size=1, max_size=5)
    )
    places = [at(x, y) for x, y in spots]
    return Town(nodes, streets, places, make(st.sampled_from(sorted(PROFILES))))


def _whole_ms(town: Town, street: Street) -> int | None:
    """Return the milliseconds over a street, None where the vehicle may not go."""
    profile = PROFILES[town.profile]
    if street.road not in profile.speed_kmh or 0 < street.limit_kg < profile.gross_kg:
        return None
    (x1, y1), (x2, y2) = town.nodes_m[street.u], town.nodes_m[street.v]
    length_m = hypot(x2 - x1, y2 - y1) if street.length_m is None else street.length_m
    return max(1, round(length_m * 3600 / profile.speed_kmh[street.road]))


def _cut_at_doors(town: Town, snaps: list[Snap]) -> nx.DiGraph[str | int]:
    """Return the streets as a graph in which each door is a node of its own."""
    cut: nx.DiGraph[str | int] = nx.DiGraph()
    for number, street in enumerate(town.streets):
        if (whole := _whole_ms(town, street)) is None:
            continue
        stops: list[tuple[int, str | int]] = [(0, street.u), (whole, street.v)]
        doors = [k for k, snap in enumerate(snaps) if snap.edge == number]
        stops += [(round(snaps[k].fraction * whole), f"door {k}") for k in doors]
        for (at_ms, one), (later_ms, other) in permutations(stops, 2):
            if later_ms >= at_ms:
                _arc(cut, one, other, later_ms - at_ms)
                if not street.oneway:
                    _arc(cut, other, one, later_ms - at_ms)
    return cut


def _arc(cut: nx.DiGraph[str | int], tail: str | int, head: str | int, ms: int) -> None:
    """Add an arc, or make it faster."""
    if not cut.has_edge(tail, head) or cut[tail][head]["ms"] > ms:
        cut.add_edge(tail, head, ms=ms)


def _usable(town: Town) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([_whole_ms(town, street) is not None for street in town.streets])


@settings(max_examples=150, deadline=None)
@given(towns())
def test_travel_times_are_those_of_networkx_on_the_streets_cut_at_the_doors(town: Town) -> None:
    arrays = draw(town.nodes_m, town.streets)
    finder = EdgeFinder(arrays, _usable(town))
    snaps = [snap for place in town.places if (snap := finder.nearest(place))]
    cut = _cut_at_doors(town, snaps)
    answer = StreetNetwork(arrays).durations_s(town.places, town.profile)
    for i, a in enumerate(snaps):
        ride_ms = nx.single_source_dijkstra_path_length(cut, f"door {i}", weight="ms")
        for j, b in enumerate(snaps):
            same = town.places[i] == town.places[j]
            walk_ms = 0 if same else round(a.away_m * 720) + round(b.away_m * 720)
            expected = (
                -(-(ride_ms[f"door {j}"] + walk_ms) // 1000)
                if f"door {j}" in ride_ms
                else UNREACHABLE_S
            )
            assert answer[i, j] == expected, (i, j)


@settings(max_examples=60, deadline=None)
@given(towns())
def test_a_detour_through_a_third_place_is_never_shorter(town: Town) -> None:
    time_s = StreetNetwork(draw(town.nodes_m, town.streets)).durations_s(town.places, town.profile)
    by_third = (time_s[:, :, None] + time_s[None, :, :]).min(axis=1)
    assert (time_s <= by_third).all()


@settings(max_examples=60, deadline=None)
@given(towns())
def test_a_path_is_as_long_as_the_distance_says(town: Town) -> None:
    straight = [Street(s.u, s.v, s.road, s.oneway, None, s.limit_kg) for s in town.streets]
    network = StreetNetwork(draw(town.nodes_m, straight))
    distance_m = network.distances_m(town.places, town.profile)
    for i, a in enumerate(town.places):
        for j, b in enumerate(town.places):
            points = network.path(a, b, town.profile)
            if distance_m[i, j] == UNREACHABLE_S:
                assert points == ()
            else:
                metres = np.array(points) * 111_195
                drawn_m = np.hypot(*np.diff(metres, axis=0).T).sum()
                assert abs(drawn_m - distance_m[i, j]) <= 0.6


def test_the_classes_of_a_drawing_are_the_classes_of_the_house() -> None:
    driven = {road for profile in PROFILES.values() for road in profile.speed_kmh}

    assert driven == set(ROAD_CLASSES) - {"ferry"}
