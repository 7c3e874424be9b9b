"""A copy of the database in one file, made while it works; and the way back.

Decides what makes a good copy: whole, of one moment, under its name only once it is on the
disk.  SQLite copies itself (its online backup), PostgreSQL by ``pg_dump``.  Files beside the
database (``parameters.toml``, ``secret.key``, the towns) are not in it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, text

from dispatch.adapters.storage.dialect import POSTGRESQL, WRITING
from dispatch.adapters.storage.engine import DATABASE_FILE, database_url, is_postgres, open_engine
from dispatch.adapters.storage.failures import storage_errors
from dispatch.adapters.storage.migrate import migrate
from dispatch.adapters.storage.moving import rows_in
from dispatch.adapters.storage.pg_programs import find_program, run_program
from dispatch.adapters.storage.schema import metadata
from dispatch.adapters.storage.turn import PATIENCE_S
from dispatch.core.errors import Conflict, Invalid, StorageError

#: The first bytes of either kind of copy.
_MARKS: Final = {b"SQLite format 3\0": "sqlite", b"PGDMP": POSTGRESQL}


def back_up(where: Path | str, file: Path) -> None:
    """Write the database at *where* (as ``open_engine`` takes it) to *file*.

    Who books meanwhile does not wait.  What was acknowledged before the call is in it.
    Raises ``Conflict`` when *file* exists, ``StorageError`` when either cannot be had.
    """
    with _made_whole(file) as draft:
        if _of_postgres(where):
            engine = open_engine(where)
            try:
                options = ("--format=custom", "--no-owner", "--no-privileges", f"--file={draft}")
                run_program("pg_dump", _major(engine), engine.url, *options)
            finally:
                engine.dispose()
        else:
            _copy_sqlite(_file_of(where), draft)


def restore(where: Path | str, file: Path, *, replace: bool = False) -> dict[str, int]:
    """Put the copy in *file* into the database at *where*, and bring its tables up to date.

    Nobody may be at work on it.  Returns how many rows each table has now.  Raises
    ``Invalid`` when *file* is no copy of this kind of database, ``Conflict`` when there are
    rows in it already and they are not to be *replaced*, and ``StorageError`` when *file*
    cannot be read whole: then SQLite has what it had, PostgreSQL nothing.
    """
    kind, wanted = kind_of(file), POSTGRESQL if _of_postgres(where) else "sqlite"
    if kind != wanted:
        raise Invalid(
            f"{file} is a copy of {kind}, the database here is {wanted}: restore it into a "
            "data directory of its own, then `dispatch database copy`",
            field="file",
        )
    if not replace and any(rows_if_it_reads(where).values()):
        raise Conflict("there is something in the database already")
    if wanted == "sqlite":
        _restore_sqlite(file, _file_of(where))
    else:
        _restore_postgres(where, file)
    engine = open_engine(where)
    try:
        migrate(engine)
        return _rows(engine)
    finally:
        engine.dispose()


def kind_of(file: Path) -> str:
    """Return ``sqlite`` or ``postgresql``.  Raises ``Invalid`` when *file* is a copy of neither."""
    with file.open("rb") as opened:
        head = opened.read(16)
    for mark, kind in _MARKS.items():
        if head.startswith(mark):
            return kind
    raise Invalid(f"{file} is no copy of a database", field="file")


def _rows_at(where: Path | str) -> dict[str, int]:
    """Return how many rows each table at *where* has; nothing where there is no database yet."""
    if not _of_postgres(where) and not _file_of(where).exists():
        return {}
    engine = open_engine(where)
    try:
        return _rows(engine)
    finally:
        engine.dispose()


def clear(where: Path | str) -> None:
    """Drop our tables at *where*, with everything in them."""
    engine = open_engine(where)
    try:
        with (
            storage_errors(),
            engine.connect().execution_options(**{WRITING: True}) as connection,
            connection.begin(),
        ):
            metadata.drop_all(connection)
            connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    finally:
        engine.dispose()


@contextmanager
def _made_whole(file: Path) -> Iterator[Path]:
    """Give a draft beside *file* that gets its name only when all went well."""
    if file.exists():
        raise Conflict(f"{file} is there already; choose another name")
    draft = file.with_name(f"{file.name}.part")
    draft.unlink(missing_ok=True)
    # Names and telephone numbers will be inside.
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600))
    try:
        yield draft
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(file)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def _copy_sqlite(database: Path, draft: Path) -> None:
    if not database.exists():
        raise StorageError(f"there is no database {database} yet")
    with (
        _sqlite_errors(f"cannot copy {database}"),
        closing(_only_to_read(database)) as source,
        closing(sqlite3.connect(draft)) as target,
    ):
        source.backup(target)  # all pages in one step: of one moment, and writers go on
        # One file, with nothing beside it to lose; and it is read once before it is trusted.
        target.execute("PRAGMA journal_mode = DELETE")
        _see_whole(target, draft)


def _restore_sqlite(file: Path, database: Path) -> None:
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _sqlite_errors(f"cannot restore {file}"), closing(_only_to_read(file)) as source:
        _see_whole(source, file)
        # In one transaction of the database's own: a -wal beside it cannot mix in.
        with closing(sqlite3.connect(database, timeout=PATIENCE_S)) as target:
            source.backup(target)


def rows_if_it_reads(where: Path | str) -> dict[str, int]:
    """Return its rows; a file too damaged for that is put aside under another name."""
    try:
        return _rows_at(where)
    except StorageError:
        if _of_postgres(where):
            raise
        for end in ("", "-wal", "-shm"):
            part = _file_of(where).with_name(f"{_file_of(where).name}{end}")
            if part.exists():
                part.replace(part.with_name(f"{part.name}.damaged"))
        return {}


def _restore_postgres(where: Path | str, file: Path) -> None:
    engine = open_engine(where)
    try:
        major, url = _major(engine), engine.url
    finally:
        engine.dispose()
    find_program("pg_restore", major)  # or nothing is touched
    clear(where)
    options = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
    run_program("pg_restore", major, url, *options, str(file))


def _rows(engine: Engine) -> dict[str, int]:
    with storage_errors(), engine.connect() as connection:
        return rows_in(connection)


def _major(engine: Engine) -> int:
    with storage_errors(), engine.connect() as connection:
        return int(str(connection.scalar(text("SHOW server_version_num")))) // 10_000


def _of_postgres(where: Path | str) -> bool:
    return isinstance(where, str) and is_postgres(database_url(where))


def _file_of(where: Path | str) -> Path:
    if isinstance(where, Path):
        return where / DATABASE_FILE
    return Path(database_url(where).database or "")


def _only_to_read(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=PATIENCE_S)


def _see_whole(connection: sqlite3.Connection, file: Path) -> None:
    (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise StorageError(f"{file} is damaged: {found}")


@contextmanager
def _sqlite_errors(what: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(f"{what}: {error}") from error
