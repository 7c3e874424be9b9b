from __future__ import annotations

import hashlib
import io
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from geodata.load import TOWNS
from geodata.network import pack_network, read_network
from geodata.recipes.artefacts import read_header
from geodata.recipes.built_up import draw_streets
from geodata.recipes.countryside import draw_main_roads, gabriel_pairs, join_villages
from geodata.recipes.facts import Facts, read_facts
from geodata.recipes.lines import Plane, crossings, smooth
from geodata.recipes.schematic import build, differences, main

PILOT = TOWNS / "val_de_garonne"
PLANE = Plane(44.45, 0.2)


@pytest.fixture(scope="module")
def facts() -> Facts:
    return read_facts(PILOT / "facts.toml")


def test_the_recipe_makes_what_is_committed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also: ``--check`` sees a lost header, an edge a decimetre longer, a lost or cut map."""
    files = build(PILOT)
    assert "43 communes, 9 roads" in capsys.readouterr().out
    assert differences(PILOT, files) == []

    shutil.copytree(PILOT, tmp_path / "town")
    network = read_network(files["network.npz"])
    longer_m = network.length_m + 0.1 * np.eye(1, len(network.u), dtype=np.float32)[0]
    stretched = replace(network, length_m=longer_m)
    (tmp_path / "town" / "network.npz").write_bytes(pack_network(stretched))
    (tmp_path / "town" / "map.geojson").unlink()
    assert differences(tmp_path / "town", files) == [
        "network.npz: header differs",
        "network.npz: length_m differs",
        "map.geojson is missing",
    ]
    (tmp_path / "town" / "map.geojson").write_bytes(files["map.geojson"][:-1])
    assert "map.geojson differs" in differences(tmp_path / "town", files)


def test_the_artefact_stays_small() -> None:
    assert (PILOT / "network.npz").stat().st_size < 177_000


def test_the_network_says_what_it_is_wherever_it_is_copied_to() -> None:
    header = read_header((PILOT / "network.npz").read_bytes())
    assert header["schematic"] is True
    assert "not survey data" in header["sentence"]
    assert header["sha256"] == hashlib.sha256((PILOT / "facts.toml").read_bytes()).hexdigest()
    nothing = io.BytesIO()
    np.savez(nothing, u=np.zeros(1))
    assert read_header(nothing.getvalue()) == {}


def test_the_same_arrays_are_the_same_bytes() -> None:
    content = (PILOT / "network.npz").read_bytes()
    assert pack_network(read_network(content)) == pack_network(read_network(content))


def test_an_unknown_town_is_answered_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["bordeaux"])
    assert "known: val_de_garonne" in capsys.readouterr().err


def test_a_road_that_swims_is_refused_by_name(facts: Facts) -> None:
    river = smooth(PLANE.to_m(facts.river.points), 60.0)
    swimmer = replace(facts.roads[0], name="D999", via=("47157", "47101"))
    with pytest.raises(ValueError, match=r"road D999 crosses the river at 44\.\d+, 0\.\d+, \d+ m"):
        draw_main_roads(replace(facts, roads=(swimmer,)), PLANE, river)


def test_village_roads_stay_on_their_bank(facts: Facts) -> None:
    river = smooth(PLANE.to_m(facts.river.points), 60.0)
    centres = PLANE.to_m([(c.lat_deg, c.lon_deg) for c in facts.communes])
    roads = join_villages(facts.communes, centres, [], river)
    assert len(roads) > 40
    assert not any(crossings(road.points, river).any() for road in roads)


def test_streets_depend_on_the_commune_alone(facts: Facts) -> None:
    """Another order of the communes, or one more of them, moves no street of the others."""
    fauillet = next(c for c in facts.communes if c.name == "Fauillet")
    nowhere = np.array([[1e6, 1e6], [1e6, 2e6]])
    first, second = (
        draw_streets(index, fauillet, np.zeros(2), nowhere, nowhere, 110.0) for index in (3, 9)
    )
    assert {street.commune for street in first} == {3}
    assert [s.name for s in first] == [s.name for s in second]
    assert all(np.array_equal(a.points, b.points) for a, b in zip(first, second, strict=True))


def test_rue_schematique_1_is_the_most_central(facts: Facts) -> None:
    nowhere = np.array([[1e6, 1e6], [1e6, 2e6]])
    streets = draw_streets(0, facts.communes[0], np.zeros(2), nowhere, nowhere, 110.0)
    away_m = {s.name: np.hypot(*s.points.T).mean() for s in streets}
    assert away_m["Rue schématique 1"] < away_m["Rue schématique 50"]
    assert len(away_m) == len(streets)


def test_neighbours_have_nobody_between_them() -> None:
    """a . b . c and d far above: a-c is not a pair, b stands in between."""
    points = np.array([[0.0, 0.0], [1.0, 0.1], [2.0, 0.0], [1.0, 5.0]])
    assert {(0, 1), (1, 2)} <= {tuple(pair) for pair in gabriel_pairs(points).tolist()}
    assert (0, 2) not in {tuple(pair) for pair in gabriel_pairs(points).tolist()}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"pont-du-mas", "47298"', '"pont-du-mars", "47298"', "road D6: no commune or bridge"),
        ('class = "primary"', 'class = "royal"', "road D813: unknown class 'royal'"),
        ("[river]", "[stream]", "field 'river' is missing"),
        ("max_weight_kg = 3500", "max_weight = 3500", r"bridges\[1\]: unknown field 'max_weight'"),
    ],
)
def test_a_wrong_fact_is_named(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    text = (PILOT / "facts.toml").read_text("utf-8")
    assert old in text
    path = tmp_path / "facts.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ValueError, match=rf"facts\.toml: .*{complaint}"):
        read_facts(path)


def test_an_archive_is_readable_without_trusting_it() -> None:
    """Pickled objects are refused: an artefact is data, never code."""
    out = io.BytesIO()
    np.savez(out, names=np.array([object()], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        read_network(out.getvalue())
