"""What cannot become a town is one clear sentence, and the old town stays."""

from __future__ import annotations

import errno
import gzip
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from geodata.load import DamagedTown, names, town
from geodata.recipes.holding import alone
from geodata.recipes.openstreetmap import importing, installing
from geodata.recipes.openstreetmap.notes import ImportRefused
from tests.geodata.recipes.openstreetmap.drawn import (
    LAT,
    LON,
    Sheet,
    imported,
)
from tests.geodata.recipes.openstreetmap.region import SHEET, TWO, WAYS, box, commune, geojson


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
    (mended,) = imported(osm, towns, boundary=path).health["mended"]
    assert mended["text"].startswith("boundary.geojson: Self-intersection")


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
from geodata.recipes.openstreetmap import importing, installing
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


def test_a_stop_just_after_the_swap_leaves_the_new_town_whole(
    osm: Path, old_town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, before = installing._sync, (old_town / "sheet").resolve()

    def stopped(folder: Path) -> None:
        really(folder)
        if folder == old_town:
            raise KeyboardInterrupt

    monkeypatch.setattr(installing, "_sync", stopped)
    with pytest.raises(KeyboardInterrupt):
        imported(osm, old_town)
    assert (old_town / "sheet").resolve() != before
    assert len(town("sheet", old_town).network.u) == 1


def test_two_imports_of_one_town_do_not_mix(osm: Path, old_town: Path) -> None:
    with (
        alone(old_town, "sheet"),
        pytest.raises(ImportRefused, match=r"another import into .* is running"),
    ):
        imported(osm, old_town)
    assert still_there(old_town)


def test_the_second_import_is_refused_before_it_reads_what_the_first_replaces(
    osm: Path, towns: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def second(*given: object) -> None:
        with pytest.raises(ImportRefused, match="another import"):
            imported(osm, towns)
        raise ImportRefused("the first got as far as its file")

    monkeypatch.setattr(importing, "check_name", second)
    with pytest.raises(ImportRefused, match="the first got as far"):
        imported(osm, towns)


def test_a_refused_first_import_leaves_no_empty_folders(towns: Path, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused):
        imported(tmp_path / "streets.txt", towns)
    assert not towns.exists()
    assert tmp_path.exists()


def test_a_town_put_there_by_hand_survives_a_power_cut_between_two_names(
    osm: Path, old_town: Path
) -> None:
    (old_town / "sheet").resolve().rename(old_town / ".sheet.before")
    (old_town / "sheet").unlink()
    (old_town / ".sheet.before" / "couriers.toml").write_text("# mine\n", "utf-8")
    imported(osm, old_town)
    assert (old_town / "sheet" / "couriers.toml").read_text("utf-8") == "# mine\n"


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
