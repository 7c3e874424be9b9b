"""A town written several times over is the same streets several times over, and one network."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.common.many_towns import write_boundary, write_copies
from geodata.recipes.openstreetmap.notes import Notes
from geodata.recipes.openstreetmap.reading import Extract, read_extract
from geodata.recipes.openstreetmap.relations import read_relations

TOWN = """<osm version="0.6">
<node id="1" version="1" lat="44.50" lon="0.10"/>
<node id="2" version="1" lat="44.51" lon="0.15"/>
<node id="3" version="1" lat="44.52" lon="0.20"/>
<way id="7" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/>
 <tag k="highway" v="primary"/><tag k="name" v="Grand-Rue"/></way>
</osm>"""


def read(path: Path) -> Extract:
    return read_extract(path, read_relations(path), None, Notes(), opened={}, tell=print)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    path = tmp_path / "town.osm"
    path.write_text(TOWN)
    return path


def test_each_copy_lies_east_of_the_one_before_and_a_road_joins_them(
    town: Path, tmp_path: Path
) -> None:
    target = tmp_path / "large.osm.pbf"
    copies, (west, south, east, north) = write_copies(town, target, 2 * town.stat().st_size / 1e6)
    extract = read(target)
    assert copies >= 2
    assert len(extract.node_id) == 3 * copies
    assert sorted(way.street.name for way in extract.ways) == [
        *["Grand-Rue"] * copies,
        *["between two copies"] * (copies - 1),
    ]
    # 0.1° wide, and a tenth of that between one and the next.
    assert np.unique(np.round(extract.lon_e7 / 1e7, 4))[:6].tolist() == pytest.approx(
        [0.10, 0.15, 0.20, 0.21, 0.26, 0.31]
    )
    assert (west, south, north) == pytest.approx((0.10, 44.50, 44.52))
    assert east == pytest.approx(extract.lon_e7.max() / 1e7)
    joins = [way.refs for way in extract.ways if way.street.name == "between two copies"]
    assert joins[0].tolist() == [2, 10**11 + 2]


def test_a_town_without_a_primary_road_cannot_be_joined(town: Path, tmp_path: Path) -> None:
    town.write_text(TOWN.replace("primary", "residential"))
    with pytest.raises(SystemExit, match="no primary road"):
        write_copies(town, tmp_path / "large.osm.pbf", 0.001)


def test_the_boundary_goes_round_the_box(tmp_path: Path) -> None:
    write_boundary((0.0, 1.0, 2.0, 3.0), tmp_path / "box.geojson")
    ring = json.loads((tmp_path / "box.geojson").read_text())["coordinates"][0]
    assert ring[0] == ring[-1]
    assert {tuple(point) for point in ring} == {(0, 1), (2, 1), (2, 3), (0, 3)}
