"""A run asks, prints, and leaves one dated file that the next run can read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import solver_quality
from benchmarks.common import record
from benchmarks.common.cases import public

ONE_PAIR = """2 10 1
0 0 0 0 0 100 0 0 0
1 3 4 5 0 100 0 0 2
2 6 8 -5 0 100 0 1 0
"""


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(record, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(solver_quality, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pair.txt").write_text(ONE_PAIR)
    (tmp_path / "best_known.csv").write_text("instance,vehicles,cost\npair,1,20\n")
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr("sys.argv", ["solver_quality.py", *words])
    solver_quality.main()


def test_a_run_is_a_table_and_a_dated_file(
    results: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--set", "public", "--folder", str(folder), "--engines", "greedy", "--budgets", "1")
    run(monkeypatch, *words)

    (path,) = results.glob("*-solver-quality-public.json")
    kept = json.loads(path.read_text())
    (line,) = kept["lines"]
    # Out to (6, 8) by way of (3, 4) and back: 10 + 10.
    assert kept["rows"][0]["score"] == [1, 20]
    assert (line["extra"], line["gap_pct"], line["worse"]) == (0, 0, 0)
    assert kept["commit"] and kept["machine"] and kept["engines"] == {"greedy": "no library"}
    assert "greedy" in capsys.readouterr().out


def test_without_public_instances_that_set_is_skipped_in_one_line(
    results: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(monkeypatch, "--set", "public", "--folder", str(tmp_path), "--engines", "greedy")

    assert "no public instances in" in capsys.readouterr().out
    assert not results.exists()
    assert list(public(tmp_path)) == []


def test_a_peer_that_is_not_installed_is_skipped_in_one_line(
    results: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(solver_quality, "version_of", lambda name: None)
    run(monkeypatch, "--set", "public", "--folder", str(folder), "--engines", "pyvrp")

    assert "pyvrp is not installed" in capsys.readouterr().out
    assert not results.exists()


def test_an_unknown_engine_is_refused_with_the_known_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(monkeypatch, "--engines", "magic")
    assert "unknown engine magic; known: ortools" in capsys.readouterr().err


def test_nobody_is_always_asked_first() -> None:
    asked_first = [solver_quality._rotated(["a", "b", "c"], turn)[0] for turn in range(4)]

    assert asked_first == ["a", "b", "c", "a"]
