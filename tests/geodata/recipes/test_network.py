"""Lines become a network: small towns drawn on squared paper, one square is 100 m."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from geodata.network import CLASS_NAMES
from geodata.recipes.lines import Line, Plane
from geodata.recipes.network import Arrays, assemble, link

PLANE = Plane(44.5, 0.2)
FAR_RIVER = np.array([[-9e4, 9e4], [9e4, 9e4]])


def street(*squares: tuple[float, float], name: str = "Rue") -> Line:
    return Line(name, "residential", np.array(squares, dtype=float) * 100, commune=0)


def size(network: Arrays) -> tuple[int, int, int]:
    """Nodes, edges, metres."""
    length_m = round(int(network["length_dm"].sum()) / 10)
    return len(network["lat_e6"]), len(network["u"]), length_m


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


def test_surveyed_streets_meet_only_where_they_share_a_point() -> None:
    """A fly-over is no junction; the smaller part is then out of reach and dropped."""
    lines = [street((0, 0), (1, 0), (2, 0)), street((1, -1), (1, 1))]
    drawn = link(lines, [line.points for line in lines], np.arange(2), PLANE)
    assert size(drawn) == (3, 2, 200)


def test_only_a_bridge_crosses_the_river() -> None:
    river = np.array([[100.0, -900.0], [100.0, 900.0]])
    banks = [street((-2, 0), (0, 0)), street((2, 0), (4, 0), (5, 0))]
    ford = street((0, 0), (2, 0))
    assert size(assemble([*banks, ford], PLANE, river)) == (3, 2, 300)
    bridge = replace(ford, bridge=True, max_weight_kg=3_500)
    bridged = assemble([*banks, bridge], PLANE, river)
    assert size(bridged) == (5, 4, 700)
    assert bridged["max_weight_kg"].tolist() == [0, 0, 0, 3_500]


def test_a_one_way_street_without_return_is_left_out() -> None:
    trap = replace(street((2, 0), (3, 0)), oneway=True)
    assert size(assemble([street((0, 0), (2, 0)), trap], PLANE, FAR_RIVER)) == (2, 1, 200)


def test_edges_of_a_street_follow_each_other_from_its_first_house() -> None:
    long = street((0, 0), (3, 0), name="Rue longue")
    crossed = [street((k, -1), (k, 1), name=f"Rue {k}") for k in (2, 1)]
    network = assemble([long, *crossed], PLANE, FAR_RIVER)
    mine = network["names"][network["name"]] == "Rue longue"
    u, v = network["u"][mine], network["v"][mine]
    assert mine.tolist() == [True] * 3 + [False] * 4
    assert u[1:].tolist() == v[:-1].tolist()
    assert np.diff(network["lon_e6"][u]).min() > 0


def test_a_main_road_slows_down_between_houses_and_only_there() -> None:
    road = Line("D813", "primary", np.array([[0.0, 50.0], [100.0, 50.0], [3000.0, 50.0]]))
    network = assemble([street((0, 0), (1, 0)), street((0, 0), (0, 0.5)), road], PLANE, FAR_RIVER)
    on_road = network["names"][network["name"]] == "D813"
    classes = [CLASS_NAMES[k] for k in network["road_class"][on_road]]
    assert classes == ["tertiary", "primary"]
    assert network["commune"][on_road].tolist() == [0, -1]


squares = st.tuples(st.integers(0, 8), st.integers(0, 8))


@given(
    st.lists(st.tuples(squares, squares).filter(lambda p: p[0] != p[1]), min_size=1, max_size=12)
)
def test_whatever_is_drawn_one_can_always_come_back(
    drawn: list[tuple[tuple[int, int], tuple[int, int]]],
) -> None:
    lines = [replace(street(*ends), oneway=k % 3 == 0) for k, ends in enumerate(drawn)]
    network = assemble(lines, PLANE, FAR_RIVER)
    u, v, oneway = network["u"], network["v"], network["oneway"]
    n = len(network["lat_e6"])
    tail, head = np.concatenate([u, v[~oneway]]), np.concatenate([v, u[~oneway]])
    arcs = coo_matrix((np.ones(len(tail)), (tail, head)), shape=(n, n))
    assert connected_components(arcs, directed=True, connection="strong")[0] == 1
    assert (network["length_dm"] > 0).all()
    assert (u != v).all()
