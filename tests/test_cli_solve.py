"""``dispatch solve``: a textbook file in, a checked answer out."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from dispatch.cli import main
from dispatch.routing import solvers
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem
from dispatch.routing.solvers import greedy

# The depot at 0, two errands along a line: fetch at 10 drop at 20, fetch at 30 drop at 40.
# A vehicle carries one parcel at a time; one does both, 40 out and 40 back.
TWO_ERRANDS = """\
2 10 1
0  0 0   0 0 1000 0 0 0
1 10 0  10 0 1000 0 0 2
2 20 0 -10 0 1000 0 1 0
3 30 0  10 0 1000 0 0 4
4 40 0 -10 0 1000 0 3 0
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "two_errands.txt"
    path.write_text(TWO_ERRANDS)
    return path


@pytest.mark.parametrize("engine", ["greedy", "ortools"])
def test_the_answer_is_one_json_object(file: Path, engine: str) -> None:
    arguments = ["solve", str(file), "--time-limit", "0.3", "--engine", engine, "--json"]
    answer = CliRunner().invoke(main, arguments)
    assert answer.exit_code == 0
    told = json.loads(answer.stdout)
    seconds = told.pop("seconds")
    assert told == {
        "instance": "two_errands",
        "vehicles": 1,
        "cost": 80.0,
        "routes": [[1, 2, 3, 4]],
        "unserved": [],
        "engine": engine,
        "checked": True,
    }
    assert 0 <= seconds < 2
    assert answer.stderr == ""


def test_a_person_reads_a_small_table(file: Path) -> None:
    answer = CliRunner().invoke(main, ["solve", str(file), "--engine", "greedy"])
    assert answer.exit_code == 0
    assert "1 vehicles, cost 80.00, 0 tasks unserved" in answer.stdout
    assert answer.stdout.splitlines()[-1].split() == ["1", "4", "1", "2", "3", "4"]


def test_tasks_nobody_can_do_are_listed(tmp_path: Path) -> None:
    """The parcel of task 3 is heavier than the vehicle may carry."""
    file = tmp_path / "heavy.txt"
    file.write_text(TWO_ERRANDS.replace("3 30 0  10", "3 30 0  11").replace("40 0 -10", "40 0 -11"))
    answer = CliRunner().invoke(main, ["solve", str(file), "--engine", "greedy", "--json"])
    assert json.loads(answer.stdout)["unserved"] == [3, 4]


def test_half_a_file_is_refused_by_its_line(file: Path) -> None:
    file.write_text("".join(TWO_ERRANDS.splitlines(keepends=True)[:5]))
    answer = CliRunner().invoke(main, ["solve", str(file), "--json"])
    assert answer.exit_code == 2
    assert "line 5" in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert answer.stdout == ""


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["solve", str(tmp_path / "nowhere.txt")])
    assert answer.exit_code == 2
    assert "nowhere.txt" in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_an_unknown_engine_is_refused_with_the_known_ones(file: Path) -> None:
    answer = CliRunner().invoke(main, ["solve", str(file), "--engine", "crystal-ball"])
    assert answer.exit_code == 2
    assert "crystal-ball" in answer.stderr
    assert "greedy, ortools" in answer.stderr


def forgetful(
    problem: Problem,
    *,
    budget_s: float,
    seed: int = 0,
    start: Sequence[tuple[int, ...]] | None = None,
) -> Plan:
    """A solver that leaves a job out and says nothing."""
    honest = greedy.solve(problem, budget_s=budget_s, seed=seed, start=start)
    return Plan((), (), honest.cost, "forgetful")


@pytest.mark.parametrize("json_flag", [[], ["--json"]])
def test_an_answer_that_breaks_a_rule_is_not_an_answer(
    file: Path, json_flag: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solvers, "engine", lambda name: forgetful)
    answer = CliRunner().invoke(main, ["solve", str(file), *json_flag])
    assert answer.exit_code == 1
    assert "the plan breaks" in answer.stderr
    assert "1-2" in answer.stderr  # the job it forgot
    if json_flag:
        told = json.loads(answer.stdout)
        assert told["checked"] is False
        assert told["broken"]
    else:
        assert answer.stdout == ""


def test_on_a_terminal_a_bar_moves_and_the_answer_stays_clean(file: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "dispatch", "solve", str(file), "--time-limit", "0.8", "--json"],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm"},
    ) as solving:
        os.close(theirs)
        assert solving.stdout is not None
        told = json.loads(solving.stdout.read())
    drawn = os.read(ours, 65536).decode()
    os.close(ours)
    assert told["cost"] == 80
    assert drawn.count("solving") > 3


def test_numbers_nobody_can_search_with_are_one_line(tmp_path: Path) -> None:
    for options in (["--time-limit", "nan"], ["--seed", "99999999999999999999999"]):
        done = CliRunner().invoke(main, ["solve", str(tmp_path / "any.txt"), *options])
        assert done.exit_code == 2
        assert "Traceback" not in done.output
