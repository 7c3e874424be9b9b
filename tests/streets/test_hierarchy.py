"""A hierarchy answers what Dijkstra answers, on any graph of arcs and turns."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from dispatch.streets.contraction import build
from dispatch.streets.hierarchy import DM_BITS, NO_ROAD, NO_ROAD_MS, Ends, Hierarchy
from dispatch.streets.turns import TurnGraph

MS = st.integers(1, 5_000)


def graph_of(ms: list[int], dm: list[int], turns: dict[tuple[int, int], int]) -> TurnGraph:
    """Return the graph of arcs that take *ms* and *dm*, and the turns between them."""
    arcs, pairs = len(ms), sorted(turns)
    number = np.arange(arcs, dtype=np.int32)
    return TurnGraph(
        edge=number,
        back=np.zeros(arcs, np.bool_),
        ms=np.array(ms, np.int32),
        dm=np.array(dm, np.int32),
        part=np.zeros(arcs, np.int32),
        arc_there=number.copy(),
        arc_back=np.full(arcs, -1, np.int32),
        again_at=np.zeros(arcs + 1, np.int32),
        turn_at=np.searchsorted([a for a, _ in pairs], np.arange(arcs + 1)).astype(np.int32),
        turn_to=np.array([b for _, b in pairs], np.int32),
        turn_ms=np.array([turns[pair] for pair in pairs], np.int32),
    )


@st.composite
def graphs(make: st.DrawFn) -> TurnGraph:
    arcs = make(st.integers(1, 40))
    times = make(st.lists(MS, min_size=arcs, max_size=arcs))
    metres = make(st.lists(st.integers(0, 300), min_size=arcs, max_size=arcs))
    arc = st.integers(0, arcs - 1)
    turns = make(st.dictionaries(st.tuples(arc, arc), st.sampled_from([0, 0, 500]), max_size=120))
    return graph_of(times, metres, turns)


def every_state(graph: TurnGraph) -> Ends:
    zero = np.zeros(graph.states, np.int32)
    states = np.arange(graph.states, dtype=np.int32)
    return Ends(np.arange(graph.states + 1, dtype=np.int32), states, zero, zero)


def weights(graph: TurnGraph) -> list[tuple[int, int, int, int]]:
    """(state, state, ms, dm) of every turn."""
    before = np.repeat(np.arange(graph.states), np.diff(graph.turn_at))
    ms = graph.ms[before] + graph.turn_ms
    columns = before, graph.turn_to, ms, graph.dm[before]
    return list(zip(*(column.tolist() for column in columns), strict=True))


def by_scipy(graph: TurnGraph) -> Any:
    """(s, s) milliseconds by Dijkstra, ``NO_ROAD_MS`` for no way."""
    web = np.array(weights(graph), np.int64).reshape(-1, 4)
    matrix = csr_matrix((web[:, 2].astype(float), (web[:, 0], web[:, 1])), (graph.states,) * 2)
    found = dijkstra(matrix)
    return np.where(np.isinf(found), NO_ROAD_MS, found)


@settings(max_examples=150, deadline=None)
@given(graphs(), st.sampled_from([None, 0, 2, 5, 1_000]))
def test_times_and_metres_are_those_of_networkx_the_shorter_of_equally_fast_ways(
    graph: TurnGraph, last: int | None
) -> None:
    web: nx.DiGraph[int] = nx.DiGraph()
    web.add_nodes_from(range(graph.states))
    for a, b, ms, dm in weights(graph):
        web.add_edge(a, b, cost=(ms << DM_BITS) | dm)
    hierarchy, ends = build(graph, core=last), every_state(graph)
    costs = hierarchy.costs(ends, ends)
    for a in range(graph.states):
        expected = nx.single_source_dijkstra_path_length(web, a, weight="cost")
        assert costs[a].tolist() == [expected.get(b, NO_ROAD) for b in range(graph.states)]
    assert (hierarchy.times_ms(ends, ends) == costs >> DM_BITS).all()


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_times_are_those_of_scipy(graph: TurnGraph) -> None:
    ends = every_state(graph)
    assert (build(graph).times_ms(ends, ends) == by_scipy(graph)).all()


@settings(max_examples=60, deadline=None)
@given(graphs(), st.data())
def test_a_way_takes_the_turns_that_its_cost_is_made_of(graph: TurnGraph, data: Any) -> None:
    arc = st.integers(0, graph.states - 1)
    a, b = data.draw(arc), data.draw(arc)
    hierarchy = build(graph, core=data.draw(st.sampled_from([0, 3, 1_000])))
    one, other = (
        Ends(
            np.array([0, 1], np.int32),
            np.array([state], np.int32),
            np.array([ms], np.int32),
            np.array([ms], np.int32),
        )
        for state, ms in ((a, 7), (b, 30))
    )
    cost = int(hierarchy.costs(one, other)[0, 0])
    way = hierarchy.way(one, other)
    if way is None:
        assert cost == NO_ROAD
        return
    states = way[1].tolist()
    step = {(x, y): (ms << DM_BITS) | dm for x, y, ms, dm in weights(graph)}
    assert (states[0], states[-1]) == (a, b)
    assert way[0] == cost == sum(step[pair] for pair in pairwise(states)) + (37 << DM_BITS) + 37


def test_a_place_with_two_ways_out_takes_the_better_one() -> None:
    # Arcs 0 → 2 and 1 → 2: a second on 0, three on 1; the place is two seconds further on 0.
    graph = graph_of([1_000, 3_000, 1], [1, 1, 1], {(0, 2): 0, (1, 2): 0})
    start = Ends(*(np.array(x, np.int32) for x in ([0, 2], [0, 1], [2_500, 0], [0, 0])))
    end = Ends(*(np.array(x, np.int32) for x in ([0, 1], [2], [0], [0])))
    hierarchy = build(graph)
    assert hierarchy.times_ms(start, end).tolist() == [[3_000]]
    way = hierarchy.way(start, end)
    assert way is not None
    assert (way[0], way[1].tolist()) == (3_000 << DM_BITS | 1, [1, 2])


def test_a_hundred_sources_and_one_answer_alike_and_both_ways_round() -> None:
    dice = np.random.default_rng(5)
    arcs = 400  # a ring with chords; more sources than are swept at once
    turns = {(k, (k + 1) % arcs): 0 for k in range(arcs)}
    turns |= {(int(a), int(b)): 0 for a, b in dice.integers(0, arcs, (300, 2))}
    graph = graph_of(dice.integers(1, 9_000, arcs).tolist(), [1] * arcs, turns)
    hierarchy, ends = build(graph), every_state(graph)
    whole = hierarchy.times_ms(ends, ends)
    assert (whole == by_scipy(graph)).all()
    one = Ends(ends.at[:2], ends.state[77:78], ends.ms[:1], ends.dm[:1])
    assert hierarchy.times_ms(one, ends).tolist() == whole[77:78].tolist()
    assert hierarchy.times_ms(ends, one).tolist() == whole[:, 77:78].tolist()


def test_shortcuts_beyond_the_first_guess_of_their_number_find_room() -> None:
    # A full web of 90 arcs needs more room than four times its turns when it starts small.
    arcs = 90
    turns = {(a, b): 0 for a in range(arcs) for b in range(arcs) if (a * b) % 7 == 1 or b == a + 1}
    turns[arcs - 1, 0] = 0
    graph = graph_of([1_000 + 13 * k for k in range(arcs)], [1] * arcs, turns)
    ends = every_state(graph)
    small, large = build(graph, room=1, core=0), build(graph, core=0)
    assert (small.times_ms(ends, ends) == large.times_ms(ends, ends)).all()


def test_a_table_of_all_pairs_makes_no_arc_that_is_not_needed() -> None:
    # Every node is everybody's neighbour, but the ring is always quicker: only it remains.
    arcs = 40
    turns = {(a, b): 0 if (a + 1) % arcs == b else 10**7 for a in range(arcs) for b in range(arcs)}
    graph = graph_of([1_000] * arcs, [1] * arcs, turns)
    alone, together = build(graph, core=0), build(graph, core=arcs)
    ends = every_state(graph)
    assert (alone.costs(ends, ends) == together.costs(ends, ends)).all()
    found = len(together.arrays["up_node"]) + len(together.arrays["down_node"])
    assert found < 4 * arcs <= len(alone.arrays["up_node"]) + len(alone.arrays["down_node"])


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    build(
        graph_of([1] * 9, [1] * 9, {(k, k + 1): 0 for k in range(8)}), lambda *it: told.append(it)
    )
    assert told == [(9, 9)]


def test_a_hierarchy_is_its_arrays() -> None:
    graph = graph_of([5, 6, 7], [1, 2, 3], {(0, 1): 0, (1, 2): 0, (2, 0): 0})
    ends = every_state(graph)
    built = build(graph)
    again = Hierarchy(built.arrays)
    assert (again.costs(ends, ends) == built.costs(ends, ends)).all()
