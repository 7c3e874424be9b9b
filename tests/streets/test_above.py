"""What lies above a day's stops is kept and grows, and tables swept over it stay true."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.streets import above
from dispatch.streets.contraction import build
from dispatch.streets.hierarchy import Ends, Hierarchy
from dispatch.streets.turns import TurnGraph
from tests.streets.test_hierarchy import graphs


def some(states: list[int]) -> Ends:
    zero = np.zeros(len(states), np.int32)
    at = np.arange(len(states) + 1, dtype=np.int32)
    return Ends(at, np.array(states, np.int32), zero, zero)


@settings(max_examples=60, deadline=None)
@given(graphs(), st.data())
def test_a_table_is_the_same_whatever_was_asked_before(graph: TurnGraph, data: Any) -> None:
    one = build(graph)
    states = st.lists(st.integers(0, graph.states - 1), min_size=1, max_size=5)
    for _ in range(data.draw(st.integers(1, 5))):
        starts, ends = some(data.draw(states)), some(data.draw(states))
        for ask in (Hierarchy.times_ms, Hierarchy.costs):
            with patch.object(above, "MANY", 1):
                told = ask(one, starts, ends)
            assert told.tolist() == ask(one, starts, ends).tolist()


def test_what_is_kept_grows_by_what_is_new_and_begins_anew_when_it_would_be_too_much() -> None:
    """0 is the top, 1 to 3 hang below it one by one, and so do 4 to 8."""
    at, node = np.array([0, *range(9)], np.int32), np.array([0, 1, 2, 0, 4, 5, 6, 7], np.int32)
    upwards, scratch = above.Upwards((at, node, np.ones(8, np.int32)), 9), above.Scratch(9)
    with patch.object(above, "MANY", 1):
        kept = [
            upwards.above(np.array([end], np.int32), scratch).nodes.tolist() for end in (3, 4, 3, 8)
        ]
    assert kept == [[0, 1, 2, 3], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [0, 4, 5, 6, 7, 8]]
