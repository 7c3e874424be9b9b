"""A copy is whole or has no name; it comes back whole, or what was there stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL

from dispatch.adapters.storage import pg_programs
from dispatch.adapters.storage.backup import back_up, kind_of, restore
from dispatch.adapters.storage.engine import DATABASE_FILE, open_engine
from dispatch.adapters.storage.migrate import downgrade, revision, revisions
from dispatch.adapters.storage.schema import metadata
from dispatch.adapters.storage.store import open_store
from dispatch.core.errors import Conflict, Invalid, StorageError
from tests.databases import POSTGRESQL, SQLITE, Server, all_rows, fill

Where = Path | str


@pytest.fixture
def elsewhere(kind: str, server: Callable[[], Server], tmp_path: Path) -> Where:
    """Another database, with nothing in it."""
    return tmp_path / "elsewhere" if kind == SQLITE else server().bare()


def filled(where: Where, count: int = 2) -> dict[str, list[dict[str, object]]]:
    engine = open_engine(where)
    fill(engine, count)
    rows = all_rows(engine)
    engine.dispose()
    return rows


def rows_at(where: Where) -> dict[str, list[dict[str, object]]]:
    engine = open_engine(where)
    rows = all_rows(engine)
    engine.dispose()
    return rows


@pytest.fixture
def database(database: Where) -> Where:
    open_store(database).close()  # its tables are there
    return database


def test_every_row_comes_back_elsewhere(
    database: Where, elsewhere: Where, kind: str, tmp_path: Path
) -> None:
    rows = filled(database)
    back_up(database, tmp_path / "copy")
    assert kind_of(tmp_path / "copy") == kind
    assert restore(elsewhere, tmp_path / "copy") == dict.fromkeys(metadata.tables, 2)
    assert rows_at(elsewhere) == rows


def test_a_copy_is_one_file_for_its_owner_only(database: Where, tmp_path: Path) -> None:
    (tmp_path / "copies").mkdir()
    back_up(database, tmp_path / "copies" / "monday")
    assert [path.name for path in (tmp_path / "copies").iterdir()] == ["monday"]
    assert (tmp_path / "copies" / "monday").stat().st_mode & 0o077 == 0


def test_no_copy_is_written_over(database: Where, tmp_path: Path) -> None:
    (tmp_path / "monday").write_text("precious")
    with pytest.raises(Conflict, match="is there already"):
        back_up(database, tmp_path / "monday")
    assert (tmp_path / "monday").read_text() == "precious"


def test_orders_are_replaced_only_when_asked(
    database: Where, elsewhere: Where, tmp_path: Path
) -> None:
    back_up(database, tmp_path / "empty")
    rows = filled(database)
    with pytest.raises(Conflict, match="something in the database already"):
        restore(database, tmp_path / "empty")
    assert rows_at(database) == rows
    restore(database, tmp_path / "empty", replace=True)
    assert not any(rows_at(database).values())


def test_a_copy_of_an_older_version_is_brought_up_to_date(
    database: Where, elsewhere: Where, tmp_path: Path
) -> None:
    engine = open_engine(database)
    downgrade(engine, "0001")
    back_up(database, tmp_path / "old")
    restore(elsewhere, tmp_path / "old")
    engine.dispose()
    engine = open_engine(elsewhere)
    assert revision(engine) == revisions()[-1]
    engine.dispose()
    open_store(database).close()  # as whoever gets it next expects it


def test_what_is_no_copy_is_refused_before_anything_is_touched(
    database: Where, kind: str, tmp_path: Path
) -> None:
    rows = filled(database)
    (tmp_path / "list").write_text("milk, eggs")
    with pytest.raises(Invalid, match="is no copy of a database"):
        restore(database, tmp_path / "list", replace=True)
    other = {SQLITE: b"PGDMP", POSTGRESQL: b"SQLite format 3\0"}[kind]
    (tmp_path / "other").write_bytes(other + bytes(100))
    with pytest.raises(Invalid, match="dispatch database copy"):
        restore(database, tmp_path / "other", replace=True)
    assert rows_at(database) == rows


def test_a_torn_copy_of_sqlite_changes_nothing(tmp_path: Path) -> None:
    here = tmp_path / "here"
    open_store(here).close()
    rows = filled(here, 50)
    back_up(here, tmp_path / "copy")
    whole = (tmp_path / "copy").read_bytes()
    (tmp_path / "copy").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StorageError, match=r"cannot restore|is damaged"):
        restore(here, tmp_path / "copy", replace=True)
    assert rows_at(here) == rows


def test_a_damaged_sqlite_file_is_put_aside_and_replaced(tmp_path: Path) -> None:
    here, file = tmp_path / "here", tmp_path / "here" / DATABASE_FILE
    open_engine(here).dispose()
    back_up(here, tmp_path / "copy")
    file.write_bytes(b"a power cut" * 1000)
    restore(here, tmp_path / "copy")
    assert rows_at(here)["bookings"] == []
    assert file.with_name(f"{DATABASE_FILE}.damaged").read_bytes().startswith(b"a power cut")


def test_the_programs_nearest_to_the_server_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = [tmp_path / str(version) for version in (14, 16, 18)]
    for program in programs:
        program.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {program.name}.3 (Debian)'\n")
        program.chmod(0o755)
    monkeypatch.setattr(pg_programs, "_candidates", lambda name: iter(programs))
    assert [pg_programs.find_program("pg_dump", n).name for n in (14, 15, 18)] == ["14", "16", "18"]
    with pytest.raises(Invalid, match=r"19 or newer is needed.*found: 14, 16, 18.*apt install"):
        pg_programs.find_program("pg_dump", 19)


def test_a_password_is_not_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, said = tmp_path / "pg_dump", tmp_path / "said"
    program.write_text(f'#!/bin/sh\necho "$@ / $PGPASSWORD" > {said}\n')
    program.chmod(0o755)
    monkeypatch.setattr(pg_programs, "find_program", lambda name, major: program)
    for url in (
        URL.create("postgresql+psycopg", "odile", "secret", "db", 5433, "town"),
        URL.create("postgresql", "odile", None, "db", 5433, "town", query={"password": "secret"}),
    ):
        pg_programs.run_program("pg_dump", 18, url, "--file=x")
        assert said.read_text() == "--dbname=postgresql://odile@db:5433/town --file=x / secret\n"
