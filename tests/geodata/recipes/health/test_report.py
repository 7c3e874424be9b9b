"""The report names what a planner must look at: the bridge, the island, the long way round."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from geodata.load import town
from geodata.recipes.health.report import health_of, lines_of
from geodata.recipes.health.words import health_text
from tests.geodata.recipes.openstreetmap.drawn import ROAD, STREET, Sheet, imported
from tests.geodata.recipes.openstreetmap.region import commune

#: Two blocks of streets on both banks of the Garonne, one bridge (D X E) and far downstream
#: another (J to K, 900 m further).
BANKS = """
A B C . R . F G H
. . . . . . . . .
U V D . X . E W Y
. . . . . . . . .
. . . . S . . . .
. . . . . . . . .
. . J . T . K . .
Z . . . . . . . z
"""
BRIDGE = ROAD | {"bridge": "yes", "name": "D 933", "bridge:name": "Pont Neuf"}
WAYS = [
    *[("ABC", STREET), ("UVD", STREET), ("AU", STREET), ("CD", STREET)],
    *[("FGH", STREET), ("EWY", STREET), ("FE", STREET), ("HY", STREET)],
    ("DXE", BRIDGE | {"maxweight": "3.5"}),
    ("RXST", {"waterway": "river", "name": "La Garonne"}),
]
ROUND = [("DJ", ROAD), ("JTK", ROAD | {"bridge": "yes", "name": "Pont Vieux"}), ("KE", ROAD)]


def report(tmp_path: Path, ways: list[tuple[str, dict[str, str]]]) -> dict[str, Any]:
    path = Sheet(BANKS, ways).write(tmp_path / "banks.osm")
    return imported(path, tmp_path / "towns").health


def test_the_only_bridge_is_named_with_its_limit_and_what_hangs_on_it(tmp_path: Path) -> None:
    health = report(tmp_path, WAYS)
    (crossing,) = health["crossings"]
    assert crossing["river"] == "La Garonne"
    assert crossing["name"] == "Pont Neuf"
    assert crossing["max_weight_kg"] == 3_500
    assert crossing["round_m"] is None
    (point,) = health["single_points"]
    assert (point["name"], point["bridge"], point["ways"]) == ("Pont Neuf", True, [9])
    assert point["km"] == pytest.approx(1.0, abs=0.11)  # a bank: 200 + 200 + 200 + 200, and half


def test_with_a_second_bridge_the_report_says_how_far_round_it_is(tmp_path: Path) -> None:
    health = report(tmp_path, WAYS + ROUND)
    crossings = {one["name"]: one["round_m"] for one in health["crossings"]}
    assert crossings == {
        "Pont Neuf": pytest.approx(400 + 400 + 400, abs=5),
        "Pont Vieux": pytest.approx(400 + 400 + 400, abs=5),
    }
    assert health["single_points"] == []


def test_a_bridge_of_two_ways_is_gone_round_from_bank_to_bank(tmp_path: Path) -> None:
    """Between its two ways nobody can land: X lies in midstream."""
    ways = [*WAYS[:8], ("DX", BRIDGE), ("XE", BRIDGE), WAYS[9], *ROUND]
    crossings = {one["name"]: one["round_m"] for one in report(tmp_path, ways)["crossings"]}
    assert crossings["Pont Neuf"] == pytest.approx(400 + 400 + 400, abs=5)


def test_round_a_one_way_bridge_is_measured_the_way_it_is_driven(tmp_path: Path) -> None:
    """Pont Neuf leads west, Pont Vieux east: neither replaces the other."""
    ways = [*WAYS[:8], ("DXE", BRIDGE | {"oneway": "-1"}), WAYS[9], ROUND[0]]
    ways += [("JTK", ROUND[1][1] | {"oneway": "yes"}), ROUND[2]]
    crossings = {one["name"]: one["round_m"] for one in report(tmp_path, ways)["crossings"]}
    assert crossings == {"Pont Neuf": None, "Pont Vieux": None}


def test_an_island_is_found_where_it_lies(tmp_path: Path) -> None:
    health = report(tmp_path, [*WAYS, ("Zz", STREET)])
    car = health["profiles"]["car"]
    assert car["islands"] == 1
    assert car["largest_islands"][0]["ways"] == [11]
    assert car["connected_share"] == pytest.approx(2.0 / 2.8, abs=0.01)


def test_the_longest_way_round_is_listed_first(tmp_path: Path) -> None:
    ways = [*WAYS[:8], *ROUND]  # C and F are 400 m apart, and 2 km by road
    detours = report(tmp_path, ways)["detours"]
    worst = detours["largest"][0]
    assert worst["ratio"] == pytest.approx(worst["road_m"] / worst["crow_m"], abs=0.05)
    assert worst["ratio"] > 2
    pairs = [{tuple(one["from"]), tuple(one["to"])} for one in detours["largest"]]
    assert all(pairs.count(pair) == 1 for pair in pairs)  # there and back is one


def test_people_behind_a_bridge_are_counted_from_the_communes(tmp_path: Path) -> None:
    """All 1 000 of one commune live along its streets, half of them on either bank."""
    frame = [("AHYUA", {"boundary": "administrative"})]
    square = commune("47157", "Marmande", [11], "V", population="1000")
    path = Sheet(BANKS, WAYS + frame, relations=[square]).write(tmp_path / "banks.osm")
    health = imported(path, tmp_path / "towns").health
    assert health["inhabitants"] == 1_000
    assert health["single_points"][0]["inhabitants"] == pytest.approx(500, abs=1)


def test_the_words_say_what_the_report_holds(tmp_path: Path) -> None:
    text = health_text(report(tmp_path, [*WAYS, ("Zz", STREET | {"access": "no"})]))
    assert "La Garonne: Pont Neuf, at most 3.5 t, no other way when closed (way 9)" in text
    assert "1 × access=no (e.g. 11)" in text
    assert "car: 2.0 km, 100.0% hang together" in text


def test_a_drawn_town_is_judged_by_the_same_measures() -> None:
    pilot = town("val_de_garonne")
    health = health_of(pilot.network, pilot.communes, lines_of(pilot.river), {})
    assert health["profiles"]["car"]["connected_share"] > 0.99
    assert {one["river"] for one in health["crossings"]} == {"La Garonne"}
    assert {"Pont du Mas-d'Agenais", "Pont de Tonneins"} <= {
        one["name"] for one in health["crossings"]
    }
