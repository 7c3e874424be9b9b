"""Where a house number stands: a drawing, one square is ten metres."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch.adapters.geocoder.house_numbers import StreetLine
from dispatch.core.places import Place, crow_m
from dispatch.streets.arrays import StreetArrays
from tests.streets.drawing import Street, at, draw


def street(*edges: int, of: StreetArrays) -> StreetLine:
    return StreetLine(of, np.array(edges))


@pytest.mark.parametrize(
    ("number", "x_m", "y_m"),
    [(1, 0, 10), (3, 0, 30), (4, 10, 30), (7, 40, 30), (8, 40, 20), (12, 60, 0), (14, 80, 0)],
)
def test_house_numbers_follow_the_bends_of_their_street(
    number: int, x_m: float, y_m: float
) -> None:
    """
    3 4 . . 7
    .       .
    .       .
    a       b . . . c
    """
    round_the_yard = Street(0, 1, bends=((0, 30), (40, 30)))
    town = draw([(0, 0), (40, 0), (80, 0)], [round_the_yard, Street(1, 2)])
    found = street(0, 1, of=town).number(number)
    assert found is not None
    assert crow_m(Place(*found), at(x_m, y_m)) < 0.01


def test_a_street_longer_than_its_drawing_keeps_its_doors_in_proportion() -> None:
    hilly = draw([(0, 0), (80, 0)], [Street(0, 1, length_m=100, bends=((20, 0),))])
    found = street(0, of=hilly).number(5)
    assert found is not None
    assert crow_m(Place(*found), at(40, 0)) < 0.01
