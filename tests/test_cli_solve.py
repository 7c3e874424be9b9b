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
from click.testing import CliRunner, Result

from dispatch.cli import main
from dispatch.routing import solvers
from dispatch.routing.formats.house_words import PlanSaid
from dispatch.routing.plan import Plan
from dispatch.routing.problem import Problem
from dispatch.routing.solvers import greedy
from tests.routing.formats.documented import example

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
    assert drawn.count("solving") > 1


@pytest.fixture
def vroom(tmp_path: Path) -> Path:
    path = tmp_path / "morning.json"
    path.write_text(example("vroom"))
    return path


def solved(*arguments: str | Path, given: str | None = None) -> Result:
    options = ["--engine", "greedy", *map(str, arguments)]
    return CliRunner().invoke(main, ["solve", *options], input=given)


def test_the_answer_is_in_the_words_of_the_question(vroom: Path) -> None:
    told = json.loads(solved(vroom, "--json").stdout)
    assert told["code"] == 0
    assert told["summary"]["unassigned"] == 0
    told = json.loads(solved("-", "--json", given=example("dispatch-problem/1")).stdout)
    assert told["format"] == "dispatch-plan/1"
    assert told["checked"] is True
    told = json.loads(solved("-", "--json", given=TWO_ERRANDS).stdout)
    assert told["routes"] == [[1, 2, 3, 4]]


def test_a_person_reads_a_table_of_either_json(vroom: Path) -> None:
    answer = solved(vroom)
    assert "morning: 2 vehicles, cost 3660, 0 tasks unassigned" in answer.stdout
    assert answer.stdout.splitlines()[2].split()[-3:] == ["job:20", "delivery:10", "break:1"]
    answer = solved("-", given=example("dispatch-problem/1"))
    assert answer.stdout.splitlines()[0].startswith("two shops, one door: 1 vehicles, cost 840 ")
    assert answer.stdout.splitlines()[2].split()[-3:] == ["+order-1", "+order-1", "-order-1"]


def test_tasks_left_out_are_named_with_their_reason(vroom: Path) -> None:
    vroom.write_text(example("vroom").replace('"skills": [7]}', '"skills": []}'))
    lines = solved(vroom).stdout.splitlines()
    assert lines[-2:] == ["unassigned: pickup:11 (skills)", "unassigned: delivery:11 (skills)"]
    heavy = example("dispatch-problem/1").replace("[15000]", "[1000]")
    assert "unserved: order-1: " in solved("-", given=heavy).stdout


def test_the_answer_can_be_written_to_a_file(vroom: Path, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    shown = solved(vroom, "--output", path)
    assert json.loads(path.read_text())["code"] == 0
    assert "2 vehicles" in shown.stdout


def test_a_refused_vroom_question_is_answered_as_vroom_does(vroom: Path) -> None:
    vroom.write_text(example("vroom").replace('"priority": 50', '"priority": 500'))
    answer = solved(vroom, "--json")
    assert answer.exit_code == 2
    assert "shipments[1].priority" in answer.stderr
    told = json.loads(answer.stdout)
    assert told["code"] == 2
    assert told["error"].startswith("shipments[1].priority")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"jobs": [', "not JSON"),
        ('{"jobs": []}', "dispatch-problem/1"),
        ("[1]", "expected a JSON object"),
        ('{"vehicles": [], "vehicles": []}', "'vehicles' stands twice"),
        ("[" * 100_000, "nested too deeply"),
        ("\x00", "unknown format"),
        ('{"format": "dispatch-problem/1"}', "travel_s: is missing (and 2 more)"),
    ],
)
def test_a_file_that_is_nothing_known_is_one_line(text: str, message: str) -> None:
    answer = solved("-", "--json", given=text)
    assert answer.exit_code == 2
    assert message in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert answer.stdout == ""


def test_the_format_can_be_said(vroom: Path) -> None:
    answer = solved(vroom, "--format", "dispatch")
    assert answer.exit_code == 2
    assert "format: is missing" in answer.stderr
    assert "unknown format" in solved(vroom, "--format", "textbook").stderr
    assert "expected a JSON object" in solved("-", "--format", "vroom", given=TWO_ERRANDS).stderr


def test_routes_to_begin_from_that_break_a_rule_are_refused(vroom: Path) -> None:
    asked = json.loads(example("vroom"))
    asked["vehicles"][0]["steps"] = [{"type": kind, "id": 10} for kind in ("delivery", "pickup")]
    vroom.write_text(json.dumps(asked))
    answer = solved(vroom)
    assert answer.exit_code == 2
    assert "start breaks dropped_before_pickup for shipment 10 to 10" in answer.stderr


def test_straight_lines_are_only_for_questions_without_matrices(tmp_path: Path) -> None:
    point = [0.16, 44.5]
    asked = {"vehicles": [{"id": 1, "start": point}], "jobs": [{"id": 1, "location": point}]}
    answer = solved("-", given=json.dumps(asked))
    assert answer.exit_code == 2
    assert "--straight-line KMH" in answer.stderr
    assert solved("-", "--straight-line", "30", given=json.dumps(asked)).exit_code == 0
    assert solved("-", "--straight-line", "30", given=TWO_ERRANDS).exit_code == 2


def test_the_schemas_are_printed_without_a_file() -> None:
    done = CliRunner().invoke(main, ["solve", "--schema"])
    assert done.exit_code == 0
    assert list(json.loads(done.stdout)) == ["dispatch-problem/1", "dispatch-plan/1"]


@pytest.mark.parametrize("kind", ["vroom", "dispatch-problem/1"])
def test_a_broken_plan_is_said_in_the_words_of_the_question(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solvers, "engine", lambda name: forgetful)
    answer = solved("-", "--json", given=example(kind))
    assert answer.exit_code == 1
    told = json.loads(answer.stdout)
    assert told.get("code", 1) == 1
    assert told.get("checked", False) is False
    assert "served_wrongly" in answer.stdout


def test_numbers_nobody_can_search_with_are_one_line(tmp_path: Path) -> None:
    for options in (["--time-limit", "nan"], ["--seed", "99999999999999999999999"]):
        done = CliRunner().invoke(main, ["solve", str(tmp_path / "any.txt"), *options])
        assert done.exit_code == 2
        assert "Traceback" not in done.output


def test_a_byte_order_mark_changes_nothing(vroom: Path) -> None:
    vroom.write_bytes(b"\xef\xbb\xbf" + vroom.read_bytes())
    assert solved(vroom).exit_code == 0


def test_where_the_answer_cannot_go_is_known_before_the_search(vroom: Path, tmp_path: Path) -> None:
    answer = solved(vroom, "--output", str(tmp_path / "nowhere" / "plan.json"))
    assert answer.exit_code == 2
    assert "there is no directory" in answer.stderr


def test_an_answer_with_its_proof_is_what_the_schema_says() -> None:
    answer = solved("-", "--json", "--prove", "2", given=example("dispatch-problem/1"))
    said = PlanSaid.model_validate_json(answer.stdout)
    assert said.certificate is not None
    assert said.certificate.cost == said.cost.total
    assert said.certificate.bound <= said.cost.total
