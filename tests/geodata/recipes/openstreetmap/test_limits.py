"""Numbers as people write them into OpenStreetMap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.network import SURFACES
from geodata.recipes.openstreetmap import limits


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50),
        ("30 mph", 48),
        ("30mph", 48),
        ("70;50", 50),
        ("none", 0),
        ("FR:urban", 50),
        ("FR:rural", 80),
        ("FR:trunk", 110),
        ("FR:motorway", 130),
        ("FR:30", 30),
        ("FR:zone30", 30),
        ("FR:zone:20", 20),
        ("DE:zone:30", 30),
        ("FR:living_street", 20),
        ("walk", 6),
        ("DE:rural", None),  # another number in another country
        ("fast", None),
        ("0", None),
        ("5000", None),
        ("FR:999", None),
        ("", None),
    ],
)
def test_a_speed_limit_is_read_in_km_an_hour(text: str, kmh: int | None) -> None:
    assert limits.speed_kmh(text) == kmh


@pytest.mark.parametrize(
    ("text", "kg"),
    [
        ("3.5", 3_500),
        ("7,5 t", 7_500),
        ("19t", 19_000),
        ("3500 kg", 3_500),
        ("2 st", 1_814),
        ("none", 0),
        ("below 3 m", None),
        ("-3", None),
        ("9999", None),
    ],
)
def test_a_weight_is_read_in_kilograms(text: str, kg: int | None) -> None:
    assert limits.weight_kg(text) == kg


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20", 1_200),
        ("00:20", 1_200),
        ("1:30:00", 5_400),
        ("PT20M", 1_200),
        ("PT1H30M", 5_400),
        ("0", None),
        ("soon", None),
        ("99:00", None),
        ("PT", None),
    ],
)
def test_a_ferry_s_duration_is_read_in_seconds(text: str, seconds: int | None) -> None:
    assert limits.duration_s(text) == seconds


@pytest.mark.parametrize(
    ("tags", "surface"),
    [
        ({"surface": "asphalt"}, "paved"),
        ({"surface": "sett"}, "cobbles"),
        ({"surface": "asphalt;gravel"}, "gravel"),
        ({"tracktype": "grade5"}, "soil"),
        ({"surface": "paved", "tracktype": "grade5"}, "paved"),
        ({}, "unsaid"),
        ({"surface": "lava"}, None),
    ],
)
def test_a_surface_is_one_of_ours_the_worst_of_several(
    tags: dict[str, str], surface: str | None
) -> None:
    assert limits.surface(tags) == (None if surface is None else SURFACES.index(surface))


@given(text=st.text("0123456789:;.,-FRurbanzoekmphtPTHMS ", max_size=12))
def test_no_text_breaks_the_reading(text: str) -> None:
    kmh, kg, s = limits.speed_kmh(text), limits.weight_kg(text), limits.duration_s(text)
    assert kmh is None or 0 <= kmh <= 255  # an unsigned byte
    assert kg is None or kg >= 0
    assert s is None or 0 < s <= limits.LONGEST_FERRY_S
