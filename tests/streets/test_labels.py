"""A table read off labels is the table that a sweep fills, whoever was labelled before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.streets import labels
from dispatch.streets.arrays import Ints
from dispatch.streets.contraction import build
from dispatch.streets.hierarchy import Ends
from dispatch.streets.labels import KnownLabels, costs_by_labels
from dispatch.streets.turns import TurnGraph
from tests.streets.oracle import Town
from tests.streets.test_hierarchy import graph_of, graphs
from tests.streets.test_network_properties import towns


def only(ends: Ends, numbers: Sequence[int]) -> Ends:
    entries = [np.arange(ends.at[n], ends.at[n + 1]) for n in numbers]
    at = np.cumsum([0, *(len(some) for some in entries)]).astype(np.int32)
    flat: Ints = np.concatenate([np.empty(0, np.int64), *entries])
    return Ends(at, ends.state[flat], ends.ms[flat], ends.dm[flat])


@st.composite
def ends_of(make: st.DrawFn, graph: TurnGraph, many: int) -> Ends:
    """Ends of *many* places: up to three states each, some of them none."""
    state = st.integers(0, graph.states - 1)
    entry = st.tuples(state, st.integers(0, 900), st.integers(0, 90))
    each = [make(st.lists(entry, max_size=3)) for _ in range(many)]
    at = np.cumsum([0, *map(len, each)]).astype(np.int32)
    flat = np.array([one for some in each for one in some], np.int32).reshape(-1, 3)
    return Ends(at, *(np.ascontiguousarray(column) for column in flat.T))


@settings(max_examples=100, deadline=None)
@given(graphs(), st.data())
def test_labels_tell_what_a_sweep_tells_in_whatever_order_they_are_made(
    graph: TurnGraph, data: Any
) -> None:
    places = data.draw(st.integers(1, 6))
    hierarchy = build(graph)
    starts, ends = (data.draw(ends_of(graph, places)) for _ in range(2))
    left = KnownLabels(hierarchy, lambda some: only(starts, some.tolist()), reached=False)
    reached = KnownLabels(hierarchy, lambda some: only(ends, some.tolist()), reached=True)
    whole = hierarchy.costs(starts, ends)
    numbers = st.lists(st.integers(0, places - 1), min_size=1, max_size=8)
    for _ in range(3):
        rows, columns = (np.array(data.draw(numbers), np.int64) for _ in range(2))
        told = costs_by_labels(left, rows, reached, columns)
        assert told is not None
        assert told.tolist() == whole[np.ix_(rows, columns)].tolist()


@settings(max_examples=80, deadline=None)
@given(towns(), st.sampled_from([1, 200]))
def test_times_and_metres_of_a_town_are_the_same_by_labels_and_by_sweeps(
    town: Town, smallest_part: int
) -> None:
    network = town.network(smallest_part=smallest_part)
    for ask in (network.durations_s, network.distances_m):
        by_labels = ask(town.places, town.profile)
        with patch.object(labels, "FEW", 0):
            assert by_labels.tolist() == ask(town.places, town.profile).tolist()


def test_more_places_than_are_labelled_at_once_are_swept_until_all_of_them_are() -> None:
    """A ring of 50 arcs of a second each."""
    ring = graph_of([1000] * 50, [0] * 50, {(k, (k + 1) % 50): 0 for k in range(50)})
    every = np.arange(50, dtype=np.int32)
    zero = np.zeros(50, np.int32)
    ends = Ends(np.arange(51, dtype=np.int32), every, zero, zero)
    hierarchy = build(ring)
    sides = [
        KnownLabels(hierarchy, lambda some: only(ends, some.tolist()), reached=reached)
        for reached in (False, True)
    ]
    one, all_of_them = np.array([7]), np.arange(50)
    assert costs_by_labels(sides[0], one, sides[1], all_of_them) is None
    told = costs_by_labels(sides[0], one, sides[1], all_of_them)
    assert told is not None
    assert told[0, 7:10].tolist() == [0, 1000 << 24, 2000 << 24]


def test_as_many_rows_as_columns_are_swept_when_they_are_more_than_a_few() -> None:
    ring = graph_of([1000] * 2, [0] * 2, {(0, 1): 0, (1, 0): 0})
    zero = np.zeros(2, np.int32)
    ends = Ends(np.arange(3, dtype=np.int32), np.arange(2, dtype=np.int32), zero, zero)
    side = KnownLabels(build(ring), lambda some: only(ends, some.tolist()), reached=False)
    few = np.zeros(labels.FEW, np.int64)
    assert costs_by_labels(side, few, side, few) is not None
    more = np.zeros(labels.FEW + 1, np.int64)
    assert costs_by_labels(side, more, side, more) is None
