from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dispatch.streets.network import StreetNetwork
from tests.streets.drawing import Street, draw

TOWN = draw([(0, 0), (250, 0)], [Street(0, 1), Street(1, 0)])


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("lat_deg", np.array([0.0, 91.0]), r"lat_deg\[1\] is out of range: 91"),
        ("lon_deg", np.array([np.nan, 0.0]), r"lon_deg\[0\] is out of range: nan"),
        ("u", np.array([0, 2]), r"u\[1\] is out of range: 2"),
        ("v", np.array([-1, 0]), r"v\[0\] is out of range: -1"),
        ("v", np.array([1]), r"v has shape \(1,\), expected \(2,\)"),
        ("length_m", np.array([250.0, -1.0]), r"length_m\[1\] is out of range: -1"),
        ("length_m", np.array([np.inf, 1.0]), r"length_m\[0\] is out of range: inf"),
        ("road_class", np.array([0, 11]), r"road_class\[1\] is out of range: 11"),
        ("name", np.array([0, 1]), r"name\[1\] is out of range: 1"),
        ("max_weight_kg", np.array([-5, 0]), r"max_weight_kg\[0\] is out of range: -5"),
        ("commune", np.array([0, -2]), r"commune\[1\] is out of range: -2"),
        ("access", np.array([1, 2, 3]), r"access has shape \(3,\)"),
        ("signal", np.array([True]), r"signal has shape \(1,\), expected \(2,\)"),
        ("surface", np.array([0, 7]), r"surface\[1\] is out of range: 7"),
        ("shape_at", np.array([0, 0, 1]), "shape_at does not cut 0 points"),
        ("turn_via", np.array([0]), r"turn_via has shape \(1,\), expected \(0,\)"),
        ("chain_via", np.array([0]), r"chain_at has shape \(1,\), expected \(2,\)"),
        ("chain_edge", np.array([0, 2, 0]), "chain_at does not cut 3 edges into chains of 3"),
    ],
)
def test_a_damaged_network_names_the_array_and_the_first_bad_entry(
    field: str, value: object, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        replace(TOWN, **{field: value})  # type: ignore[arg-type]


def test_a_town_without_streets_is_refused() -> None:
    with pytest.raises(ValueError, match="a network needs streets: 0 nodes, 0 edges"):
        draw([], [])


def test_a_road_class_nobody_knows_is_named_with_the_known_ones() -> None:
    odd = replace(TOWN, class_names=(*TOWN.class_names[:-1], "towpath"))
    with pytest.raises(ValueError, match="'towpath'; known: motorway, trunk"):
        StreetNetwork(odd)
