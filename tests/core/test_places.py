"""Latitude first."""

from __future__ import annotations

import pytest

from dispatch.core.places import Place, crow_m

MARMANDE, TONNEINS = Place(44.5, 0.165), Place(44.39, 0.31)


def test_a_degree_of_latitude_is_a_hundred_and_eleven_kilometres() -> None:
    assert crow_m(Place(44, 0), Place(45, 0)) == 111_195


def test_marmande_and_tonneins_are_seventeen_kilometres_apart() -> None:
    assert 16_500 < crow_m(MARMANDE, TONNEINS) < 17_500
    assert crow_m(MARMANDE, TONNEINS) == crow_m(TONNEINS, MARMANDE)


def test_swapped_or_broken_coordinates_are_refused_where_they_can_be_told() -> None:
    for lat, lon in ((91, 0), (0, 181), (float("nan"), 0), (0, float("inf"))):
        with pytest.raises(ValueError, match="not a point on Earth"):
            Place(lat, lon)
