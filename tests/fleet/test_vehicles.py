"""Vehicles have limits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.core.errors import Invalid
from dispatch.fleet.vehicles import TYPICAL, VehicleKind


def test_there_is_a_starting_point_for_every_kind() -> None:
    assert set(TYPICAL) == set(VehicleKind)
    assert all(vehicle.kind is kind for kind, vehicle in TYPICAL.items())


def test_a_bigger_kind_carries_more_and_costs_the_air_more() -> None:
    bike, cargo, car = (TYPICAL[kind] for kind in VehicleKind)
    assert bike.max_weight_g < cargo.max_weight_g < car.max_weight_g
    assert bike.max_volume_cm3 < cargo.max_volume_cm3 < car.max_volume_cm3
    assert bike.g_co2e_per_km < cargo.g_co2e_per_km < car.g_co2e_per_km


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_weight_g", 0),
        ("max_volume_cm3", -1),
        ("g_co2e_per_km", -0.1),
        ("g_co2e_per_km", float("nan")),
    ],
)
def test_an_impossible_limit_is_refused_by_name(field: str, value: float) -> None:
    with pytest.raises(Invalid, match=f"vehicle bike: {field} is not") as refused:
        replace(TYPICAL[VehicleKind.BIKE], **{field: value})  # type: ignore[arg-type]
    assert refused.value.field == field
