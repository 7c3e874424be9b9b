"""Towns on the command line: imported, judged, listed, and then served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dispatch.app import SETTINGS_FILE, create_app, open_house
from dispatch.cli import main
from dispatch.core.places import Place
from dispatch.operations.access import PageKind, create_link
from geodata.recipes.openstreetmap.folder import first_files
from geodata.town import Commune
from tests.geodata.recipes.openstreetmap.region import SHEET


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def osm(tmp_path: Path) -> str:
    return str(SHEET.write(tmp_path / "region.osm"))


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def bring(osm: str, data_dir: Path, *more: str) -> Any:
    return run("town", "import", "--osm", osm, "--name", "val", "--dir", str(data_dir), *more)


def test_an_import_says_what_it_does_and_what_to_do_next(osm: str, data_dir: Path) -> None:
    answer = bring(osm, data_dir, "--insee", "47157, 47310", "--title", "Val")
    assert answer.exit_code == 0
    assert "reading streets ..." in answer.stderr
    assert "2 communes, 27,474 inhabitants" in answer.stdout
    assert 'town = "val"' in answer.stdout
    assert (data_dir / "towns" / "val" / "merchants.toml").is_file()


def test_the_report_comes_as_json_at_the_import_and_later(osm: str, data_dir: Path) -> None:
    told = json.loads(bring(osm, data_dir, "--json").stdout)
    assert told["town"] == "val"
    again = json.loads(run("town", "health", "val", "--dir", str(data_dir), "--json").stdout)
    assert again["health"] == told["health"]
    assert "hang together" in run("town", "health", "val", "--dir", str(data_dir)).stdout


def test_the_embedded_town_has_a_report_too(data_dir: Path) -> None:
    answer = run("town", "health", "val_de_garonne", "--dir", str(data_dir))
    assert answer.exit_code == 0
    assert "La Garonne: Pont de Tonneins" in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--insee", "33063"), "no commune 33063 in this extract; it has 2: 47157 Marmande"),
        (("--boundary", "nowhere.geojson"), "nowhere.geojson: No such file or directory"),
        (("--place", "Atlantis"), "no administrative boundary 'Atlantis'"),
        (("--overrides", "none.toml"), "none.toml: No such file"),
        (("--buffer-km", "99"), "99.0 is not in the range"),
    ],
)
def test_a_no_is_one_line_and_leaves_nothing(
    osm: str, data_dir: Path, arguments: tuple[str, str], said: str
) -> None:
    answer = bring(osm, data_dir, *arguments)
    assert answer.exit_code == 2
    last = answer.stderr.splitlines()[-1]
    assert last.startswith("dispatch: ")
    assert said in last
    assert not (data_dir / "towns" / "val").exists()


def test_something_must_be_imported(data_dir: Path) -> None:
    answer = run("town", "import", "--name", "val", "--dir", str(data_dir))
    assert answer.exit_code == 2
    assert "--osm FILE, or --place NAME" in answer.stderr


def test_a_town_is_listed_with_its_people_and_its_sources(data_dir: Path) -> None:
    answer = run("town", "list", "--dir", str(data_dir), "--json")
    (town,) = json.loads(answer.stdout)["towns"]
    assert town["name"] == "val_de_garonne"
    assert town["schematic"] is True
    assert {"Marmande", "Tonneins"} <= {commune["name"] for commune in town["communes"]}
    assert {"id": "c_lea", "name": "Léa", "vehicle": "cargo_bike"} in town["couriers"]
    assert len(town["merchants"]) > 10
    assert len(town["sources"]["network.npz"]["sha256"]) == 64


def test_the_list_tells_drawn_streets_from_surveyed_ones(osm: str, data_dir: Path) -> None:
    bring(osm, data_dir, "--title", "Val d'ici")
    answer = run("town", "list", "--dir", str(data_dir))
    assert answer.exit_code == 0
    assert "Val d'ici (surveyed streets)" in answer.stdout
    assert "© OpenStreetMap contributors" in answer.stdout
    assert "Val de Garonne (schematic streets)" in answer.stdout
    assert "INSEE" in answer.stdout


def test_a_damaged_town_does_not_hide_the_others_and_is_said_to_need_an_import(
    osm: str, data_dir: Path
) -> None:
    bring(osm, data_dir)
    with (data_dir / "towns" / "val" / "facts.toml").open("a") as facts:
        facts.write("# edited\n")
    answer = run("town", "list", "--dir", str(data_dir))
    assert answer.exit_code == 2
    assert "Val de Garonne (schematic streets)" in answer.stdout
    assert "town val: facts.toml is damaged" in answer.stderr
    assert "Import the town again" in answer.stderr
    bring(osm, data_dir)
    assert run("town", "list", "--dir", str(data_dir)).exit_code == 0


def test_an_imported_town_is_served_with_its_attribution(osm: str, data_dir: Path) -> None:
    bring(osm, data_dir, "--insee", "47157,47310")
    (data_dir / SETTINGS_FILE).write_text('town = "val"\n', "utf-8")
    _open_shop(data_dir / "towns" / "val")
    assert run("config", "check", "--data-dir", str(data_dir)).exit_code == 0

    house = open_house(data_dir)
    territory = house.ports.territory
    assert not territory.schematic
    assert [m.name for m in territory.merchants.values()] == ["Ma Boutique"]
    west, east = (Place(*SHEET.place(letter)) for letter in "AF")
    (there, _) = house.ports.streets.durations_s([west, east], "bike")[0].tolist()
    assert there == 0
    assert house.ports.streets.durations_s([west, east], "car")[0, 1] > 0

    drawing = json.loads(house.town.map_geojson)
    (streets,) = [f for f in drawing["features"] if f["properties"]["kind"] == "street"]
    assert [len(line) for line in streets["geometry"]["coordinates"]] == [7]  # five bends

    token = create_link(PageKind.PLANNER, "", house.ports)
    planner = create_app(house).test_client()
    page = planner.get(f"/l/{token}", follow_redirects=True)
    assert page.status_code == 200
    assert "© OpenStreetMap contributors" in page.get_data(as_text=True)
    assert "Mesuré le" in planner.get("/planification/rues").text  # what the import found
    (shop,) = territory.merchants
    reached = planner.get(f"/planification/portee?boutique={shop}&vehicule=bike&minutes=5")
    assert reached.status_code == 200
    assert "0,6" in reached.text  # 600 m of street: all there is


def test_a_town_without_shops_opens_and_says_whose_files_are_empty(
    osm: str, data_dir: Path
) -> None:
    bring(osm, data_dir, "--insee", "47157", "--title", "Val")
    (data_dir / SETTINGS_FILE).write_text('town = "val"\n', "utf-8")
    answer = run("config", "check", "--data-dir", str(data_dir))
    assert answer.exit_code == 0
    for file in ("merchants", "couriers"):
        path = data_dir / "towns" / "val" / f"{file}.toml"
        assert f"Val has no {file} yet: fill in {path}" in answer.stderr
    assert "no merchants\nno couriers" in run("town", "list", "--dir", str(data_dir)).stdout

    house = open_house(data_dir)
    client = create_app(house).test_client()
    client.get(f"/l/{create_link(PageKind.PLANNER, '', house.ports)}")
    page = client.get("/planification")
    assert page.status_code == 200
    assert "Aucun livreur" in page.get_data(as_text=True)


def test_travel_times_are_prepared_at_the_import_and_not_at_the_first_start(
    osm: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPATCH_CACHE_DIR", str(data_dir / "cache"))
    told = bring(osm, data_dir).stderr
    assert all(f"preparing travel times: {vehicle}" in told for vehicle in ("car", "foot"))
    kept = {path: path.stat().st_mtime_ns for path in data_dir.glob("cache/streets/val/*/*.npz")}
    assert {path.stem for path in kept} >= {"car", "bike", "cargo_bike"}
    (data_dir / SETTINGS_FILE).write_text('town = "val"\n', "utf-8")
    _open_shop(data_dir / "towns" / "val")
    open_house(data_dir)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_a_shop_far_from_the_new_streets_is_named_at_the_import(osm: str, data_dir: Path) -> None:
    """A thousandth of a degree north of its street: 111 m."""
    assert "warning" not in bring(osm, data_dir).stderr
    home = data_dir / "towns" / "val"
    _open_shop(home)
    shops, lat = (home / "merchants.toml").read_text("utf-8"), round(SHEET.place("A")[0], 6)
    assert shops.count(str(lat)) == 1
    (home / "merchants.toml").write_text(shops.replace(str(lat), str(lat + 0.001)), "utf-8")
    assert "is 111 m from the nearest street" in bring(osm, data_dir).stderr


def test_ctrl_c_says_that_the_old_town_stays(
    osm: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("geodata.recipes.openstreetmap.importing.read_extract", stopped)
    answer = bring(osm, data_dir)
    assert answer.exit_code == 130
    assert f"interrupted: {data_dir / 'towns'} is as it was" in answer.stderr
    assert not data_dir.exists()


def _open_shop(home: Path) -> None:
    """Take the # away from both examples, as the owner of a new town does."""
    lat, lon = SHEET.place("A")
    commune = Commune("47157", "Marmande", "47200", 1, round(lat, 6), round(lon, 6), True)
    files = first_files("Val", commune)
    for name in ("merchants.toml", "couriers.toml"):
        lines = files[name].decode().splitlines()
        at = next(k for k, line in enumerate(lines) if line.startswith("# [["))
        end = next((k for k, line in enumerate(lines) if "# [merchants." in line), len(lines))
        (home / name).write_text("\n".join(line[2:] for line in lines[at:end]), "utf-8")


def test_a_report_is_kept_where_the_planner_s_page_finds_it(data_dir: Path) -> None:
    answer = run("town", "health", "val_de_garonne", "--keep", "--dir", str(data_dir))
    assert answer.exit_code == 0
    house = open_house(data_dir)
    kept = house.ports.territory.health
    assert kept is not None
    assert kept.current
    client = create_app(house).test_client()
    client.get(f"/l/{create_link(PageKind.PLANNER, '', house.ports)}")
    assert "Pont de Tonneins" in client.get("/planification/rues").text
