from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from geodata.recipes.lines import Line, Plane, crosses, dense, smooth

metres = st.integers(-20_000, 20_000).map(float)
points = st.tuples(metres, metres)

STILL_WATER = np.array([[0.0, -10.0], [0.0, 0.0], [0.0, 10.0]])  # south to north


@given(st.lists(points, min_size=1, max_size=5))
def test_there_and_back_is_the_same_place(where: list[tuple[float, float]]) -> None:
    plane, at = Plane(44.45, 0.2), np.array(where)
    assert_allclose(plane.to_m(plane.to_degrees(at)), at, atol=1e-3)


def test_a_thousandth_of_a_degree_north_is_111_metres() -> None:
    (east, north) = Plane(44.45, 0.2).to_m((44.451, 0.2))[0]
    assert (east, round(north)) == (0, 111)


@given(st.lists(points, min_size=2, max_size=6, unique=True))
def test_a_road_passes_exactly_through_its_villages(where: list[tuple[float, float]]) -> None:
    waypoints = np.array(where)
    curve = {tuple(point) for point in smooth(waypoints, 500.0)}
    assert {tuple(point) for point in waypoints} <= curve


def test_a_straight_road_has_a_point_every_step() -> None:
    curve = smooth(np.array([[0.0, 0.0], [300.0, 0.0]]), 100.0)
    assert_allclose(curve, [[0, 0], [100, 0], [200, 0], [300, 0]])


def test_dense_points_are_never_further_apart_than_asked() -> None:
    points = dense(np.array([[0.0, 0.0], [35.0, 0.0], [35.0, 5.0]]), 10.0)
    assert np.hypot(*np.diff(points, axis=0).T).max() <= 10
    assert tuple(points[-1]) == (35.0, 5.0)


@pytest.mark.parametrize(
    ("start", "end", "wet"),
    [
        ((-5, 2), (5, 2), True),
        ((-5, 2), (-1, 2), False),
        ((-5, 20), (5, 20), False),  # past the spring
        ((-5, 0), (5, 0), True),  # through the very bend
        ((-5, 2), (0, 2), True),  # a foot in the water
    ],
)
def test_a_segment_that_touches_the_water_crosses_it(
    start: tuple[int, int], end: tuple[int, int], wet: bool
) -> None:
    a, b = np.array([start], dtype=float), np.array([end], dtype=float)
    assert crosses(a, b, STILL_WATER).tolist() == [wet]
    assert crosses(b, a, STILL_WATER).tolist() == [wet]


def test_a_line_of_one_point_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'D813' has points of shape \(1, 2\)"):
        Line("D813", "primary", np.zeros((1, 2)))
