"""A hand-drawn crossroads goes through osmnx and comes out as our arrays."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from geodata.load import TOWNS, town
from geodata.network import CLASS_NAMES
from geodata.recipes.network import Arrays
from geodata.recipes.openstreetmap import _kilograms, arrays_from_osm, main
from geodata.town import Commune

CROSSROADS = Path(__file__).parent / "crossroads.osm"
HERE = Commune("47157", "Marmande", "47200", 17_849, 44.5036, 0.1655, True)
AWAY = Commune("47310", "Tonneins", "47400", 9_625, 44.3948, 0.3101, True)


@pytest.fixture(scope="module")
def arrays() -> Arrays:
    return arrays_from_osm(CROSSROADS, (AWAY, HERE))


def edges(arrays: Arrays, name: str) -> list[int]:
    return [k for k, n in enumerate(arrays["name"]) if arrays["names"][n] == name]


def test_only_what_a_courier_may_use_is_kept(arrays: Arrays) -> None:
    assert arrays["names"].tolist() == ["", "D 6", "Nowhere Street", "One Way"]
    assert len(arrays["lat_e6"]) == 6


def test_both_directions_of_a_street_are_one_line_with_its_bend(arrays: Arrays) -> None:
    street = edges(arrays, "Nowhere Street")
    assert len(street) == 2
    assert arrays["length_dm"][street].sum() / 10 == pytest.approx(160, abs=2)
    assert {CLASS_NAMES[k] for k in arrays["road_class"][street]} == {"residential"}
    assert not arrays["oneway"][street].any()


def test_a_one_way_street_keeps_its_direction(arrays: Arrays) -> None:
    first, *_, last = edges(arrays, "One Way")
    assert arrays["oneway"][[first, last]].all()
    assert arrays["lon_e6"][arrays["u"][first]] == 162_000
    assert arrays["lon_e6"][arrays["v"][last]] == 160_000


def test_a_weight_limit_is_read_in_kilograms(arrays: Arrays) -> None:
    (bridge,) = edges(arrays, "D 6")
    assert arrays["max_weight_kg"][bridge] == 3_500
    assert CLASS_NAMES[arrays["road_class"][bridge]] == "tertiary"


def test_every_street_lies_in_the_nearest_commune(arrays: Arrays) -> None:
    assert set(arrays["commune"].tolist()) == {1}


def test_a_street_far_from_every_commune_is_in_none() -> None:
    assert set(arrays_from_osm(CROSSROADS, (AWAY,))["commune"].tolist()) == {-1}


def test_a_file_without_streets_is_refused_by_name(tmp_path: Path) -> None:
    text = CROSSROADS.read_text("utf-8").replace('k="highway"', 'k="waterway"')
    (tmp_path / "canal.osm").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"canal\.osm holds no street"):
        arrays_from_osm(tmp_path / "canal.osm", (HERE,))


@pytest.mark.parametrize(("text", "kg"), [("3.5", 3_500), ("7,5 t", 7_500), ("none", 0), (None, 0)])
def test_an_unreadable_weight_is_no_limit(text: str | None, kg: int) -> None:
    assert _kilograms(text) == kg


def test_a_town_with_surveyed_streets_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(TOWNS / "val_de_garonne", tmp_path / "val_de_garonne")
    assert main([str(CROSSROADS), "val_de_garonne", "--date", "2026-11-01"], tmp_path) == 0
    assert "6 edges" in capsys.readouterr().out
    surveyed = town("val_de_garonne", tmp_path)
    assert not surveyed.schematic
    assert len(surveyed.network.u) == 6
    sources = tomllib.loads((tmp_path / "val_de_garonne" / "SOURCES.toml").read_text("utf-8"))
    assert sources["network.npz"]["licence"] == "ODbL 1.0"
    assert sources["merchants.toml"]["schematic"]
