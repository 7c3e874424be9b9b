"""Were the chances true that promises were sold with?  As a terminal tells it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dispatch.app import SETTINGS_FILE
from dispatch.cli import main
from dispatch.tracking.made_up import BUILT_IN
from tests.test_cli_calibrate import data_dir, driven

__all__ = ["data_dir", "driven"]


def told(data_dir: Path, *arguments: str) -> str:
    answer = CliRunner().invoke(main, ["reliability", *arguments, "--data-dir", str(data_dir)])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_one_order_handed_over_in_time_is_one_promise_kept(driven: Path) -> None:
    found: dict[str, Any] = json.loads(told(driven, "--json"))

    assert (found["judged"], found["left_out"]) == (1, {})
    (band,) = found["bands"]
    assert (band["least"], band["count"], band["kept"]) == (0.9, 1, 1.0)
    most = BUILT_IN["rolling"].of(1.0, 1800)
    assert band["stated"] == round(most, 3), "the most that made-up days made of such chances"
    assert {source["subject"]: source["facts"] for source in found["sources"]} == {
        "ways": 0,
        "shop": 0,
        "ready": 0,
        "door": 0,
        "chance": 0,
    }


def test_it_says_what_is_still_a_first_guess(driven: Path) -> None:
    text = told(driven)

    assert "1 promises judged" in text
    assert "90-100 %" in text
    for subject in ("ways", "shop", "ready", "door"):
        assert f"{subject}: a first guess, nothing learnt and applied" in text
    made_up = f"synthetic, from {BUILT_IN['rolling'].source}"
    assert f"chance: {made_up}, nothing learnt and applied" in text

    done = CliRunner().invoke(main, ["calibrate", "--apply", "--data-dir", str(driven)])
    assert done.exit_code == 0
    assert "door: learnt from 1 facts on 1\n" in told(driven)
    assert f"chance: learnt from 1 facts, beside {made_up}" in told(driven)


def test_a_house_that_sold_nothing_has_no_table(data_dir: Path) -> None:
    assert "0 promises judged" in told(data_dir)


def a_study(path: Path, kept_of_ten: int, days: int, spare_s: float | None = None) -> Path:
    """Days on which ten promises were sold as nearly sure."""
    sold = {"as_it_stands": [0.99] * 10, "kept": [n < kept_of_ten for n in range(10)]}
    day = {"sold": sold | {"spare_s": [spare_s] * 10}}
    runs = [{"policy": "waves", "set": [], "days": [day] * days}]
    path.write_text(
        json.dumps({"town": "ville", "origin": "generated", "couriers": 3, "runs": runs})
    )
    return path


def test_what_made_up_days_teach_is_judged_on_others_and_can_be_put_in_force(
    data_dir: Path,
) -> None:
    taught = str(a_study(data_dir / "one.json", kept_of_ten=8, days=20))
    other = str(a_study(data_dir / "other.json", kept_of_ten=7, days=3))
    text = told(data_dir, other, "--learn-from", taught)
    assert "30 promises judged" in text
    assert re.search(r"70-80 % +30 +79.9 % +70.0 % +52-83 % +\+9.9 points\n", text), text

    settings = data_dir / SETTINGS_FILE
    settings.write_text(settings.read_text() + text[text.index("[chances]") :])
    (band,) = json.loads(told(data_dir, taught, "--json"))["bands"]
    assert band["stated"] == pytest.approx(0.799) and band["kept"] == 0.8
    assert "chance: synthetic, from 20 generated days of ville with 3 couriers, waves, " in told(
        data_dir
    )


def test_a_handful_of_promises_teaches_nothing(data_dir: Path) -> None:
    few = str(a_study(data_dir / "few.json", kept_of_ten=8, days=9))
    answer = CliRunner().invoke(
        main, ["reliability", "--learn-from", few, "--data-dir", str(data_dir)]
    )
    assert answer.exit_code == 2 and "90 promises teach nothing" in answer.stderr


def test_a_town_that_learns_says_less_when_nobody_has_time_to_spare(data_dir: Path) -> None:
    idle = str(a_study(data_dir / "idle.json", kept_of_ten=9, days=30, spare_s=1800.0))
    busy = str(a_study(data_dir / "busy.json", kept_of_ten=6, days=30, spare_s=-300.0))
    text = told(data_dir, "--learn-from", idle, "--learn-from", busy)
    assert "spares_s = [-300.0, 1800.0]" in text

    settings = data_dir / SETTINGS_FILE
    settings.write_text(settings.read_text() + text[text.index("[chances]") :])
    low, high = json.loads(told(data_dir, idle, busy, "--json"))["bands"]
    assert (low["kept"], high["kept"]) == (0.6, 0.9)
    assert low["stated"] == pytest.approx(0.6, abs=0.02)
    assert high["stated"] == pytest.approx(0.9, abs=0.02)
