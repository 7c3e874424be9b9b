"""The town of the benchmarks at the door, and what solving its day again is asked."""

from __future__ import annotations

from pathlib import Path

from benchmarks.common.bench_day import SETTINGS, TOWN, Customers, make_installation
from benchmarks.common.resolve import hard
from dispatch.adapters.town import read_town
from dispatch.app import SETTINGS_FILE, TOWNS_FOLDER
from dispatch.settings import read_settings
from tests.routing.towns import errand, halt, town


def test_the_town_has_forty_shops_and_six_couriers(tmp_path: Path) -> None:
    make_installation(tmp_path)
    there = read_town(TOWN, tmp_path / TOWNS_FOLDER)
    assert len({m.id for m in there.merchants}) == 40
    assert len({c.id for c in there.couriers}) == 6


def test_it_may_have_one_courier_only(tmp_path: Path) -> None:
    make_installation(tmp_path, one_courier="c_malik")
    there = read_town(TOWN, tmp_path / TOWNS_FOLDER)
    assert [c.id for c in there.couriers] == ["c_malik"]


def test_its_settings_are_settings(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text(SETTINGS)
    assert read_settings(tmp_path / SETTINGS_FILE).parameters.service_times.setup_s == 0


def test_one_seed_is_one_crowd_of_customers(tmp_path: Path) -> None:
    make_installation(tmp_path)
    crowds = [[Customers(tmp_path, seed).order() for _ in range(3)] for seed in (1, 1, 2)]
    assert crowds[0] == crowds[1] != crowds[2]


def test_a_promise_is_a_hard_end_for_who_solves_again() -> None:
    promised = errand("one", halt(3), halt(7, windows=((0, 5), (8, 40)), due=20))
    (job,) = hard(town(promised)).jobs
    assert (job.drop.windows, job.drop.due_s) == (((0, 5), (8, 20)), None)
    over = errand("one", halt(3), halt(7, windows=((8, 40),), due=6))
    assert hard(town(over)).jobs[0].drop.windows == ((0, 0),)
