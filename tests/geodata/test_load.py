from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from geodata.load import FILES, TOWNS, DamagedTown, UnknownTown, names, town
from geodata.recipes import seal

NAME = "val_de_garonne"


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    """A folder of towns of our own, with a copy of the embedded one to spoil."""
    shutil.copytree(TOWNS / NAME, tmp_path / NAME)
    return tmp_path


def edit(towns: Path, file: str, old: str, new: str) -> None:
    path = towns / NAME / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_the_pilot_territory_is_on_board() -> None:
    assert names() == [NAME]
    assert town(NAME).title == "Val de Garonne"


@pytest.mark.parametrize("name", ["bordeaux", "../val_de_garonne", ""])
def test_an_unknown_town_is_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownTown, match="known: val_de_garonne"):
        town(name)


@pytest.mark.parametrize("file", FILES)
def test_a_file_cut_short_is_named(towns: Path, file: str) -> None:
    path = towns / NAME / file
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedTown, match=rf"{NAME}: {file} is damaged"):
        town(NAME, towns)


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_named(towns: Path, file: str) -> None:
    (towns / NAME / file).unlink()
    with pytest.raises(DamagedTown, match=f"{file} is missing"):
        town(NAME, towns)


def test_a_file_without_a_stated_source_is_refused(towns: Path) -> None:
    edit(towns, "SOURCES.toml", '["people.toml"]', '["others.toml"]')
    with pytest.raises(DamagedTown, match=r"says nothing about people\.toml"):
        town(NAME, towns)


def test_an_unreadable_seal_is_refused(towns: Path) -> None:
    edit(towns, "SOURCES.toml", "sha256 = ", "sha256 : ")
    with pytest.raises(DamagedTown, match=r"SOURCES\.toml cannot be read: .*line"):
        town(NAME, towns)


def test_an_edit_on_purpose_is_sealed_and_loads(
    towns: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(towns, "couriers.toml", 'name = "Malik"', 'name = "Nadia"')
    with pytest.raises(DamagedTown, match=r"python -m geodata\.recipes\.seal val_de_garonne"):
        town(NAME, towns)
    assert seal.main([NAME], towns) == 0
    assert "Nadia" in {courier.name for courier in town(NAME, towns).couriers}
    assert capsys.readouterr().out == f"sealed {NAME}\n"


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("merchants.toml", "cold = false", "cod = false", r"merchants\[0\]: unknown field 'cod'"),
        (
            "merchants.toml",
            "preparation_min = 20",
            'preparation_min = "20"',
            r"merchants\[0\]: preparation_min must be int, not '20'",
        ),
        ("merchants.toml", 'commune = "47157"', 'commune = "33063"', "no commune '33063'"),
        ("merchants.toml", "radius_m = 6000", "radius_m = -1", r"radius_m -1 is negative"),
        ("merchants.toml", "radius_m = 6000", "", "neither radius_m nor communes"),
        ("merchants.toml", "radius_m = 6000", 'communes = ["Marmande"]', "is no INSEE code"),
        ("couriers.toml", '"cargo_bike"', '"rocket"', r"couriers\[0\]: .*c_lea: vehicle 'rocket'"),
        (
            "couriers.toml",
            "[[couriers]]",
            "[[couriers]",
            r"couriers\.toml cannot be read: .*line 6",
        ),
        ("couriers.toml", 'id = "c_malik"', 'id = "c_lea"', "c_lea is there twice"),
        ("facts.toml", 'title = "', 'titel = "', r"facts\.toml: field 'title' is missing"),
        ("facts.toml", "lat_deg = 44.50361", "lat_deg = 99.0", "Marmande: not a point on Earth"),
        (
            "map.geojson",
            '"kind":"river"',
            '"sort":"river"',
            r"map\.geojson: a feature has no 'kind'",
        ),
    ],
)
def test_a_sealed_mistake_is_refused_by_file_entry_and_field(
    towns: Path, file: str, old: str, new: str, complaint: str
) -> None:
    edit(towns, file, old, new)
    seal.main([NAME], towns)
    with pytest.raises(DamagedTown, match=complaint):
        town(NAME, towns)


def test_a_sealed_file_that_is_no_archive_is_refused(towns: Path) -> None:
    path = towns / NAME / "network.npz"
    path.write_bytes(path.read_bytes()[:-100])
    seal.main([NAME], towns)
    with pytest.raises(DamagedTown, match=r"network\.npz cannot be read"):
        town(NAME, towns)


def test_nobody_can_scribble_on_the_streets() -> None:
    with pytest.raises(ValueError, match="read-only"):
        town(NAME).network.length_m[0] = 0


def test_serving_a_town_costs_no_heavy_import() -> None:
    program = (
        "import sys, geodata.load as load; load.town('val_de_garonne');"
        "print({'scipy', 'osmnx', 'networkx', 'shapely', 'geodata.recipes'} & set(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "set()\n"
