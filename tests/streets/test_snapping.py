from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.streets.snapping import EdgeFinder
from tests.streets.drawing import Street, at, draw

shapely = pytest.importorskip("shapely")  # comes with osmnx

METRES = st.integers(-1000, 1000)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(METRES, METRES, METRES, METRES), min_size=1, max_size=12),
    METRES,
    METRES,
)
def test_the_nearest_street_is_as_near_as_shapely_finds_it(
    lines: list[tuple[int, int, int, int]], x: int, y: int
) -> None:
    nodes = [end for x1, y1, x2, y2 in lines for end in ((x1, y1), (x2, y2))]
    arrays = draw(nodes, [Street(2 * k, 2 * k + 1) for k in range(len(lines))])
    snap = EdgeFinder(arrays, np.ones(len(lines), dtype=np.bool_)).nearest(at(x, y))
    assert snap is not None
    shapes = [shapely.LineString([(x1, y1), (x2, y2)]) for x1, y1, x2, y2 in lines]
    assert snap.away_m == pytest.approx(
        min(s.distance(shapely.Point(x, y)) for s in shapes), abs=0.01
    )
    foot = shapes[snap.edge].interpolate(snap.fraction, normalized=True)
    assert foot.distance(shapely.Point(x, y)) == pytest.approx(snap.away_m, abs=0.01)


def test_a_street_that_does_not_count_is_passed_over() -> None:
    arrays = draw([(0, 0), (100, 0), (0, 50), (100, 50)], [Street(0, 1), Street(2, 3)])
    snap = EdgeFinder(arrays, np.array([False, True])).nearest(at(50, 10))
    assert snap is not None
    assert (snap.edge, snap.fraction, snap.away_m) == pytest.approx((1, 0.5, 40))


def test_without_streets_there_is_nothing_near() -> None:
    arrays = draw([(0, 0), (100, 0)], [Street(0, 1)])
    assert EdgeFinder(arrays, np.array([False])).nearest(at(50, 10)) is None
