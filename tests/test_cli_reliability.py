"""Were the chances true that promises were sold with?  As a terminal tells it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from dispatch.cli import main
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
    assert band["stated"] > 0.95
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
    for subject in ("ways", "shop", "ready", "door", "chance"):
        assert f"{subject}: a first guess, nothing learnt and applied" in text

    done = CliRunner().invoke(main, ["calibrate", "--apply", "--data-dir", str(driven)])
    assert done.exit_code == 0
    assert "door: learnt from 1 facts on 1\n" in told(driven)


def test_a_house_that_sold_nothing_has_no_table(data_dir: Path) -> None:
    assert "0 promises judged" in told(data_dir)
