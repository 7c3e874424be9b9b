"""The tables are what ``schema`` says, however they came to be, and one step at a time."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from dispatch.adapters.storage import migrate as migrate_module
from dispatch.adapters.storage.dialect import WRITING
from dispatch.adapters.storage.engine import memory_engine, open_engine
from dispatch.adapters.storage.migrate import (
    SCRIPTS,
    downgrade,
    draft,
    migrate,
    revision,
    revisions,
)
from dispatch.adapters.storage.schema import metadata
from dispatch.adapters.storage.store import SqlStore
from dispatch.core.errors import StorageError, Unauthorised
from dispatch.operations.access import PageKind, PageLink, fingerprint
from dispatch.operations.devices import come_in, device_of
from dispatch.orders.shipments import EventType
from tests.adapters.storage_samples import DAY, NOON, book, booking, quote
from tests.databases import POSTGRESQL, SQLITE, Server
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
def database(kind: str, server: Callable[[], Server], tmp_path: Path) -> Path | str:
    """Where there is no table yet."""
    return tmp_path / "data" if kind == SQLITE else server().bare()


@pytest.fixture
def engine(database: Path | str) -> Iterator[Engine]:
    engine = open_engine(database)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def made(kind: str, server: Callable[[], Server]) -> Iterator[Engine]:
    """A database whose tables ``schema`` made, without any step."""
    engine = memory_engine() if kind == SQLITE else open_engine(server().bare())
    with engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        metadata.create_all(connection)
    yield engine
    engine.dispose()


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
    if engine.dialect.name == POSTGRESQL:
        return _of_the_catalogue(engine)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql NOT NULL"))
        return {
            row.name: clauses(row.sql)
            for row in rows
            if not row.name.startswith(("alembic", "sqlite"))
        }


def _of_the_catalogue(engine: Engine) -> dict[str, set[str]]:
    found = defaultdict[str, set[str]](set)
    queries = (
        "SELECT table_name, column_name, data_type, is_nullable, column_default "
        "FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) "
        "FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    )
    with engine.connect() as connection:
        for table, *rest in (row for query in queries for row in connection.execute(text(query))):
            if table != "alembic_version":
                found[table].add(" ".join(map(str, rest)))
    return dict(found)


def test_migrated_tables_are_those_of_the_schema(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrated_tables_keep_every_check_of_the_schema(engine: Engine, made: Engine) -> None:
    """Alembic's comparison does not look at CHECKs: the definitions themselves are compared."""
    expected = definitions(made)
    check = re.compile(r"ck_tours_version CHECK \(+version >= 1\)+")
    assert any(check.search(clause) for clause in expected["tours"])
    assert definitions(engine) == expected


def test_down_to_nothing_and_up_again(engine: Engine) -> None:
    before = definitions(engine)
    downgrade(engine, "base")
    assert definitions(engine) == {}
    assert revision(engine) is None
    migrate(engine)
    assert definitions(engine) == before
    assert revision(engine) == revisions()[-1]


def test_an_event_from_before_events_had_types_is_a_change_of_state(
    open_database: Callable[[], SqlStore], database: Path | str
) -> None:
    with open_database().writing() as tx:
        book(tx)
    engine = open_engine(database)
    downgrade(engine, "0003")
    columns = {column["name"] for column in inspect(engine).get_columns("events")}
    assert columns & {"type", "data", "seq"} == {"seq"}
    engine.dispose()
    with open_database().reading() as tx:
        (born,) = tx.events_of("s1")
    assert (born.type, born.data) == (EventType.STATE, None)


def test_what_a_quote_was_asked_before_it_had_columns_is_filled_in(
    open_database: Callable[[], SqlStore], database: Path | str
) -> None:
    asked = replace(quote().request, external_ref="R1", recommended_by="cityzen-7")
    with open_database().writing() as tx:
        tx.add_quote(replace(quote(), request=asked))
        tx.add_booking(booking())
        tx.add_quote(quote(2))
    engine = open_engine(database)
    downgrade(engine, "0004")
    store = open_database()
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT external_ref FROM quotes ORDER BY quote_id"))
        assert rows.scalars().all() == ["R1", None]
    engine.dispose()
    with store.reading() as tx:
        assert tx.booking("b1") == replace(booking(), recommended_by="cityzen-7")
        assert tx.quote("q2") == quote(2)


def test_migrating_again_changes_nothing_and_does_not_wake_alembic(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "alembic", None)  # importing it would now fail
    migrate(engine)
    assert revision(engine) == revisions()[-1]


def test_data_survive_a_second_start(open_database: Callable[[], SqlStore]) -> None:
    with open_database().writing() as tx:
        book(tx)
    with open_database().reading() as tx:
        assert len(tx.bookings(DAY)) == 1


def test_a_database_of_a_newer_program_is_left_alone(engine: Engine) -> None:
    with engine.connect().execution_options(**{WRITING: True}) as raw, raw.begin():
        raw.exec_driver_sql("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(
        StorageError, match=f"at revision 0999, this program knows up to {revisions()[-1]}"
    ):
        migrate(engine)


def test_a_step_that_fails_half_way_leaves_nothing(
    database: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = tmp_path / "migrations"
    shutil.copytree(SCRIPTS, scripts)
    first = next((scripts / "versions").glob("0001*"))
    first.write_text(first.read_text().replace("    _access()\n", "    raise RuntimeError\n", 1))
    engine = open_engine(database)
    real = migrate_module._config
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(migrate_module, "_config", lambda connection: real(connection, scripts))
        migrate(engine)
    assert definitions(engine) == {}
    migrate(engine)
    assert revision(engine) == revisions()[-1]
    engine.dispose()


def test_two_processes_that_start_together_migrate_once(database: Path | str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE_ON_CUE, str(database)],
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
    engine = open_engine(database)
    with engine.connect().execution_options(**{WRITING: True}) as lock, lock.begin():
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        time.sleep(0.5)  # by now both have seen that there are no tables, and wait
    engine.dispose()
    answers = [process.communicate(timeout=120) for process in processes]
    assert answers == [(f"{revisions()[-1]}\n", "")] * 2


def test_a_drafted_step_finds_nothing_to_do_and_reads_as_python(
    engine: Engine, tmp_path: Path
) -> None:
    scripts = tmp_path / "migrations"
    shutil.copytree(SCRIPTS, scripts)
    step = draft(engine, "Nothing new", scripts)
    assert step.name == f"{int(revisions()[-1]) + 1:04d}_nothing_new.py"
    source = step.read_text()
    compile(source, step.name, "exec")
    assert source.count("    pass\n") == 2
    assert f"down_revision = '{revisions()[-1]}'" in source


def test_a_store_in_memory_can_be_migrated_too() -> None:
    engine = memory_engine()
    migrate(engine)
    assert revision(engine) == revisions()[-1]


def test_a_phone_that_was_let_in_by_an_earlier_version_stays_in(engine: Engine) -> None:
    """It keeps its link's token; the link opens once more, for another phone."""
    store = SqlStore(engine)
    with store.writing() as tx:
        tx.add_link(PageLink(fingerprint("old"), PageKind.COURIER, "c_lea", NOON))
    downgrade(engine, "0005")
    migrate(engine)
    ports = replace(house(), store=store)
    device = device_of("old", ports)
    assert (device.kind, device.subject) == (PageKind.COURIER, "c_lea")
    come_in("old", "Android", ports)
    with pytest.raises(Unauthorised):
        come_in("old", "Android", ports)
    assert device_of("old", ports).subject == "c_lea"
