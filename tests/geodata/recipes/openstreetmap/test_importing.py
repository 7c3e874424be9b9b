"""A drawn extract becomes a town that loads, or one clear sentence and nothing changed."""

from __future__ import annotations

import errno
import gzip
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geodata.load import DamagedTown, names, town
from geodata.network import TURN_CAR
from geodata.recipes.openstreetmap import installing
from geodata.recipes.openstreetmap.notes import ImportRefused
from tests.geodata.recipes.openstreetmap.drawn import (
    CELL_DEG,
    LAT,
    LON,
    LON_CELL_DEG,
    ROAD,
    STREET,
    Sheet,
    imported,
)

#: Two communes, west (a b e d) and east (b c f e), one street through both, a river between.
TWO = """
a . M b . N c
. . . R . . .
A B C X D E F
. . . S . . .
d . . e . . f
"""
BORDER = {"boundary": "administrative"}
WAYS = [
    ("ABCXDEF", STREET | {"name": "Rue Longue"}),
    ("bRXSe", {"waterway": "river", "name": "La Garonne"}),
    ("ba", BORDER),
    ("ad", BORDER),
    ("de", BORDER),
    ("be", {"admin_level": "8"}),
    ("bcfe", BORDER),
]


def commune(insee: str, name: str, ways: list[int], centre: str, **tags: str) -> Any:
    says = BORDER | {"admin_level": "8", "ref:INSEE": insee, "name": name} | tags
    members = [("way", way, "outer") for way in ways]
    return says, [*members, ("node", ord(centre), "admin_centre")]


WEST = commune("47157", "Marmande", [3, 4, 5, 6], "M", population="17 849", postal_code="47200")
EAST = commune("47310", "Tonneins", [6, 7], "N")
SHEET = Sheet(
    TWO,
    WAYS,
    nodes={
        "N": {"place": "town", "name": "Tonneins", "population": "9625"},
        "D": {"addr:postcode": "47400"},
        "E": {"addr:postcode": "47400"},
        "F": {"addr:postcode": "47999"},
    },
    relations=[WEST, EAST],
)


@pytest.fixture
def osm(tmp_path: Path) -> Path:
    return SHEET.write(tmp_path / "region.osm")


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    return tmp_path / "towns"


def box(tmp_path: Path, west: float, east: float) -> Path:
    """A boundary around the columns *west* to *east* of the drawing."""
    w, e = LON + west * LON_CELL_DEG, LON + east * LON_CELL_DEG
    n, s = LAT + CELL_DEG, LAT - 5 * CELL_DEG
    ring = [[w, s], [e, s], [e, n], [w, n], [w, s]]
    return geojson(tmp_path, {"type": "Polygon", "coordinates": [ring]})


def geojson(tmp_path: Path, geometry: dict[str, Any]) -> Path:
    path = tmp_path / "boundary.geojson"
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    return path


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
    (home / "addresses.npz").write_bytes(b"doors")
    found = town("sheet", towns)
    assert [m.id for m in found.merchants] == ["m_ma_boutique"]
    assert [c.id for c in found.couriers] == ["c_lea"]
    home = imported(osm, towns).folder
    assert [m.id for m in town("sheet", towns).merchants] == ["m_ma_boutique"]
    assert (home / "addresses.npz").read_bytes() == b"doors"


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
    osm = Sheet("A B C", [("AB", STREET), ("BC", works)]).write(tmp_path / "works.osm")
    refused = imported(osm, towns).health["main_roads_refused"]
    assert refused == [{"name": "Cours", "reason": "highway=construction", "ways": [2]}]
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
    assert health["main_roads_refused"] == [
        {"name": "Quai", "reason": "motor_vehicle=no", "ways": [3]}
    ]
    assert health["main_roads_barred"] == [{"text": "tertiary", "count": 1, "ids": [ord("C")]}]
    assert health["kept"][0]["ids"] == [2]
    assert health["dropped"] == [{"text": "access=no", "count": 1, "ids": [4]}]
    assert health["conditional"][0]["text"] == "maxspeed:conditional"
    assert health["not_understood"][0]["text"] == "surface=lava"
    assert health["turns_left_out"][0]["count"] == 1
    kept = json.loads((towns / "sheet" / "health.json").read_text("utf-8"))
    assert kept == health


# What is refused: one sentence, and the old town stays.


