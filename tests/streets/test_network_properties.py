"""On any small town: travel times are those of networkx, arc by arc and turn by turn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dispatch.core.places import UNREACHABLE_S
from dispatch.streets.arrays import NO_THROUGH, ROUNDABOUT
from dispatch.streets.profiles import PROFILES, ROAD_CLASSES
from tests.streets.drawing import NoTurn, NoWay, Street, at
from tests.streets.oracle import Oracle, Town, times_s


@st.composite
def towns(make: st.DrawFn, *, free: bool = False) -> Town:
    """Some streets; *free*: no forbidden turn, and none closed to through traffic."""
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
        limit_kg=st.sampled_from([0, 0, 200, 2000]),
        kind=st.sampled_from([0] if free else [0, 0, 0, ROUNDABOUT, NO_THROUGH]),
    )
    # One street everybody may use, so that there is somewhere to stop.
    streets = [Street(0, 1), *make(st.lists(street, min_size=2, max_size=14))]
    streets = [_with_a_bend(one, nodes) for one in streets]
    number = st.integers(0, len(streets) - 1)
    turn = st.builds(NoTurn, before=number, via=node, after=number).filter(
        lambda turn: (turn.before, turn.after) != (0, 0)
    )
    spots = make(
        st.lists(st.tuples(st.integers(0, 350), st.integers(0, 350)), min_size=1, max_size=5)
    )
    return Town(
        nodes,
        streets,
        [at(x, y) for x, y in spots],
        make(st.sampled_from(sorted(PROFILES))),
        [] if free else make(st.lists(turn, max_size=6)),
        make(st.frozensets(node, max_size=2)),
        [] if free else make(st.lists(forbidden_ways(streets), max_size=3)),
        make(st.frozensets(node, max_size=2)),
    )


def forbidden_ways(streets: list[Street]) -> st.SearchStrategy[NoWay]:
    """Three to five streets that meet one after the other, whoever may drive there."""

    @st.composite
    def way(make: st.DrawFn) -> NoWay:
        first = make(st.integers(0, len(streets) - 1))
        via = make(st.sampled_from([streets[first].u, streets[first].v]))
        numbers, node = [first], via
        for _ in range(make(st.integers(2, 4))):
            numbers.append(
                make(st.sampled_from([k for k, s in enumerate(streets) if node in (s.u, s.v)]))
            )
            street = streets[numbers[-1]]
            node = street.v if street.u == node else street.u
        return NoWay(tuple(numbers), via)

    # Street 0 stays open, there and back.
    return way().filter(lambda one: set(one.streets) != {0})


def _with_a_bend(street: Street, nodes_m: list[tuple[int, int]]) -> Street:
    """A street back to where it began goes round a triangle."""
    if street.u != street.v:
        return street
    x, y = nodes_m[street.u]
    return replace(street, bends=((x + 30, y + 10), (x + 10, y + 30)))


@settings(max_examples=120, deadline=None)
@given(towns(), st.sampled_from([1, 3, 200]))
def test_travel_times_are_those_of_dijkstra_on_every_arc_and_turn(
    town: Town, smallest_part: int
) -> None:
    oracle = Oracle(town, smallest_part)
    assume(not oracle.tie)  # which of two equal parts is the main one is nobody's business
    network = town.network(smallest_part=smallest_part)
    answer = network.durations_s(town.places, town.profile)
    assert answer.tolist() == times_s(town, smallest_part=smallest_part).tolist()


@st.composite
def blocks(make: st.DrawFn) -> Town:
    """Four blocks of streets on which many short ways are forbidden, so that some matter."""
    nodes = [(100 * x, 100 * y) for y in range(3) for x in range(3)]
    ends = [(k, k + 1) for k in range(9) if k % 3 < 2] + [(k, k + 3) for k in range(6)]
    closed_to_through = st.sampled_from([0, 0, 0, 0, 0, NO_THROUGH])
    streets = [
        Street(u, v, length_m=make(st.sampled_from([None, 130.0, 170.0])), kind=kind)
        for u, v in ends
        for kind in [make(closed_to_through)]
    ]
    ways = make(st.lists(straight_on(streets), min_size=6, max_size=12))
    doors = make(st.lists(st.sampled_from(ends), min_size=3, max_size=5, unique=True))
    middles = [
        at(0.3 * nodes[u][0] + 0.7 * nodes[v][0], 0.3 * nodes[u][1] + 0.7 * nodes[v][1])
        for u, v in doors
    ]
    return Town(nodes, streets, middles, "bike", no_ways=ways)


@st.composite
def straight_on(make: st.DrawFn, streets: list[Street]) -> NoWay:
    """Three or four streets one after the other, none of them twice running."""
    first = make(st.integers(0, len(streets) - 1))
    via = make(st.sampled_from([streets[first].u, streets[first].v]))
    numbers, node = [first], via
    for _ in range(make(st.integers(2, 3))):
        onward = [k for k, s in enumerate(streets) if node in (s.u, s.v) and k != numbers[-1]]
        numbers.append(make(st.sampled_from(onward)))
        street = streets[numbers[-1]]
        node = street.v if street.u == node else street.u
    return NoWay(tuple(numbers), via)


@settings(max_examples=50, deadline=None)
@given(blocks())
def test_forbidden_ways_are_those_that_nobody_s_last_streets_make_up(town: Town) -> None:
    oracle = Oracle(town, 1)
    assume(not oracle.tie)
    answer = town.network(smallest_part=1).durations_s(town.places, town.profile)
    assert answer.tolist() == times_s(town, smallest_part=1).tolist()


@settings(max_examples=60, deadline=None)
@given(towns())
def test_a_row_a_column_and_a_cell_are_those_of_the_matrix(town: Town) -> None:
    network, places = town.network(), town.places
    for ask in (network.durations_s, network.distances_m):
        matrix = ask(places, town.profile)
        assert ask(places[:1], town.profile, to=places).tolist() == matrix[:1].tolist()
        assert ask(places, town.profile, to=places[:1]).tolist() == matrix[:, :1].tolist()
        assert ask(places[-1:], town.profile, to=places[:1])[0, 0] == matrix[-1, 0]


@settings(max_examples=60, deadline=None)
@given(towns(free=True))
def test_a_detour_through_a_third_place_saves_no_more_than_a_turn(town: Town) -> None:
    network = town.network(smallest_part=1)
    time_s = network.durations_s(town.places, town.profile)
    by_third = (time_s[:, :, None] + time_s[None, :, :]).min(axis=1)
    turns = PROFILES[town.profile].turns
    # Who stops may turn round at the kerb; whoever drives by turns at the corner instead.
    corner_s = turns.u_turn_s + turns.sharp_s + turns.across_s + turns.signal_s
    gate_s = turns.gate_s if town.gates else 0.0
    assert (time_s <= by_third + corner_s + gate_s).all()


@settings(max_examples=60, deadline=None)
@given(towns())
def test_a_place_reached_by_way_of_a_third_is_reached(town: Town) -> None:
    network = town.network(smallest_part=1)
    can = network.durations_s(town.places, town.profile) < UNREACHABLE_S
    assert (can == can.T).all()
    assert ((can.astype(int) @ can.astype(int) > 0) == can).all()


@settings(max_examples=60, deadline=None)
@given(towns())
def test_a_path_is_as_long_as_the_distance_says(town: Town) -> None:
    town = replace(town, streets=[replace(one, length_m=None) for one in town.streets])
    network = town.network(smallest_part=1)
    distance_m = network.distances_m(town.places, town.profile)
    for i, a in enumerate(town.places):
        for j, b in enumerate(town.places):
            points = network.path(a, b, town.profile)
            if distance_m[i, j] == UNREACHABLE_S:
                assert points == ()
            else:
                metres = np.array(points) * 111_195
                drawn_m = np.hypot(*np.diff(metres, axis=0).T).sum()
                assert abs(drawn_m - distance_m[i, j]) <= 2  # decimetres, arc by arc


def test_the_classes_of_a_drawing_are_the_classes_of_the_house() -> None:
    driven = {road for profile in PROFILES.values() for road in profile.speed_kmh}

    assert driven == set(ROAD_CLASSES)
