from __future__ import annotations

import socket
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
import structlog

from dispatch.adapters.storage.chosen import VARIABLE
from dispatch.core.errors import Invalid
from dispatch.demo.stage import FIRST_PORT, MARKER_FILE, claim_folder, listen, open_stage
from dispatch.jobs.lease import held


def test_a_folder_with_somebodys_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "dispatch.sqlite3").write_text("a town's orders")
    with pytest.raises(Invalid, match=r"data_dir .* is not empty and not a demonstration's"):
        claim_folder(tmp_path)
    assert (tmp_path / "dispatch.sqlite3").read_text() == "a town's orders"


def test_a_demonstrations_folder_is_used_again_and_keeps_its_parameters(tmp_path: Path) -> None:
    (tmp_path / "parameters.toml").write_text('preset = "from_4h"\n')
    claim_folder(tmp_path)
    (tmp_path / "dispatch.sqlite3").write_text("yesterday")
    claim_folder(tmp_path)
    assert not (tmp_path / "dispatch.sqlite3").exists()
    assert (tmp_path / "parameters.toml").read_text() == 'preset = "from_4h"\n'
    assert (tmp_path / MARKER_FILE).exists()


def test_a_running_demonstration_keeps_its_folder(tmp_path: Path) -> None:
    claim_folder(tmp_path)
    (tmp_path / "dispatch.sqlite3").write_text("today")
    with (
        held(tmp_path, lambda _: True) as ours,
        pytest.raises(Invalid, match="a demonstration is running"),
    ):
        assert ours
        claim_folder(tmp_path)
    assert (tmp_path / "dispatch.sqlite3").exists()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("")
    with pytest.raises(Invalid, match="is not a directory"):
        claim_folder(file)


def test_a_taken_port_is_refused_when_it_was_asked_for_and_passed_over_when_not() -> None:
    with listen(0) as taken:
        port: int = taken.getsockname()[1]
        with pytest.raises(Invalid, match=f"port {port} on 127.0.0.1 is in use"):
            listen(port)
    with listen(None) as first, listen(None) as second:
        ports = [s.getsockname()[1] for s in (first, second)]
    assert FIRST_PORT <= ports[0] < ports[1]
    assert isinstance(first, socket.socket)


def test_a_demonstration_never_plays_in_the_database_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"sqlite:///{tmp_path}/production.sqlite3")
    monkeypatch.setattr("dispatch.demo.stage._log", lambda data_dir: StringIO())
    claim_folder(tmp_path / "demo")
    open_stage(tmp_path / "demo", datetime(2026, 11, 24, 8, tzinfo=UTC), 60)
    structlog.reset_defaults()
    assert (tmp_path / "demo" / "dispatch.sqlite3").exists()
    assert not (tmp_path / "production.sqlite3").exists()


def test_what_the_house_does_is_in_its_log_and_not_among_the_story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    log = StringIO()
    monkeypatch.setattr("dispatch.demo.stage._log", lambda data_dir: log)
    monkeypatch.setattr("dispatch.demo.stage.open_house", lambda data_dir: None)
    open_stage(tmp_path, datetime(2026, 11, 24, 8, tzinfo=UTC), 60)
    structlog.get_logger("somebody").info("request", status=201)
    structlog.reset_defaults()
    assert capfd.readouterr() == ("", "")
    assert "event=request status=201" in log.getvalue()
