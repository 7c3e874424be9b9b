from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.adapters.streets.polyline import decoded
from dispatch.core.places import Place
from tests.adapters.streets.fake_server import LAT, line


def test_the_example_of_the_format_s_own_page() -> None:
    points = decoded("_p~iF~ps|U_ulLnnqC_mqNvxq`@", decimals=5)
    assert points == ((38.5, -120.2), (40.7, -120.95), (43.252, -126.453))


@given(st.lists(st.integers(-179_999_999, 179_999_999), min_size=1, max_size=20, unique=True))
def test_a_road_comes_out_as_it_went_in(lons: list[int]) -> None:
    text = line([Place(LAT, lon / 1e6) for lon in lons])
    assert decoded(text) == tuple((LAT, lon / 1e6) for lon in lons)


def test_a_trip_to_the_same_door_is_one_point() -> None:
    assert decoded(line([Place(LAT, 0.1), Place(LAT, 0.1)])) == ((LAT, 0.1),)


@pytest.mark.parametrize("text", ["_p~iF~ps|", "_p~iF", "_p~iF é"])
def test_half_a_road_is_no_road(text: str) -> None:
    with pytest.raises(ValueError, match="polyline"):
        decoded(text)
