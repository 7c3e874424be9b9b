"""Days off, on the command line: made, listed, taken back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dispatch.adapters.clock import save_clock, starting_now
from dispatch.app import CLOCK_FILE
from dispatch.cli import main
from dispatch.core.civil import parse_instant

SHOP = "m_maison_lisiere"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    save_clock(starting_now(parse_instant("2026-11-24T10:00+01:00"), 1.0), tmp_path / CLOCK_FILE)
    return tmp_path


def run(data_dir: Path, *arguments: str) -> Any:
    return CliRunner().invoke(main, ["closures", *arguments, "--data-dir", str(data_dir)])


def test_a_closing_is_made_listed_and_taken_back(data_dir: Path) -> None:
    made = run(data_dir, "add", "--merchant", SHOP, "--from", "2026-12-24", "--reason", "Noël")
    assert made.exit_code == 0, made.output
    assert made.output.startswith(f"closed {SHOP} on 2026-12-24 (cls_")
    (listed,) = json.loads(run(data_dir, "list", "--json").output)["closures"]
    assert (listed["merchant_id"], listed["reason"]) == (SHOP, "Noël")
    assert SHOP in run(data_dir, "list").output
    gone = run(data_dir, "remove", listed["id"])
    assert gone.output == f"open as usual again: {SHOP} on 2026-12-24\n"
    assert json.loads(run(data_dir, "list", "--json").output) == {"closures": []}


def test_a_rehearsal_says_the_same_and_closes_nobody(data_dir: Path) -> None:
    said = run(data_dir, "add", "--merchant", SHOP, "--from", "2026-12-24", "--dry-run").output
    assert said == f"nobody closed yet: {SHOP} on 2026-12-24\n"
    assert json.loads(run(data_dir, "list", "--json").output) == {"closures": []}


def test_everyone_is_closed_for_several_days(data_dir: Path) -> None:
    arguments = ("add", "--everyone", "--from", "2026-12-24", "--until", "2026-12-26", "--json")
    answer = json.loads(run(data_dir, *arguments).output)
    assert answer["merchant_id"] is None
    assert (answer["last_day"], answer["booked_orders"]) == ("2026-12-26", 0)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["add", "--from", "2026-12-24"], 2, "--merchant, or --everyone"),
        (["add", "--merchant", SHOP, "--everyone", "--from", "2026-12-24"], 2, "--everyone"),
        (["add", "--merchant", "m_nowhere", "--from", "2026-12-24"], 2, "m_nowhere"),
        (["add", "--everyone", "--from", "2026-11-23"], 2, "2026-11-23 is past"),
        (["remove", "cls_0"], 2, "no closure cls_0"),
    ],
)
def test_what_cannot_be_closed_is_said_in_one_line(
    data_dir: Path, arguments: list[str], code: int, said: str
) -> None:
    answer = run(data_dir, *arguments)
    assert answer.exit_code == code
    assert said in answer.output
    assert "Traceback" not in answer.output
