from __future__ import annotations

import logging
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dispatch.streets.arrays import StreetArrays
from dispatch.streets.contraction import build
from dispatch.streets.hierarchy import Hierarchy
from dispatch.streets.network import StreetNetwork
from dispatch.streets.prepared import Workshop
from dispatch.streets.profiles import BIKE, CAR
from dispatch.streets.slices import Slice
from dispatch.streets.turns import TurnGraph
from tests.streets.drawing import Street, at, draw

CROSS = draw(
    [(0, 0), (250, 0), (500, 0), (250, 250)], [Street(0, 1), Street(1, 2), Street(1, 3, "primary")]
)
TRIP = [at(10, 0), at(490, 0), at(250, 240)]
RUSH = Slice("rush", 0, 60, {"residential": 2.0})


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many states each hierarchy had that was built, in order."""
    states: list[int] = []

    def counted(graph: TurnGraph, progress: object = None) -> Hierarchy:
        states.append(graph.states)
        return build(graph)

    monkeypatch.setattr("dispatch.streets.prepared.build", counted)
    return states


def times(folder: Path, *slices: Slice, at: str | None = None) -> list[list[int]]:
    town = StreetNetwork(CROSS, kept_in=folder, slices=slices)
    return [[int(s) for s in row] for row in town.durations_s(TRIP, "bike", at=at)]


def test_what_was_built_once_is_loaded_ever_after_and_answers_alike(
    tmp_path: Path, built: list[int]
) -> None:
    first = times(tmp_path)
    assert built == [6]
    assert times(tmp_path) == first
    assert built == [6]


def test_every_vehicle_and_every_slice_has_a_file_of_its_own(
    tmp_path: Path, built: list[int]
) -> None:
    town = StreetNetwork(CROSS, kept_in=tmp_path, slices=[RUSH])
    town.make_ready(["car", "bike"])
    assert sorted(path.name for path in tmp_path.glob("*/*")) == [
        "bike-rush.npz",
        "bike.npz",
        "car-rush.npz",
        "car.npz",
    ]
    assert len(built) == 4


def test_other_streets_constants_hours_or_code_make_it_anew(
    tmp_path: Path, built: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(streets: StreetArrays = CROSS, least: int = 200) -> Workshop:
        return Workshop(streets, smallest_part=least, folder=tmp_path)

    make().prepare(CAR)
    assert make().is_kept(CAR)
    longer = replace(CROSS, length_m=CROSS.length_m + 1)
    assert not make(longer).is_kept(CAR)
    assert not make(least=3).is_kept(CAR)
    assert not make().is_kept(replace(CAR, gross_kg=2_600))
    assert not make().is_kept(CAR, RUSH)
    monkeypatch.setattr("dispatch.streets.prepared._SOURCES", ("speeds.py",))
    assert not make().is_kept(CAR)
    make(longer).prepare(CAR)
    assert len(built) == 2


def test_new_names_of_streets_change_nothing(tmp_path: Path) -> None:
    Workshop(CROSS, smallest_part=200, folder=tmp_path).prepare(CAR)
    renamed = replace(CROSS, names=("Rue schématique",))
    assert Workshop(renamed, smallest_part=200, folder=tmp_path).is_kept(CAR)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 half a file", None])
def test_a_damaged_file_is_built_again_and_said_in_the_log(
    tmp_path: Path, built: list[int], damage: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    first = times(tmp_path)
    (file,) = tmp_path.glob("*/bike.npz")
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2] if damage is None else damage)
    with caplog.at_level(logging.WARNING):
        assert times(tmp_path) == first
    assert "hierarchy_damaged" in caplog.text
    assert len(built) == 2
    assert times(tmp_path) == first
    assert len(built) == 2


def test_an_array_missing_from_the_file_is_damage_too(tmp_path: Path, built: list[int]) -> None:
    first = times(tmp_path)
    (file,) = tmp_path.glob("*/bike.npz")
    with np.load(file) as kept:
        arrays = {name: kept[name] for name in kept.files if name != "up_ms"}
    np.savez(file, **arrays)
    assert times(tmp_path) == first
    assert len(built) == 2


def test_where_nothing_can_be_written_it_is_built_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with caplog.at_level(logging.WARNING):
        assert times(blocked / "streets") == times(tmp_path / "other")
    assert "hierarchy_not_kept" in caplog.text


def test_nothing_half_written_is_ever_left(tmp_path: Path) -> None:
    times(tmp_path)
    assert [path.name for path in tmp_path.rglob("*.*")] == ["bike.npz"]


def test_two_towns_of_one_name_do_not_take_each_other_s_place(tmp_path: Path) -> None:
    other = replace(CROSS, length_m=CROSS.length_m + 1)
    towns = [Workshop(one, smallest_part=200, folder=tmp_path) for one in (CROSS, other)]
    for town in towns:
        town.prepare(CAR)
    assert all(town.is_kept(CAR) for town in towns)


def test_streets_that_nobody_opened_for_a_month_are_forgotten(
    tmp_path: Path, built: list[int]
) -> None:
    old, used, new = (replace(CROSS, length_m=CROSS.length_m + k) for k in range(3))
    make = [Workshop(one, smallest_part=200, folder=tmp_path) for one in (old, used, new)]
    for town in make[:2]:
        town.prepare(CAR)
    for folder in tmp_path.iterdir():
        os.utime(folder, (1_000_000, 1_000_000))
    make[1].prepare(CAR)  # loaded: somebody still serves it
    make[2].prepare(CAR)
    assert [town.is_kept(CAR) for town in make] == [False, True, True]
    assert len(built) == 3


def test_building_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[str, str, int, int]] = []
    town = StreetNetwork(CROSS, slices=[RUSH])
    town.make_ready(["bike"], lambda *it: told.append(it))
    assert told == [("bike", "", 6, 6), ("bike", "rush", 6, 6)]
    Workshop(CROSS, smallest_part=200, folder=tmp_path).prepare(BIKE)
