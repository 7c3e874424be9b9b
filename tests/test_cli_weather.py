"""Wet days, on the command line: said, listed, taken back."""

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


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    save_clock(starting_now(parse_instant("2026-11-24T10:00+01:00"), 1.0), tmp_path / CLOCK_FILE)
    return tmp_path


def run(data_dir: Path, *arguments: str) -> Any:
    return CliRunner().invoke(main, ["weather", *arguments, "--data-dir", str(data_dir)])


def listed(data_dir: Path) -> list[str]:
    return [one["day"] for one in json.loads(run(data_dir, "list", "--json").output)["days"]]


def test_a_day_is_said_listed_and_taken_back(data_dir: Path) -> None:
    assert run(data_dir, "wet", "2026-11-25").output == "wet: 2026-11-25\n"
    assert listed(data_dir) == ["2026-11-25"]
    assert "2026-11-25" in run(data_dir, "list").output
    assert run(data_dir, "dry", "2026-11-25").output == "not wet after all: 2026-11-25\n"
    assert listed(data_dir) == []
    assert "nobody said" in run(data_dir, "dry", "2026-11-25").output


def test_a_day_too_far_off_is_refused(data_dir: Path) -> None:
    refused = run(data_dir, "wet", "2027-01-25")

    assert refused.exit_code != 0
    assert listed(data_dir) == []
