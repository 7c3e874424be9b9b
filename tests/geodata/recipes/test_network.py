"""Lines become a network: small towns drawn on squared paper, one square is 100 m."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from geodata.network import BRIDGE, CLASS_NAMES, URBAN, Network
from geodata.recipes.lines import Line, Plane
from geodata.recipes.network import assemble

PLANE = Plane(44.5, 0.2)
FAR_RIVER = np.array([[-9e4, 9e4], [9e4, 9e4]])


def street(*squares: tuple[float, float], name: str = "Rue") -> Line:
    return Line(name, "residential", np.array(squares, dtype=float) * 100, commune=0)


def lane(*squares: tuple[float, float], name: str = "Chemin") -> Line:
    return Line(name, "unclassified", np.array(squares, dtype=float) * 100, commune=0)


def size(network: Network) -> tuple[int, int, int]:
    """Nodes, edges, metres."""
    return len(network.lat_deg), len(network.u), round(float(network.length_m.sum()))


def named(network: Network, name: str) -> NDArray[np.intp]:
    return np.flatnonzero(np.array(network.names)[network.name] == name)


def test_streets_that_cross_meet() -> None:
    cross = [street((0, 0), (2, 0)), street((1, -1), (1, 1))]
    assert size(assemble(cross, PLANE, FAR_RIVER)) == (5, 4, 400)


def test_a_street_that_ends_on_another_meets_it() -> None:
    """T: 60 cm short of the axis is on it."""
    tee = [street((0, 0), (2, 0)), street((1, 1), (1, 0.006))]
    nodes, edges, _ = size(assemble(tee, PLANE, FAR_RIVER))
    assert (nodes, edges) == (4, 3)


def test_streets_joined_by_a_corner_share_it() -> None:
    corner = [street((0, 0), (1, 0)), street((1, 0), (1, 1))]
    assert size(assemble(corner, PLANE, FAR_RIVER)) == (3, 2, 200)


def test_what_nobody_can_drive_to_is_left_out() -> None:
    """Two crossing streets, and one beyond the fields that meets nothing."""
    cross = [street((0, 0), (2, 0)), street((1, -1), (1, 1))]
    assert size(assemble([*cross, street((9, 9), (10, 9))], PLANE, FAR_RIVER)) == (5, 4, 400)


def test_a_drawing_that_nobody_can_drive_home_in_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing of 1 lines"):
        assemble([replace(street((0, 0), (1, 0)), oneway=True)], PLANE, FAR_RIVER)


def test_bends_are_no_junctions() -> None:
    """
    . b c
    a . d e
    """
    bent = assemble([lane((0, 0), (1, 1), (2, 1), (2, 0), (3, 0))], PLANE, FAR_RIVER)
    assert size(bent) == (2, 1, round(100 * (2**0.5 + 3)))
    assert bent.shape_at.tolist() == [0, 3]
    assert np.diff(bent.shape_lon_deg).min() >= 0, "from u to v"
    assert bent.lon_deg[bent.u[0]] < bent.shape_lon_deg[0]


def test_a_bend_where_another_lane_turns_off_is_a_junction() -> None:
    tee = [lane((0, 0), (1, 0.2), (2, 0)), lane((1, 0.2), (1, 1), name="Chemin 2")]
    nodes, edges, _ = size(assemble(tee, PLANE, FAR_RIVER))
    assert (nodes, edges) == (4, 3)


def test_a_street_that_crosses_itself_has_no_edge_from_a_junction_to_itself() -> None:
    ring = lane((0, 0), (2, 0), (2, 1), (1, 1), (1, -1))
    network = assemble([ring], PLANE, FAR_RIVER)
    assert (network.u != network.v).all()
    assert size(network) == (4, 4, 600)


def test_only_a_bridge_crosses_the_river() -> None:
    river = np.array([[100.0, -900.0], [100.0, 900.0]])
    banks = [street((-2, 0), (0, 0)), street((2, 0), (4, 0), (5, 0))]
    ford = street((0, 0), (2, 0))
    assert size(assemble([*banks, ford], PLANE, river)) == (2, 1, 300)
    bridge = replace(ford, bridge=True, max_weight_kg=3_500)
    bridged = assemble([*banks, bridge], PLANE, river)
    assert size(bridged) == (4, 3, 700)
    assert bridged.max_weight_kg.tolist() == [0, 0, 3_500]
    assert bridged.kind.tolist() == [URBAN, URBAN, BRIDGE], "nobody lives on a bridge"


def test_a_one_way_street_without_return_is_left_out() -> None:
    trap = replace(street((2, 0), (3, 0)), oneway=True)
    assert size(assemble([street((0, 0), (2, 0)), trap], PLANE, FAR_RIVER)) == (2, 1, 200)


def test_edges_of_a_street_follow_each_other_from_its_first_house() -> None:
    long = street((0, 0), (3, 0), name="Rue longue")
    crossed = [street((k, -1), (k, 1), name=f"Rue {k}") for k in (2, 1)]
    network = assemble([long, *crossed], PLANE, FAR_RIVER)
    mine = named(network, "Rue longue")
    u, v = network.u[mine], network.v[mine]
    assert mine.tolist() == [0, 1, 2]
    assert u[1:].tolist() == v[:-1].tolist()
    assert np.diff(network.lon_deg[u]).min() > 0


def test_a_main_road_is_in_town_between_houses_and_only_there() -> None:
    road = Line("D813", "primary", np.array([[0.0, 50.0], [100.0, 50.0], [3000.0, 50.0]]))
    network = assemble([street((0, 0), (1, 0)), street((0, 0), (0, 0.5)), road], PLANE, FAR_RIVER)
    on_road = named(network, "D813")
    assert (network.kind[on_road] & URBAN).tolist() == [URBAN, 0]
    assert network.commune[on_road].tolist() == [0, -1]
    assert [CLASS_NAMES[k] for k in network.road_class[on_road]] == ["primary", "primary"]


def test_a_lane_is_in_town_where_it_passes_the_last_houses() -> None:
    out = lane((0, 1), (1, 1), (1, 9))
    network = assemble([street((0, 0), (1, 0)), street((0, 0), (0, 1)), out], PLANE, FAR_RIVER)
    on_lane = named(network, "Chemin")
    assert (network.kind[on_lane] & URBAN).tolist() == [URBAN, 0]
    assert network.length_m[on_lane].round().tolist() == [100, 800]


squares = st.tuples(st.integers(0, 8), st.integers(0, 8))


@given(
    st.lists(st.tuples(squares, squares).filter(lambda p: p[0] != p[1]), min_size=1, max_size=12)
)
def test_whatever_is_drawn_one_can_always_come_back(
    drawn: list[tuple[tuple[int, int], tuple[int, int]]],
) -> None:
    lines = [replace(street(*ends), oneway=k % 3 == 1) for k, ends in enumerate(drawn)]
    network = assemble(lines, PLANE, FAR_RIVER)
    u, v, oneway = network.u, network.v, network.oneway
    n = len(network.lat_deg)
    tail, head = np.concatenate([u, v[~oneway]]), np.concatenate([v, u[~oneway]])
    arcs = coo_matrix((np.ones(len(tail)), (tail, head)), shape=(n, n))
    assert connected_components(arcs, directed=True, connection="strong")[0] == 1
    assert (network.length_m > 0).all()
    assert (u != v).all()


@given(
    st.lists(st.tuples(squares, squares).filter(lambda p: p[0] != p[1]), min_size=1, max_size=12)
)
def test_an_edge_is_as_long_as_its_bends(
    drawn: list[tuple[tuple[int, int], tuple[int, int]]],
) -> None:
    network = assemble([street(*ends, (9, 9)) for ends in drawn], PLANE, FAR_RIVER)
    for e in range(len(network.u)):
        bends = slice(network.shape_at[e], network.shape_at[e + 1])
        lat, lon = (
            np.array([nodes[network.u[e]], *shape[bends], nodes[network.v[e]]])
            for nodes, shape in (
                (network.lat_deg, network.shape_lat_deg),
                (network.lon_deg, network.shape_lon_deg),
            )
        )
        steps = np.diff(PLANE.to_m(np.column_stack([lat, lon])), axis=0)
        assert abs(np.hypot(*steps.T).sum() - network.length_m[e]) < 0.2 * len(steps) + 0.1
