from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.streets.shapes import Shapes
from dispatch.streets.snapping import EdgeFinder, Snaps
from tests.streets.drawing import Street, draw

shapely = pytest.importorskip("shapely")  # comes with osmnx

METRES = st.integers(-1000, 1000)


def find(finder: EdgeFinder, x: float, y: float, reach_m: float = 500) -> Snaps:
    return finder.nearest(np.array([float(x)]), np.array([float(y)]), reach_m)


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
    shapes = Shapes(arrays)
    for reach_m in (500, 5000):
        snap = find(EdgeFinder(shapes, np.ones(len(lines), dtype=np.bool_)), x, y, reach_m)
        lines_m = [shapely.LineString([(x1, y1), (x2, y2)]) for x1, y1, x2, y2 in lines]
        nearest_m = min(line.distance(shapely.Point(x, y)) for line in lines_m)
        assert snap.away_m[0] == pytest.approx(nearest_m, abs=0.01)
        foot = lines_m[int(snap.edge[0])].interpolate(snap.fraction[0], normalized=True)
        assert foot.distance(shapely.Point(x, y)) == pytest.approx(nearest_m, abs=0.01)


def test_a_place_touches_the_nearest_bend_of_a_winding_street() -> None:
    # 0 ─ up ─ across ─ down ─ 1: 100 m each.
    arrays = draw([(0, 0), (100, 0)], [Street(0, 1, bends=((0, 100), (100, 100)))])
    finder = EdgeFinder(Shapes(arrays), np.array([True]))
    snap = find(finder, 110, 50)
    assert (snap.edge[0], snap.fraction[0], snap.away_m[0]) == pytest.approx((0, 250 / 300, 10))


def test_a_street_that_does_not_count_is_passed_over() -> None:
    arrays = draw([(0, 0), (100, 0), (0, 50), (100, 50)], [Street(0, 1), Street(2, 3)])
    snap = find(EdgeFinder(Shapes(arrays), np.array([False, True])), 50, 10)
    assert (snap.edge[0], snap.fraction[0], snap.away_m[0]) == pytest.approx((1, 0.5, 40))


def test_without_streets_there_is_nothing_near() -> None:
    arrays = draw([(0, 0), (100, 0)], [Street(0, 1)])
    snap = find(EdgeFinder(Shapes(arrays), np.array([False])), 50, 10)
    assert snap.edge[0] == -1
    assert snap.away_m[0] == np.inf


def test_a_street_across_the_whole_county_is_found_from_its_middle() -> None:
    arrays = draw([(0, 0), (30_000, 20_000)], [Street(0, 1)])
    snap = find(EdgeFinder(Shapes(arrays), np.array([True])), 15_000, 10_000)
    assert (snap.fraction[0], snap.away_m[0]) == pytest.approx((0.5, 0), abs=0.05)
