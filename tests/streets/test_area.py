from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.places import Place
from dispatch.streets.area import contains

shapely = pytest.importorskip("shapely")  # comes with osmnx

SQUARE = ((0.0, 0.0), (0.0, 4.0), (4.0, 4.0), (4.0, 0.0))
HOLE = ((1.0, 1.0), (1.0, 3.0), (3.0, 3.0), (3.0, 1.0))
TOWN_APART = ((10.0, 10.0), (10.0, 11.0), (11.0, 10.5))


def test_inside_is_inside_and_outside_is_outside() -> None:
    assert contains([SQUARE], Place(2, 2))
    assert not contains([SQUARE], Place(5, 2))
    assert not contains([SQUARE], Place(2, 5))
    assert not contains([SQUARE], Place(2, -1))


def test_latitude_comes_first() -> None:
    tall = ((0.0, 0.0), (0.0, 1.0), (9.0, 1.0), (9.0, 0.0))
    assert contains([tall], Place(8, 0.5))
    assert not contains([tall], Place(0.5, 8))


def test_a_ring_within_a_ring_is_a_hole_and_rings_apart_are_all_inside() -> None:
    rings = [SQUARE, HOLE, TOWN_APART]
    assert contains(rings, Place(0.5, 0.5))
    assert not contains(rings, Place(2, 2))
    assert contains(rings, Place(10.5, 10.5))


def test_a_closed_ring_and_an_open_one_are_the_same() -> None:
    closed = (*SQUARE, SQUARE[0])
    for place in (Place(2, 2), Place(0, 2), Place(4, 2), Place(5, 5)):
        assert contains([closed], place) == contains([SQUARE], place)


@given(st.integers(0, 8), st.integers(0, 8))
def test_a_point_on_a_shared_border_is_in_exactly_one_of_two_neighbours(lat: int, lon: int) -> None:
    west = ((0.0, 0.0), (0.0, 4.0), (8.0, 4.0), (8.0, 0.0))
    east = ((0.0, 4.0), (0.0, 8.0), (8.0, 8.0), (8.0, 4.0))
    both = ((0.0, 0.0), (0.0, 8.0), (8.0, 8.0), (8.0, 0.0))
    place = Place(lat, lon)
    assert contains([west], place) + contains([east], place) == contains([both], place)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=3, max_size=9),
    st.integers(0, 50),
    st.integers(0, 50),
)
def test_a_point_off_the_border_is_where_shapely_sees_it(
    corners: list[tuple[int, int]], lat: int, lon: int
) -> None:
    ring = [(float(a), float(b)) for a, b in corners]
    shape = shapely.Polygon(ring)
    if shape.is_valid and shape.boundary.distance(shapely.Point(lat, lon)) > 1e-9:
        assert contains([ring], Place(lat, lon)) == shape.contains(shapely.Point(lat, lon))


def test_no_rings_hold_nothing_and_two_points_are_no_ring() -> None:
    assert not contains([], Place(2, 2))
    with pytest.raises(ValueError, match="a ring needs three points"):
        contains([SQUARE[:2]], Place(2, 2))
