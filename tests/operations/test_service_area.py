"""A square area of some 16 by 22 km around the drawn town: 44.4 to 44.6 north, 0.1 to 0.3 east."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.places import Place, crow_m
from dispatch.core.reasons import Refusal
from dispatch.operations.ports import Candidate, Ports
from dispatch.operations.service_area import TOLERANCE_M, distance_m, not_served
from dispatch.streets.area import contains
from tests.fakes.house import house
from tests.fakes.plugs import KnownAddresses
from tests.operations.drawn import TOWN, drawn_house, territory

SQUARE = (((44.4, 0.1), (44.6, 0.1), (44.6, 0.3), (44.4, 0.3)),)
INSIDE = TOWN["D"]


@pytest.fixture
def ports() -> Ports:
    return drawn_house(replace(territory(), communes=frozenset({"47157"})))


def code(found: Refusal | None) -> str | None:
    return None if found is None else found.code


def test_the_commune_decides_before_the_drawing(ports: Ports) -> None:
    beyond = Place(44.5, 0.1 - 0.004)  # 317 m west of the border
    assert not_served(beyond, "47157", ports) is None
    assert code(not_served(beyond, "", ports)) == "outside_area"
    assert code(not_served(INSIDE, "33213", ports)) == "outside_area"
    assert not_served(INSIDE, "", ports) is None


def test_a_commune_refused_inside_the_drawing_has_no_distance(ports: Ports) -> None:
    assert not_served(INSIDE, "33213", ports) == Refusal("outside_area", ("deliver_to",))


def test_a_drawn_border_is_trusted_to_a_hundred_metres(ports: Ports) -> None:
    near, far = Place(44.5, 0.1 - 0.0011), Place(44.5, 0.1 - 0.0014)  # 87 m and 111 m
    assert TOLERANCE_M == 100
    assert not_served(near, "", ports) is None
    refused = not_served(far, "", ports)
    assert refused is not None
    assert refused.away_m == pytest.approx(111, abs=1)


def test_beside_a_known_door_of_ours_a_point_is_ours(ports: Ports) -> None:
    door, beside = Place(44.5, 0.096), Place(44.5001, 0.096)

    assert not_served(beside, "", replace(ports, geocoder=InMarmande({"1 rue": door}))) is None
    assert code(not_served(beside, "", ports)) == "outside_area"


class InMarmande(KnownAddresses):
    """A geocoder whose doors all lie in Marmande."""

    def nearest(self, place: Place, within_m: float) -> Candidate | None:
        found = super().nearest(place, within_m)
        return found and replace(found, insee="47157")


def test_another_country_is_one_refusal_with_its_distance() -> None:
    refused = not_served(Place(52.52, 13.40), "", house())  # Berlin
    assert refused is not None
    assert refused.code == "outside_area"
    assert refused.away_m is not None
    assert 1_200_000 < refused.away_m < 1_600_000


@pytest.mark.parametrize(
    ("place", "away_m"),
    [
        (Place(44.5, 0.2), 0),  # in the middle
        (Place(44.7, 0.2), 11_120),  # north of a side
        (Place(44.601, 0.3), 111),  # beyond a corner
    ],
)
def test_the_distance_is_to_the_nearest_side(place: Place, away_m: float) -> None:
    assert distance_m(SQUARE, place) == pytest.approx(away_m, rel=0.01)
    assert distance_m((), place) == inf


@given(st.floats(44.3, 44.7), st.floats(0.0, 0.4))
def test_a_place_is_no_farther_than_any_corner_and_inside_it_is_at_zero(
    lat_deg: float, lon_deg: float
) -> None:
    place = Place(lat_deg, lon_deg)
    away_m = distance_m(SQUARE, place)
    assert (away_m == 0) == contains(SQUARE, place) or away_m < 1e-3
    assert away_m <= min(crow_m(place, Place(*corner)) for corner in SQUARE[0]) * 1.01 + 1
