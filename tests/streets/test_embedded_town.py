"""The embedded town, schematic as it is, must feel like the real one to drive through."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch.adapters.town import open_town
from dispatch.core.places import UNREACHABLE_S, Place, crow_m
from dispatch.slots.calendar import Calendar
from dispatch.streets.network import StreetNetwork
from geodata import load

MARMANDE, TONNEINS = Place(44.50361, 0.16546), Place(44.39476, 0.31014)


@pytest.fixture(scope="module")
def network() -> StreetNetwork:
    return open_town("val_de_garonne", Calendar()).streets


def test_marmande_to_tonneins_takes_a_car_16_to_20_minutes(network: StreetNetwork) -> None:
    there, back = (
        network.durations_s([MARMANDE, TONNEINS], "car")[i, j] / 60 for i, j in ((0, 1), (1, 0))
    )
    assert 16 <= there <= 20
    assert 16 <= back <= 20


def test_shops_reach_each_other_by_every_vehicle_at_a_country_pace(network: StreetNetwork) -> None:
    shops = [Place(m.lat_deg, m.lon_deg) for m in load.town("val_de_garonne").merchants]
    for profile in ("car", "cargo_bike", "bike"):
        assert network.durations_s(shops, profile).max() < UNREACHABLE_S
    time_s = network.durations_s(shops, "car")
    pace = [
        time_s[i, j] / crow_m(a, b) * 1000
        for i, a in enumerate(shops)
        for j, b in enumerate(shops)
        if crow_m(a, b) > 1000
    ]
    assert 60 < np.median(pace) < 200  # seconds per kilometre as the crow flies