@pytest.fixture
def old_town(osm: Path, towns: Path) -> Path:
    imported(osm, towns)
    return towns


def still_there(towns: Path) -> bool:
    leftovers = [p.name for p in towns.iterdir() if p.is_dir() and p.name != "sheet"]
    return len(town("sheet", towns).network.u) == 1 and len(leftovers) == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.osm.pbf", b"", "empty.osm.pbf is empty"),
        ("cut.osm", SHEET.xml().encode()[:-200], "cut.osm cannot be read to its end"),
        ("cut.osm.gz", gzip.compress(SHEET.xml().encode())[:-60], "cut.osm.gz cannot be read"),
        ("noise.osm.pbf", b"\x00\x01\x02" * 50, "noise.osm.pbf cannot be read"),
        ("prose.osm", b"Dear Sir, find attached", "prose.osm cannot be read"),
        ("streets.shp", b"x", "streets.shp: OpenStreetMap files end in .osm.pbf, .osm"),
        ("streets.osm.zip", b"x", "streets.osm.zip: OpenStreetMap files end in"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    old_town: Path, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImportRefused, match=said):
        imported(path, old_town)
    assert still_there(old_town)


def test_a_file_that_is_not_there_is_named(old_town: Path, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"nothing\.osm is not a file"):
        imported(tmp_path / "nothing.osm", old_town)


def test_a_file_of_buildings_only_is_refused(old_town: Path, tmp_path: Path) -> None:
    path = Sheet("A B\nD C", [("ABCDA", {"building": "yes"})]).write(tmp_path / "walls.osm")
    with pytest.raises(ImportRefused, match=r"walls\.osm holds no street a courier could use"):
        imported(path, old_town)
    assert still_there(old_town)


