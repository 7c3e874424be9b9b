from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.sparse import csgraph

from dispatch.streets.graph import NO_ROAD_MS, ProfileGraph
from dispatch.streets.profiles import BIKE
from tests.streets.drawing import Street, draw

#: Six nodes in a line, 250 m (a minute by bike) from one to the next, one way; a seventh apart.
LINE = draw(
    [*((250.0 * k, 0) for k in range(6)), (0, 999)],
    [Street(k, k + 1, oneway=True) for k in range(5)],
)


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The nodes a search was started from, in order."""
    starts: list[int] = []

    def counted(*args: object, indices: list[int], **options: object) -> object:
        starts.extend(indices)
        return real(*args, indices=indices, **options)

    real = csgraph.dijkstra
    monkeypatch.setattr("dispatch.streets.graph.dijkstra", counted)
    yield starts


def test_a_row_adds_up_times_and_metres_over_the_whole_way() -> None:
    (row,) = ProfileGraph(LINE, BIKE, rows_kept=9).rows([1])
    minute = 60_000
    assert row.time_ms.tolist() == [
        NO_ROAD_MS, 0, minute, 2 * minute, 3 * minute, 4 * minute, NO_ROAD_MS
    ]  # fmt: skip
    assert row.length_m[1:6].tolist() == [0, 250, 500, 750, 1000]
    assert row.before[2:6].tolist() == [1, 2, 3, 4]


def test_no_more_rows_are_kept_than_agreed_and_the_least_used_goes_first(
    searched: list[int],
) -> None:
    graph = ProfileGraph(LINE, BIKE, rows_kept=2)
    graph.rows([0, 1])
    graph.rows([0])
    graph.rows([2])  # 1 was not used since
    assert searched == [0, 1, 2]
    graph.rows([0, 2])
    assert searched == [0, 1, 2]
    graph.rows([1])
    assert searched == [0, 1, 2, 1]


def test_more_rows_than_are_kept_can_be_asked_for_at_once() -> None:
    rows = ProfileGraph(LINE, BIKE, rows_kept=1).rows([5, 0, 5])
    assert [int(row.time_ms[5]) for row in rows] == [0, 300_000, 0]


def test_a_street_of_no_length_still_joins_its_ends() -> None:
    graph = ProfileGraph(draw([(0, 0), (0, 0)], [Street(0, 1)]), BIKE, rows_kept=9)
    assert graph.rows([0])[0].time_ms.tolist() == [0, 1]


def test_a_hundred_rows_at_once_are_the_rows_one_by_one() -> None:
    size = 100
    ring = draw(
        [(100 * np.cos(a), 100 * np.sin(a)) for a in np.arange(size) * 2 * np.pi / size],
        [Street(k, (k + 1) % size, oneway=True, length_m=25) for k in range(size)],
    )
    rows = ProfileGraph(ring, BIKE, rows_kept=size).rows(range(size))
    assert [int(row.time_ms[0]) for row in rows] == [6_000 * (-k % size) for k in range(size)]
