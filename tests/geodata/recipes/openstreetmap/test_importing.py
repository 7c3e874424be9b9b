"""A drawn extract becomes a town that loads, or one clear sentence and nothing changed."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from geodata.load import names, town
from geodata.network import TURN_CAR
from geodata.recipes.openstreetmap.notes import ImportRefused
from tests.geodata.recipes.openstreetmap.drawn import (
    LON,
    ROAD,
    STREET,
    Sheet,
    imported,
)
from tests.geodata.recipes.openstreetmap.region import SHEET, box


def test_communes_are_told_apart_with_all_the_extract_knows_of_them(osm: Path, towns: Path) -> None:
    imported(osm, towns, insee=("47157", "47310"), title="Val")
    found = town("sheet", towns)
    assert found.title == "Val"
    assert [(c.insee, c.name, c.postcode, c.population) for c in found.communes] == [
        ("47157", "Marmande", "47200", 17_849),
        ("47310", "Tonneins", "47400", 9_625),
    ]
    assert (found.communes[0].lat_deg, found.communes[0].lon_deg) == pytest.approx(
        SHEET.place("M"), abs=1e-6
    )
    assert not found.schematic
    assert found.attribution == "© OpenStreetMap contributors (ODbL)"
    assert [line.name for line in found.river] == ["La Garonne"]


def test_one_commune_is_served_and_the_streets_around_it_are_there(osm: Path, towns: Path) -> None:
    imported(osm, towns, insee=("47157",))
    found = town("sheet", towns)
    assert [c.name for c in found.communes] == ["Marmande"]
    assert found.title == "Marmande"
    (ring,) = found.area
    assert max(lon for _, lon in ring) == pytest.approx(SHEET.place("b")[1], abs=1e-5)
    assert found.network.lon_deg.max() == pytest.approx(SHEET.place("F")[1], abs=1e-6)
    imported(osm, towns, insee=("47157",), buffer_km=0)
    assert town("sheet", towns).network.lon_deg.max() < SHEET.place("D")[1]


def test_a_place_is_found_by_its_name(osm: Path, towns: Path) -> None:
    imported(osm, towns, place="tonneins")
    assert [c.insee for c in town("sheet", towns).communes] == ["47310"]


def test_a_boundary_file_says_what_is_served(osm: Path, towns: Path, tmp_path: Path) -> None:
    imported(osm, towns, boundary=box(tmp_path, -1, 3.5), buffer_km=0)
    found = town("sheet", towns)
    assert [c.name for c in found.communes] == ["Marmande"]
    assert found.network.length_m.sum() == pytest.approx(300, abs=1)


def test_a_quarter_is_a_part_of_its_commune(osm: Path, towns: Path, tmp_path: Path) -> None:
    imported(osm, towns, boundary=box(tmp_path, 0.5, 1.4))
    assert [c.name for c in town("sheet", towns).communes] == ["Marmande"]


def test_codes_choose_among_the_features_of_a_boundary_file(
    osm: Path, towns: Path, tmp_path: Path
) -> None:
    west = json.loads(box(tmp_path, -1, 3.5).read_text("utf-8"))["features"][0]
    east = json.loads(box(tmp_path, 3.5, 8).read_text("utf-8"))["features"][0]
    west["properties"], east["properties"] = {"code": "47157"}, {"INSEE_COM": "47310"}
    path = tmp_path / "communes.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [west, east]}), "utf-8")
    imported(osm, towns, boundary=path, insee=("47310",), buffer_km=0)
    assert [c.name for c in town("sheet", towns).communes] == ["Tonneins"]
    with pytest.raises(ImportRefused, match=r"communes\.geojson has no feature .*code 33063"):
        imported(osm, towns, boundary=path, insee=("47310", "33063"))


def test_without_a_boundary_the_whole_extract_is_the_town(osm: Path, towns: Path) -> None:
    imported(osm, towns)
    assert len(town("sheet", towns).network.u) == 1


def test_the_network_says_where_it_comes_from(osm: Path, towns: Path) -> None:
    done = imported(osm, towns)
    with zipfile.ZipFile(done.folder / "network.npz") as archive:
        header = json.loads(archive.read("header.json"))
    assert header["source"] == "region.osm"
    assert len(header["sha256"]) == 64
    assert header["extract_at"].startswith("2026-11-20")
    assert header["imported_on"] == "2026-11-23"
    assert header["licence"] == "ODbL 1.0"
    assert header["attribution"] == "© OpenStreetMap contributors"
    assert header["box_deg"][0] == pytest.approx(LON, abs=1e-3)


def test_the_same_extract_makes_the_same_files(osm: Path, towns: Path) -> None:
    one = {p.name: p.read_bytes() for p in imported(osm, towns).folder.iterdir()}
    two = {p.name: p.read_bytes() for p in imported(osm, towns).folder.iterdir()}
    assert one == two


def test_examples_are_there_to_edit_and_a_new_import_keeps_what_was_edited(
    osm: Path, towns: Path
) -> None:
    home = imported(osm, towns).folder
    assert town("sheet", towns).merchants == ()
    for name in ("merchants.toml", "couriers.toml"):
        lines = (home / name).read_text("utf-8").splitlines()
        at = next(k for k, line in enumerate(lines) if line.startswith("# [["))
        # The shop's own delivery belongs to a mode that the example does not offer.
        end = next((k for k, line in enumerate(lines) if "# [merchants." in line), len(lines))
        (home / name).write_text("\n".join(line[2:] for line in lines[at:end]), "utf-8")
    for name in ("addresses.npz", "merchants.toml.bak"):
        (home / name).write_bytes(b"the owner's")
    found = town("sheet", towns)
    assert [m.id for m in found.merchants] == ["m_ma_boutique"]
    assert [c.id for c in found.couriers] == ["c_lea"]
    home = imported(osm, towns).folder
    assert [m.id for m in town("sheet", towns).merchants] == ["m_ma_boutique"]
    for name in ("addresses.npz", "merchants.toml.bak"):
        assert (home / name).read_bytes() == b"the owner's"


def test_a_kept_shop_in_a_commune_that_is_gone_is_named_and_the_old_town_stays(
    osm: Path, towns: Path
) -> None:
    home = imported(osm, towns, insee=("47157", "47310")).folder
    text = (home / "merchants.toml").read_text("utf-8").splitlines()
    rows = [line[2:] for line in text if line.startswith("# ")]
    start, end = (
        rows.index("[[merchants]]"),
        next(k for k, r in enumerate(rows) if "[merchants." in r),
    )
    (home / "merchants.toml").write_text("\n".join(rows[start:end]), "utf-8")
    with pytest.raises(ImportRefused, match=r"m_ma_boutique: no commune '47157'"):
        imported(osm, towns, insee=("47310",))
    assert len(town("sheet", towns).communes) == 2


def test_overrides_correct_the_streets_and_a_new_import_applies_them_again(
    osm: Path, towns: Path, tmp_path: Path
) -> None:
    file = tmp_path / "fixes.toml"
    file.write_text('[[way]]\nid = 1\nclose = "car"\nmax_weight_kg = 3500\nreason = "seen"\n')
    imported(osm, towns, overrides=file)
    for _ in range(2):
        network = town("sheet", towns).network
        assert (network.access & 3 == 0).all()
        assert set(network.max_weight_kg) == {3_500}
        imported(osm, towns)


def test_an_override_opens_a_way_that_the_tags_refuse(towns: Path, tmp_path: Path) -> None:
    works = {"highway": "construction", "construction": "primary", "name": "Cours"}
    sheet = Sheet("A B C", [("AB", STREET), ("BC", works)])
    osm = sheet.write(tmp_path / "works.osm")
    (refused,) = imported(osm, towns).health["main_roads_refused"]
    assert (refused.pop("lat"), refused.pop("lon")) == pytest.approx(sheet.place("C"), abs=1e-5)
    assert refused == {"name": "Cours", "reason": "highway=construction", "ways": [2]}
    file = tmp_path / "fixes.toml"
    file.write_text('[[way]]\nid = 2\nopen = "car bike"\nreason = "opened in May"\n')
    imported(osm, towns, overrides=file)
    assert set(town("sheet", towns).network.way) == {1, 2}


def test_an_override_of_an_unknown_way_is_an_error_naming_it(
    osm: Path, towns: Path, tmp_path: Path
) -> None:
    file = tmp_path / "fixes.toml"
    file.write_text('[[way]]\nid = 4711\nclose = "all"\nreason = "gone"\n')
    with pytest.raises(ImportRefused, match=r"overrides\.toml: no way 4711 in these streets"):
        imported(osm, towns, overrides=file)
    assert "sheet" not in names(towns)


def test_the_report_says_what_was_not_used(towns: Path, tmp_path: Path) -> None:
    sheet = Sheet(
        "A B C D",
        [
            ("AB", STREET),
            ("BC", ROAD | {"construction": "minor"}),
            ("CD", {"highway": "primary", "motor_vehicle": "no", "name": "Quai"}),
            ("AD", {"highway": "residential", "access": "no"}),
            ("AC", STREET | {"maxspeed:conditional": "30 @ (22:00-06:00)", "surface": "lava"}),
        ],
        nodes={"C": {"barrier": "block"}, "B": {"barrier": "gate"}},
        relations=[({"type": "restriction", "restriction": "no_left_turn"}, [])],
    )
    health = imported(sheet.write(tmp_path / "odd.osm"), towns).health
    (quay,) = (dict(one) for one in health["main_roads_refused"])
    assert (quay.pop("lat"), quay.pop("lon")) == pytest.approx(sheet.place("D"), abs=1e-5)
    assert quay == {"name": "Quai", "reason": "motor_vehicle=no", "ways": [3]}
    assert health["main_roads_barred"] == [{"text": "tertiary", "count": 1, "ids": [ord("C")]}]
    assert health["kept"][0]["ids"] == [2]
    assert health["dropped"] == [{"text": "access=no", "count": 1, "ids": [4]}]
    assert health["conditional"][0]["text"] == "maxspeed:conditional=30 @ (22:00-06:00)"
    assert health["not_understood"][0]["text"] == "surface=lava"
    assert health["turns_left_out"][0]["count"] == 1
    kept = json.loads((towns / "sheet" / "health.json").read_text("utf-8"))
    assert kept == health


def test_a_hole_in_a_whole_extract_is_said(towns: Path, tmp_path: Path) -> None:
    text = Sheet("A B C D", [("ABCD", STREET)]).xml().replace('<node id="66"', '<node id="99"')
    (tmp_path / "hole.osm").write_text(text, "utf-8")
    (hole,) = imported(tmp_path / "hole.osm", towns).health["holes"]
    assert hole["ids"] == [1]


def test_forbidden_turns_and_all_arrays_survive_the_file(towns: Path, tmp_path: Path) -> None:
    turn = [("way", 1, "from"), ("node", ord("B"), "via"), ("way", 3, "to")]
    sheet = Sheet(
        "A B C\n. D .",
        [("AB", STREET), ("BC", STREET), ("BD", STREET)],
        relations=[({"type": "restriction", "restriction:motorcar": "no_right_turn"}, turn)],
    )
    imported(sheet.write(tmp_path / "turn.osm"), towns)
    network = town("sheet", towns).network
    assert network.turn_who.tolist() == [TURN_CAR]
    assert network.way[network.turn_from].tolist() == [1]
    assert network.way[network.turn_to].tolist() == [3]
    assert np.isfinite(network.length_m).all()