def test_a_boundary_that_misses_the_data_says_where_it_lies(
    osm: Path, old_town: Path, tmp_path: Path
) -> None:
    with pytest.raises(
        ImportRefused,
        match=r"region\.osm holds no street inside the boundary \(0\.2.*another place",
    ):
        imported(osm, old_town, boundary=box(tmp_path, 50, 60))
    # Near enough for the buffer to reach the streets, and still none is served.
    with pytest.raises(ImportRefused, match="no street inside the boundary"):
        imported(osm, old_town, boundary=box(tmp_path, 8, 9))
    assert still_there(old_town)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not GeoJSON"),
        ("[1, 2]", "holds no polygon"),
        ('{"type": "FeatureCollection", "features": []}', "holds no polygon"),
        ('{"type": "Point", "coordinates": [0.16, 44.5]}', "holds no polygon"),
        ('{"type": "LineString", "coordinates": [[0, 0], [1, 1]]}', "holds no polygon"),
        ('{"type": "Polygon", "coordinates": []}', "holds no polygon"),
        ('{"type": "Polygon", "coordinates": [[[0, 0]]]}', "a polygon cannot be read"),
        (
            '{"type": "Polygon", "coordinates": [[[4e5, 6e6], [5e5, 6e6], [5e5, 7e6], '
            "[4e5, 6e6]]]}",
            "is not in degrees",
        ),
    ],
)
def test_a_boundary_without_a_usable_polygon_is_refused(
    osm: Path, old_town: Path, tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "b.geojson"
    path.write_text(content, "utf-8")
    with pytest.raises(ImportRefused, match=rf"b\.geojson.*{said}"):
        imported(osm, old_town, boundary=path)
    assert still_there(old_town)


def test_a_polygon_that_crosses_itself_a_little_is_mended_with_a_warning(
    osm: Path, towns: Path, tmp_path: Path
) -> None:
    """A square with a tiny knot in one side."""
    w, e, s, n = LON - 0.01, LON + 0.02, LAT - 0.01, LAT + 0.01
    knot = [[e, LAT], [e - 1e-4, LAT + 1e-4], [e, LAT + 1e-4], [e - 1e-4, LAT]]
    path = geojson(
        tmp_path,
        {"type": "Polygon", "coordinates": [[[w, s], [e, s], *knot, [e, n], [w, n], [w, s]]]},
    )
    health = imported(osm, towns, boundary=path).health
    assert ["crossed itself and was mended" in one for one in health["warnings"]] == [True]


def test_a_bow_tie_is_refused_since_nobody_knows_what_is_inside(
    osm: Path, old_town: Path, tmp_path: Path
) -> None:
    w, e, s, n = LON - 0.01, LON + 0.02, LAT - 0.01, LAT + 0.01
    path = geojson(
        tmp_path, {"type": "Polygon", "coordinates": [[[w, s], [e, n], [e, s], [w, n], [w, s]]]}
    )
    with pytest.raises(ImportRefused, match=r"crosses itself .* draw it again"):
        imported(osm, old_town, boundary=path)
    assert still_there(old_town)


def test_an_unknown_commune_code_lists_those_there_are(osm: Path, old_town: Path) -> None:
    with pytest.raises(ImportRefused, match=r"no commune 33063 .*47157 Marmande, 47310 Tonneins"):
        imported(osm, old_town, insee=("47157", "33063"))
    with pytest.raises(ImportRefused, match="no administrative boundary 'Bordeaux'"):
        imported(osm, old_town, place="Bordeaux")


def test_a_commune_cut_by_the_extract_s_edge_is_named(towns: Path, tmp_path: Path) -> None:
    cut = [way for way in WAYS if way[0] != "ad"]
    osm = Sheet(TWO, cut, relations=[commune("47157", "Marmande", [3, 99, 4, 5], "M")])
    with pytest.raises(ImportRefused, match=r"boundary of Marmande is not whole in cut\.osm"):
        imported(osm.write(tmp_path / "cut.osm"), towns, insee=("47157",))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"name": "../evil"}, "a town's name is up to 40 of a-z"),
        ({"name": ".sheet"}, "a town's name"),
        ({"buffer_km": 80.0}, "a buffer is 0 to 50 km wide"),
        ({"insee": ("47157",), "place": "Marmande"}, "a place, or a boundary or codes"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_at_once(
    osm: Path, towns: Path, asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(ImportRefused, match=said):
        imported(osm, towns, **asked)
    assert not towns.exists()


def test_a_full_disk_leaves_the_old_town_and_no_rubbish(
    osm: Path, old_town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []

    def full(path: Path, content: bytes) -> None:
        written.append(path)
        path.write_bytes(content[: len(content) // 2])
        if len(written) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(installing, "_write", full)
    with pytest.raises(OSError, match="No space left on device"):
        imported(osm, old_town)
    assert len(written) == 3
    assert still_there(old_town)


KILLED = """
import os, sys
from datetime import date
from pathlib import Path
from geodata.recipes.openstreetmap import installing
from geodata.recipes.openstreetmap.importing import Request, import_town

point = sys.argv[3]
real = getattr(installing, point)
def dies(*given):
    if point == "_write" and given[0].name != "health.json":
        return real(*given)
    os.kill(os.getpid(), 9)
setattr(installing, point, dies)
osm, towns = Path(sys.argv[1]), Path(sys.argv[2])
import_town(Request(osm=osm, towns=towns, name="sheet", today=date(2026, 11, 24)))
"""


@pytest.mark.parametrize("point", ["_write", "_sync", "_point"])
def test_an_import_killed_in_the_middle_leaves_the_old_town_and_the_next_one_cleans_up(
    osm: Path, old_town: Path, point: str
) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(osm), str(old_town), point], capture_output=True
    )
    assert ran.returncode == -signal.SIGKILL
    assert names(old_town) == ["sheet", "val_de_garonne"]
    assert len(town("sheet", old_town).network.u) == 1
    imported(osm, old_town)
    assert still_there(old_town)


def test_two_imports_of_one_town_do_not_mix(osm: Path, old_town: Path) -> None:
    with (
        installing._alone(old_town, "sheet"),
        pytest.raises(ImportRefused, match="another import of sheet is running"),
    ):
        imported(osm, old_town)
    assert still_there(old_town)


def test_a_town_copied_there_by_hand_is_replaced_too(osm: Path, old_town: Path) -> None:
    copied = old_town / "copy"
    (old_town / "sheet").resolve().rename(copied)
    (old_town / "sheet").unlink()
    copied.rename(old_town / "sheet")
    imported(osm, old_town)
    assert still_there(old_town)


def test_an_edited_file_of_the_import_is_noticed(osm: Path, old_town: Path) -> None:
    with (old_town / "sheet" / "facts.toml").open("a") as facts:
        facts.write("# mine\n")
    with pytest.raises(DamagedTown, match=r"facts\.toml is damaged"):
        town("sheet", old_town)


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
