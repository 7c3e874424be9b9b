"""The tables are what ``schema`` says, however they came to be, and one step at a time."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from dispatch.adapters.storage import migrate as migrate_module
from dispatch.adapters.storage.engine import DATABASE_FILE, memory_engine, open_engine
from dispatch.adapters.storage.migrate import (
    SCRIPTS,
    downgrade,
    draft,
    migrate,
    revision,
    revisions,
)
from dispatch.adapters.storage.schema import metadata
from dispatch.adapters.storage.store import memory_store, open_store
from dispatch.core.errors import StorageError, Unauthorised
from dispatch.operations.access import PageKind, PageLink, fingerprint
from dispatch.operations.devices import come_in, device_of
from dispatch.orders.shipments import EventType
from tests.adapters.storage_samples import DAY, NOON, book, booking, quote
from tests.fakes.house import house

#: Says that it is there, waits for a word, brings the tables up to date.
MIGRATE_ON_CUE = """
import sys
from dispatch.adapters.storage.engine import open_engine
from dispatch.adapters.storage.migrate import migrate, revision
engine = open_engine(sys.argv[1])
print("there", flush=True)
sys.stdin.readline()
migrate(engine)
print(revision(engine))
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = open_engine(tmp_path)
    migrate(engine)
    return engine


def clauses(sql: str) -> set[str]:
    """Split a definition at the commas of its outermost brackets, however it is laid out.

    SQLite writes a column that was added later into the line of the one before it.
    """
    found, depth = [""], 0
    # A table that was made anew and renamed carries its name in quotes.
    for letter in " ".join(sql.replace('"', "").split()):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 1 and letter in "(,":
            found.append("")
        elif depth > 0 or letter != ")":
            found[-1] += letter
    return {clause.strip() for clause in found}


def definitions(engine: Engine) -> dict[str, set[str]]:
    """Return each table's and index's clauses, whatever their order."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql NOT NULL"))
        return {
            row.name: clauses(row.sql)
            for row in rows
            if not row.name.startswith(("alembic", "sqlite"))
        }


def test_migrated_tables_are_those_of_the_schema(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrated_tables_keep_every_check_of_the_schema(engine: Engine) -> None:
    """Alembic's comparison does not look at CHECKs: the definitions themselves are compared."""
    made = definitions(memory_store()._engine)
    assert made["tours"] >= {"CONSTRAINT ck_tours_version CHECK (version >= 1)"}
    assert definitions(engine) == made


def test_down_to_nothing_and_up_again(engine: Engine) -> None:
    before = definitions(engine)
    downgrade(engine, "base")
    assert definitions(engine) == {}
    assert revision(engine) is None
    migrate(engine)
    assert definitions(engine) == before
    assert revision(engine) == revisions()[-1]


def test_an_event_from_before_events_had_types_is_a_change_of_state(tmp_path: Path) -> None:
    with open_store(tmp_path).writing() as tx:
        book(tx)
    engine = open_engine(tmp_path)
    downgrade(engine, "0003")
    with engine.connect() as connection:
        columns = {row.name for row in connection.execute(text("PRAGMA table_info(events)"))}
    assert columns & {"type", "data", "seq"} == {"seq"}
    with open_store(tmp_path).reading() as tx:
        (born,) = tx.events_of("s1")
    assert (born.type, born.data) == (EventType.STATE, None)


def test_what_a_quote_was_asked_before_it_had_columns_is_filled_in(tmp_path: Path) -> None:
    asked = replace(quote().request, external_ref="R1", recommended_by="cityzen-7")
    with open_store(tmp_path).writing() as tx:
        tx.add_quote(replace(quote(), request=asked))
        tx.add_booking(booking())
        tx.add_quote(quote(2))
    engine = open_engine(tmp_path)
    downgrade(engine, "0004")
    store = open_store(tmp_path)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT external_ref FROM quotes ORDER BY quote_id"))
        assert rows.scalars().all() == ["R1", None]
    with store.reading() as tx:
        assert tx.booking("b1") == replace(booking(), recommended_by="cityzen-7")
        assert tx.quote("q2") == quote(2)


def test_migrating_again_changes_nothing_and_does_not_wake_alembic(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "alembic", None)  # importing it would now fail
    migrate(engine)
    assert revision(engine) == revisions()[-1]


def test_data_survive_a_second_start(tmp_path: Path) -> None:
    with open_store(tmp_path).writing() as tx:
        book(tx)
    with open_store(tmp_path).reading() as tx:
        assert len(tx.bookings(DAY)) == 1


def test_a_database_of_a_newer_program_is_left_alone(engine: Engine, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / DATABASE_FILE) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '0999'")
    raw.close()
    with pytest.raises(
        StorageError, match=f"at revision 0999, this program knows up to {revisions()[-1]}"
    ):
        open_store(tmp_path)


def test_a_step_that_fails_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = tmp_path / "migrations"
    shutil.copytree(SCRIPTS, scripts)
    first = next((scripts / "versions").glob("0001*"))
    first.write_text(first.read_text().replace("    _access()\n", "    raise RuntimeError\n", 1))
    engine = open_engine(tmp_path / "data")
    real = migrate_module._config
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(migrate_module, "_config", lambda connection: real(connection, scripts))
        migrate(engine)
    assert definitions(engine) == {}
    migrate(engine)
    assert revision(engine) == revisions()[-1]


def test_two_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE_ON_CUE, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
    with sqlite3.connect(tmp_path / DATABASE_FILE) as lock:
        lock.execute("BEGIN IMMEDIATE")
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        time.sleep(0.5)  # by now both have seen that there are no tables, and wait
    lock.close()
    answers = [process.communicate(timeout=30) for process in processes]
    assert answers == [(f"{revisions()[-1]}\n", "")] * 2


def test_a_drafted_step_finds_nothing_to_do_and_reads_as_python(
    engine: Engine, tmp_path: Path
) -> None:
    scripts = tmp_path / "migrations"
    shutil.copytree(SCRIPTS, scripts)
    step = draft(engine, "Nothing new", scripts)
    assert step.name == f"{len(revisions()) + 1:04d}_nothing_new.py"
    source = step.read_text()
    compile(source, step.name, "exec")
    assert source.count("    pass\n") == 2
    assert f"down_revision = '{revisions()[-1]}'" in source


def test_a_store_in_memory_can_be_migrated_too() -> None:
    engine = memory_engine()
    migrate(engine)
    assert definitions(engine) == definitions(memory_store()._engine)


def test_a_phone_that_was_let_in_by_an_earlier_version_stays_in(tmp_path: Path) -> None:
    """It keeps its link's token; the link opens once more, for another phone."""
    link = PageLink(fingerprint("old"), PageKind.COURIER, "c_lea", NOON)
    with open_store(tmp_path).writing() as tx:
        tx.add_link(link)
    downgrade(open_engine(tmp_path), "0005")
    ports = replace(house(), store=open_store(tmp_path))
    device = device_of("old", ports)
    assert (device.kind, device.subject) == (PageKind.COURIER, "c_lea")
    come_in("old", "Android", ports)
    with pytest.raises(Unauthorised):
        come_in("old", "Android", ports)
    assert device_of("old", ports).subject == "c_lea"
