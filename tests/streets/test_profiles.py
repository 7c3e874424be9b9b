from __future__ import annotations

from types import MappingProxyType

import pytest

from dispatch.streets.profiles import BIKE, CAR, CARGO_BIKE, Profile


def test_bicycles_stay_off_fast_roads_and_cars_off_paths() -> None:
    for bicycle in (BIKE, CARGO_BIKE):
        assert not {"motorway", "trunk"} & set(bicycle.speed_kmh)
    assert "path" not in CAR.speed_kmh


def test_no_bicycle_is_faster_than_its_motor_may_help() -> None:
    assert max(CARGO_BIKE.speed_kmh.values()) <= 25


def test_a_loaded_van_may_cross_a_bridge_limited_to_three_and_a_half_tonnes() -> None:
    assert CAR.gross_kg <= 3_500


@pytest.mark.parametrize(
    ("speeds", "gross_kg", "message"),
    [
        ({"canal": 8.0}, 100, "unknown road class 'canal'"),
        ({"primary": 0.0}, 100, "speed on primary is 0.0 km/h"),
        ({"primary": 250.0}, 100, "speed on primary is 250.0 km/h"),
        ({"primary": 50.0}, 0, "weight is 0 kg"),
    ],
)
def test_a_nonsense_vehicle_is_refused(
    speeds: dict[str, float], gross_kg: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Profile("boat", MappingProxyType(speeds), gross_kg)
