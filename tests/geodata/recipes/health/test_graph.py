"""What hangs together and what hangs by one edge: drawn, and against networkx on random streets."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import network as net
from geodata.network import CLASS_NAMES, Network
from geodata.recipes.health.graph import cut_edges, lengths_m, streets_of

BOTH_WAYS = net.CAR_THERE | net.CAR_BACK


def streets(n: int, edges: list[tuple[int, int, int]]) -> Network:
    """*n* nodes in a row 100 m apart; edges as (u, v, access), each 100 m long."""
    m = len(edges)
    table = np.array(edges, dtype=np.int64).reshape(-1, 3)
    return Network(
        lat_deg=np.full(n, 44.5),
        lon_deg=np.array([0.16 + k * 0.00126 for k in range(n)]),
        signal=np.zeros(n, np.bool_),
        gate=np.zeros(n, np.bool_),
        u=table[:, 0].astype(np.int32),
        v=table[:, 1].astype(np.int32),
        length_m=np.full(m, 100, np.float32),
        road_class=np.full(m, CLASS_NAMES.index("residential"), np.uint8),
        class_names=CLASS_NAMES,
        access=table[:, 2].astype(np.uint8),
        kind=np.zeros(m, np.uint8),
        limit_there_kmh=np.zeros(m, np.uint8),
        limit_back_kmh=np.zeros(m, np.uint8),
        surface=np.zeros(m, np.uint8),
        fixed_s=np.zeros(m, np.uint16),
        max_weight_kg=np.zeros(m, np.int32),
        name=np.zeros(m, np.int32),
        names=("",),
        commune=np.full(m, -1, np.int16),
        way=np.arange(1, m + 1, dtype=np.int64),
        shape_at=np.zeros(m + 1, np.int32),
        shape_lat_deg=np.zeros(0),
        shape_lon_deg=np.zeros(0),
        turn_from=np.zeros(0, np.int32),
        turn_via=np.zeros(0, np.int32),
        turn_to=np.zeros(0, np.int32),
        turn_who=np.zeros(0, np.uint8),
    )


def test_a_one_way_dead_end_does_not_hang_together() -> None:
    """0 - 1 - 2 both ways, 2 → 3 one way."""
    car = streets_of(
        streets(4, [(0, 1, BOTH_WAYS), (1, 2, BOTH_WAYS), (2, 3, net.CAR_THERE)]), "car"
    )
    assert car.inside.tolist() == [True, True, False]
    assert car.used.all()


def test_the_only_road_between_two_squares_cuts_off_the_smaller() -> None:
    """Squares 0 1 2 3 and 4 5 6, joined by 3 - 4."""
    ring = [(0, 1), (1, 2), (2, 3), (3, 0), (3, 4), (4, 5), (5, 6), (6, 4)]
    car = streets_of(streets(7, [(u, v, BOTH_WAYS) for u, v in ring]), "car")
    assert cut_edges(car, np.ones(7)) == [(4, 3.0)]


def test_two_carriageways_side_by_side_replace_each_other() -> None:
    car = streets_of(streets(2, [(0, 1, net.CAR_THERE), (0, 1, net.CAR_BACK)]), "car")
    assert cut_edges(car, np.ones(2)) == []


def test_the_shortest_of_two_parallel_streets_is_taken_and_a_closed_one_is_not() -> None:
    network = streets(3, [(0, 1, BOTH_WAYS), (1, 2, BOTH_WAYS), (0, 2, BOTH_WAYS), (0, 1, 1)])
    car = streets_of(network, "car")
    none, start = np.zeros(0, np.int64), np.array([0])
    assert lengths_m(car, none, start).tolist() == [[0, 100, 100]]
    assert lengths_m(car, np.array([2]), start).tolist() == [[0, 100, 200]]
    assert not np.isfinite(lengths_m(car, np.array([0, 2, 3]), start)[0, 1])


edge_lists = st.integers(2, 9).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.lists(
            st.tuples(
                st.integers(0, n - 1), st.integers(0, n - 1), st.sampled_from([1, 2, 3, 48])
            ).filter(lambda e: e[0] != e[1]),
            min_size=1,
            max_size=16,
        ),
    )
)


@given(drawn=edge_lists)
def test_parts_and_cuts_are_those_of_networkx(
    drawn: tuple[int, list[tuple[int, int, int]]],
) -> None:
    n, edges = drawn
    car = streets_of(streets(n, edges), "car")
    arcs: nx.DiGraph[int] = nx.DiGraph()
    arcs.add_nodes_from(range(n))
    arcs.add_edges_from((u, v) for u, v, access in edges if access & net.CAR_THERE)
    arcs.add_edges_from((v, u) for u, v, access in edges if access & net.CAR_BACK)
    mine = {frozenset(np.flatnonzero(car.part == p).tolist()) for p in set(car.part.tolist())}
    theirs: Any = nx.strongly_connected_components(arcs)
    assert mine == set(map(frozenset, theirs))

    graph: nx.Graph[int] = nx.Graph()
    inside = [edges[e][:2] for e in np.flatnonzero(car.inside)]
    graph.add_edges_from(inside)
    single = [e for e in np.flatnonzero(car.inside).tolist() if _count(inside, edges[e][:2]) == 1]
    pairs: Any = nx.bridges(graph) if inside else ()
    bridges = set(map(frozenset, pairs))
    wanted = {e for e in single if frozenset(edges[e][:2]) in bridges}
    found = dict(cut_edges(car, np.ones(n)))
    assert set(found) == wanted
    for e, lost in found.items():
        rest = graph.copy()
        rest.remove_edge(*edges[e][:2])
        sizes = [len(part) for part in nx.connected_components(rest)]
        assert lost == pytest.approx(min(sizes))


def _count(pairs: list[tuple[int, int]], pair: tuple[int, int]) -> int:
    return sum(set(one) == set(pair) for one in pairs)
