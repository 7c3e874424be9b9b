"""``dispatch database``, ``backup`` and ``restore``, as an operator types them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dispatch.adapters.storage.chosen import URL_FILE, VARIABLE
from dispatch.adapters.storage.engine import DATABASE_FILE
from dispatch.adapters.storage.store import open_store
from dispatch.cli import main
from dispatch.jobs.lease import held
from tests.adapters.storage_samples import book, booking
from tests.databases import Server


@pytest.fixture
def url(server: Callable[[], Server]) -> Iterator[str]:
    """A PostgreSQL database with tables and no row."""
    with server().fresh() as url:
        yield url


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """One order is booked, in a SQLite file."""
    book_one(tmp_path)
    return tmp_path


def book_one(where: Path | str, n: int = 1) -> None:
    store = open_store(where)
    with store.writing() as tx:
        book(tx, n)
    store.close()


def booked(where: Path | str, n: int = 1) -> bool:
    store = open_store(where)
    with store.reading() as tx:
        there = tx.booking_by_token(f"token{n}") == booking(n)
    store.close()
    return there


def run(data_dir: Path, *words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, [*words, "--data-dir", str(data_dir)], input=typed)


def answer(data_dir: Path, *words: str) -> Any:
    done = run(data_dir, *words, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_a_fresh_installation_shows_its_own_file(tmp_path: Path) -> None:
    said = answer(tmp_path, "database", "show")
    assert said["database"] == str(tmp_path / DATABASE_FILE)
    assert (said["chosen_by"], said["revision"]) == ("default", None)


def test_an_installation_moves_to_postgresql_with_its_orders_and_back(
    installation: Path, url: str
) -> None:
    assert answer(installation, "database", "copy", url)["rows"]["bookings"] == 1
    assert answer(installation, "database", "show")["chosen_by"] == "default"
    answer(installation, "database", "use", url)
    book_one(url, 2)
    # Whatever opens the installation now, by its folder alone, sees both.
    said = answer(installation, "database", "show")
    assert said["chosen_by"] == "file"
    assert said["revision"] == said["newest_revision"]
    (installation / DATABASE_FILE).unlink()
    assert answer(installation, "database", "copy", "sqlite")["rows"]["bookings"] == 2
    answer(installation, "database", "use", "sqlite")
    assert not (installation / URL_FILE).exists()
    assert booked(installation, 1) and booked(installation, 2)


def test_other_commands_follow_the_chosen_database(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(tmp_path, "database", "use", url)
    answer(tmp_path, "keys", "create", "--scopes", "quotes")
    assert len(answer(tmp_path, "keys", "list")["keys"]) == 1
    answer(tmp_path, "database", "use", "sqlite")
    assert answer(tmp_path, "keys", "list")["keys"] == []
    monkeypatch.setenv(VARIABLE, url)
    assert len(answer(tmp_path, "keys", "list")["keys"]) == 1


def test_a_url_can_be_piped_in_and_its_password_is_never_shown(tmp_path: Path) -> None:
    url = "postgresql://odile:secret@127.0.0.1:1/nobody-is-there"
    refused = run(tmp_path, "database", "use", "-", typed=f"{url}\n")
    assert refused.exit_code == 2
    assert "connection" in refused.stderr
    (tmp_path / URL_FILE).write_text(url)
    shown = run(tmp_path, "database", "show")
    assert shown.exit_code == 2
    assert "secret" not in refused.output + shown.output


def test_a_database_that_cannot_be_opened_is_not_chosen(tmp_path: Path, url: str) -> None:
    answer(tmp_path, "database", "use", url)
    assert run(tmp_path, "database", "use", "postgresql://x@127.0.0.1:1/x").exit_code == 2
    assert answer(tmp_path, "database", "show")["chosen_by"] == "file"


def test_what_was_backed_up_is_restored_and_what_was_there_is_kept(installation: Path) -> None:
    copy = installation / "monday"
    assert answer(installation, "backup", str(copy))["kind"] == "sqlite"
    book_one(installation, 2)
    refused = run(installation, "restore", str(copy))
    assert (refused.exit_code, "already" in refused.stderr) == (1, True)
    restored = answer(installation, "restore", str(copy), "--replace")
    assert restored["rows"]["bookings"] == 1
    assert restored["replaced"] == str(installation / "before-restore-1.backup")
    back = answer(installation, "restore", restored["replaced"], "--replace")
    assert back["rows"]["bookings"] == 2


def test_nothing_is_moved_under_a_running_server(installation: Path, url: str) -> None:
    answer(installation, "backup", str(installation / "monday"))
    with held(installation, lambda _: True):
        for words in (
            ("database", "use", url),
            ("database", "copy", url),
            ("restore", str(installation / "monday"), "--replace"),
        ):
            refused = run(installation, *words)
            assert (refused.exit_code, "stop it first" in refused.stderr) == (1, True), words
        answer(installation, "backup", str(installation / "tuesday"))  # reads only
    assert booked(installation)


def test_a_database_is_not_copied_onto_itself(installation: Path) -> None:
    assert "in use" in run(installation, "database", "copy", "sqlite").stderr
