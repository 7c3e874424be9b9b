"""The same questions to the real servers, on a town drawn by hand: they speak as we think."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.adapters.clock import WallClock
from dispatch.adapters.streets.choice import ChosenStreets, open_streets
from dispatch.adapters.streets.settings import StreetsSettings
from dispatch.core.errors import Invalid
from dispatch.core.places import UNREACHABLE_S, Place
from tests.adapters.streets.conftest import OwnTown
from tests.adapters.streets.real_servers import folder_of, osrm_serving, valhalla_serving

TWO_ROADS = Path(__file__).with_name("two_roads.osm")
#: At 500 m, 1 500 m and 3 500 m of the road; and on the other one.
A, B, C = Place(44.5, 0.0063), Place(44.5, 0.0189), Place(44.5, 0.0441)
ISLAND = Place(44.5, 0.206)


@pytest.fixture(scope="module", params=["osrm", "valhalla"])
def streets(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ChosenStreets]:
    engine: str = request.param
    if folder_of(engine) is None:
        pytest.skip(f"the wheel with {engine}'s programs is not installed")
    work = tmp_path_factory.mktemp(engine)
    if engine == "valhalla":
        with valhalla_serving(TWO_ROADS, work) as url:
            yield from opened(StreetsSettings(engine, url, timeout_s=10))
        return
    with (
        osrm_serving(TWO_ROADS, "car", work) as cars,
        osrm_serving(TWO_ROADS, "bicycle", work) as bicycles,
    ):
        urls = {"bike": bicycles, "cargo_bike": bicycles}
        yield from opened(StreetsSettings(engine, cars, timeout_s=10, urls=urls))


def opened(settings: StreetsSettings) -> Iterator[ChosenStreets]:
    streets = open_streets(settings, OwnTown("A"), WallClock())
    yield streets
    streets.hang_up()


def test_real_distances_are_those_of_the_road(streets: ChosenStreets) -> None:
    found = streets.distances_m([A, B, C], "car")
    assert found[0, 1] == pytest.approx(1_000, abs=10)
    assert found[0, 2] == pytest.approx(3_000, abs=15)
    # Back: the third kilometre is one-way, the lane around it is two kilometres longer.
    assert found[2, 0] == pytest.approx(5_000, abs=25)


def test_real_times_are_a_town_s(streets: ChosenStreets) -> None:
    car = streets.durations_s([A, B, C], "car")
    bike = streets.durations_s([A, B, C], "bike")
    assert 60 <= car[0, 1] <= 150  # 1 km at 24 to 60 km/h
    assert 170 <= bike[0, 1] <= 260  # at 14 to 21 km/h
    assert car[2, 0] > car[0, 2]


def test_a_real_island_is_reached_by_nobody(streets: ChosenStreets) -> None:
    found = streets.durations_s([A, ISLAND, B], "car")
    assert found[0, 1] == found[1, 0] == found[1, 2] == UNREACHABLE_S
    assert found[0, 2] < 200
    assert streets.path(A, ISLAND, "car") == ()


def test_a_real_way_follows_the_road(streets: ChosenStreets) -> None:
    points = streets.path(A, C, "car")
    assert points[0] == pytest.approx((A.lat_deg, A.lon_deg), abs=1e-4)
    assert points[-1] == pytest.approx((C.lat_deg, C.lon_deg), abs=1e-4)
    assert all(lat == pytest.approx(44.5, abs=1e-4) for lat, _ in points)


def test_a_real_server_tells_how_far_away_its_street_is(streets: ChosenStreets) -> None:
    assert streets.snap_m(Place(44.497, 0.0063)) == pytest.approx(334, abs=5)
    with pytest.raises(Invalid, match=r"(1112|1113|1111|1110) m from the nearest street"):
        streets.durations_s([A, Place(44.49, 0.0063)], "car")
    with pytest.raises(Invalid, match=r"outside the data|m from the nearest street"):
        streets.durations_s([A, Place(48.85, 2.35)], "car")


def test_a_real_server_suits_at_the_start(streets: ChosenStreets) -> None:
    streets.check({"a": A, "b": B, "c": C})
