"""One street, ten metres a number: the even side on one pavement, the odd on the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.adapters.geocoder.doors import Door, StreetDoors
from dispatch.core.places import Place, crow_m
from tests.streets.drawing import at


def street(*numbers: int | str, metres: float = 10.0) -> StreetDoors:
    """Return a street of those numbers ("12b": with a suffix), the even ones 20 m to the north."""
    split = [(int(n), "") if isinstance(n, int) else (int(n[:-1]), n[-1]) for n in numbers]
    places = [at(metres * number, 20 * (number % 2 == 0)) for number, _ in split]
    return StreetDoors(
        [number for number, _ in split],
        [suffix for _, suffix in split],
        [place.lat_deg for place in places],
        [place.lon_deg for place in places],
    )


def is_at(door: Door, x_m: float, y_m: float) -> bool:
    return crow_m(at(x_m, y_m), Place(door.lat_deg, door.lon_deg)) < 0.1


def test_a_number_that_is_there_is_exact() -> None:
    door = street(2, 4, 5, 8).find(4, "")
    assert (door.exact, door.numbered, door.share) == (True, True, 1.0)
    assert is_at(door, 40, 20)


def test_a_missing_number_lies_between_its_neighbours_on_its_own_side_and_says_so() -> None:
    door = street(2, 3, 5, 8).find(6, "")
    assert not door.exact
    assert door.share < 0.9
    assert is_at(door, 60, 20)


def test_without_neighbours_on_its_side_those_across_the_street_will_do() -> None:
    assert is_at(street(1, 3, 5).find(4, ""), 40, 0)


def test_a_number_past_the_end_is_at_the_last_house_of_its_side() -> None:
    door = street(1, 2, 4, 5).find(8, "")
    assert is_at(door, 40, 20)
    assert not door.exact


def test_a_number_far_past_the_end_is_not_placed() -> None:
    door = street(1, 2, 4, 5).find(80, "")
    assert not door.numbered
    assert door.share < 0.5


def test_neighbours_a_kilometre_apart_tell_nothing() -> None:
    assert not street(10, 400).find(200, "").numbered


def test_a_suffix_that_is_not_there_is_its_number_and_not_exact() -> None:
    for asked in ("a", ""):
        door = street(2, "4b", "4c").find(4, asked)
        assert is_at(door, 40, 20)
        assert not door.exact
    assert street(2, "4b").find(4, "b").exact


def test_a_b_is_often_a_bis_and_then_not_exact() -> None:
    doors = StreetDoors([12, 12, 12], ["", "a", "bis"], [0.0, 0.1, 0.2], [0.0, 0.0, 0.0])
    assert (doors.find(12, "b").lat_deg, doors.find(12, "b").exact) == (0.2, False)
    assert (doors.find(12, "bis").lat_deg, doors.find(12, "bis").exact) == (0.2, True)
    assert doors.find(12, "c").lat_deg == 0.0


def test_a_hamlet_without_numbers_is_a_place_whatever_number_is_asked() -> None:
    hamlet = street(0)
    alone = hamlet.find(None, "")
    assert (alone.share, alone.numbered, alone.exact) == (1.0, False, True)
    asked = hamlet.find(12, "")
    assert not asked.exact
    assert 0.5 <= asked.share < 0.9


def test_a_street_without_a_number_is_the_door_nearest_to_its_middle() -> None:
    door = street(1, 11, 13, 31).find(None, "")
    assert is_at(door, 130, 0)
    assert (door.numbered, door.exact) == (False, False)


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=12, unique=True).map(sorted),
    st.integers(1, 60),
)
def test_only_a_number_of_the_street_is_ever_exact(numbers: list[int], asked: int) -> None:
    door = street(*numbers).find(asked, "")
    assert door.exact == (asked in numbers)
    if asked in numbers:
        assert door.share == pytest.approx(1.0)
