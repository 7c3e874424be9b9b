"""The command line as a whole: quick to start, one line for a "no", the right exit code."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dispatch import __version__
from dispatch.cli import main
from dispatch.core.errors import (
    Broken,
    Conflict,
    DispatchError,
    Invalid,
    NotFound,
    StorageError,
)

COMMANDS = ("config", "jobs", "keys", "links", "quote", "run", "serve", "solve", "town", "wave")
#: Each costs a tenth of a second or more to import.
SLOW = ("alembic", "flask", "gunicorn", "numpy", "ortools", "pydantic", "rich", "sqlalchemy")


def test_help_names_every_command_and_the_exit_codes() -> None:
    answer = CliRunner().invoke(main, ["--help"])
    assert answer.exit_code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in answer.stdout
    assert "Exit codes" in answer.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    answer = CliRunner().invoke(main, [command, "--help"])
    assert answer.exit_code == 0
    assert "Usage: main" in answer.stdout


def test_help_imports_nothing_slow() -> None:
    listing = f"import sys, dispatch.cli; print([m for m in {SLOW} if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", listing], capture_output=True, check=True)
    assert told.stdout == b"[]\n"


def test_version_as_a_module_and_as_a_program() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "dispatch", "--version"], capture_output=True, text=True, check=True
    )
    assert told.stdout == f"dispatch {__version__}\n"


def test_no_command_at_all_shows_the_help() -> None:
    answer = CliRunner().invoke(main, [])
    assert answer.exit_code == 2
    assert "First steps" in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["solv"], "solv"),
        (["serve", "--prot", "80"], "--prot"),
        (["serve", "--port", "70000"], "--port"),
        (["serve", "--clock", "yesterday"], "--clock"),
        (["serve", "--clock", "2026-11-24T09:00"], "offset"),
        (["serve", "--clock", "2026-11-24T09:00+01:00x99999"], "99999"),
        (["keys", "create"], "--scopes"),
        (["quote", "--merchant", "m_a"], "--address"),
        (["quote", "--merchant", "m_a", "--lat", "44.5"], "--lon"),
        (["quote", "--merchant", "m_a", "--lat", "nan", "--lon", "0"], "--lat"),
        (["quote", "--merchant", "m_a", "--merchant", "m_a", "--address", "x"], "m_a"),
        (["wave", "list", "--day", "tomorrow"], "tomorrow"),
        (["solve", "x", "--time-limit", "0"], "--time-limit"),
    ],
)
def test_wrong_usage_is_one_line_that_names_it(arguments: list[str], named: str) -> None:
    answer = CliRunner().invoke(main, arguments)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert named in answer.stderr
    assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "--port", "0"],
        ["jobs"],
        ["keys", "create", "--scopes", "quotes"],
        ["links"],
        ["wave", "run"],
        ["config", "show"],
    ],
)
def test_a_data_dir_that_is_a_file_is_refused_by_name(arguments: list[str], tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    answer = CliRunner().invoke(main, [*arguments, "--data-dir", str(file)])
    assert answer.exit_code == 2
    assert "notes.txt" in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert file.read_text() == "mine"


def test_a_data_dir_below_a_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    below = tmp_path / "notes.txt" / "data"
    answer = CliRunner().invoke(main, ["links", "--data-dir", str(below)])
    assert answer.exit_code == 2
    assert "notes.txt" in answer.stderr
    assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (Invalid("is negative", field="weight_g"), 2, "weight_g: is negative"),
        (Invalid("weight_g is\nnegative", field="weight_g"), 2, "weight_g is negative"),
        (Invalid("[a] has no 'b_s'", field="a.b_s"), 2, "[a] has no 'b_s'"),
        (Invalid("[a] is odd", field="a.b_s"), 2, "a.b_s: [a] is odd"),
        (NotFound("no merchant m_x"), 2, "no merchant m_x"),
        (StorageError("the database is busy"), 2, "the database is busy"),
        (Conflict("wave w_1 is taken"), 1, "wave w_1 is taken"),
        (Broken("solver broke 1 rule"), 1, "solver broke 1 rule"),
        (OSError(13, "Permission denied", "/data"), 2, "/data: Permission denied"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(
    error: DispatchError | OSError, code: int, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setitem(main.commands, "fail", click.Command("fail", callback=fail))
    answer = CliRunner().invoke(main, ["fail"])
    assert answer.exit_code == code
    assert answer.stderr == f"dispatch: {line}\n"
    assert answer.stdout == ""


def test_what_a_command_writes_is_for_its_owner_only_and_the_caller_keeps_his_umask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "notes.txt"
    monkeypatch.setitem(main.commands, "note", click.Command("note", callback=file.touch))
    before = os.umask(0o022)
    try:
        assert CliRunner().invoke(main, ["note"]).exit_code == 0
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def test_a_bug_is_not_hidden_as_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(main.commands, "fail", click.Command("fail", callback=fail))
    assert isinstance(CliRunner().invoke(main, ["fail"]).exception, ZeroDivisionError)


def test_ctrl_c_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(main.commands, "wait", click.Command("wait", callback=interrupted))
    assert CliRunner().invoke(main, ["wait"]).exit_code == 130
