"""How the database is opened, begun and locked.  The only module that knows it is SQLite.

Decides durability and who waits for whom; knows no table.

WAL lets readers go on while somebody writes.  ``synchronous=FULL`` syncs the log at
each commit: with NORMAL a power cut could take back a booking the customer has
already been told about.  Measured on a virtual disk the sync costs half a
millisecond of a booking's two; a small town books a few times a minute.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock, get_ident
from types import TracebackType
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from dispatch.core.errors import Broken, Invalid, StorageError

DATABASE_FILE: Final = "dispatch.sqlite3"
PATIENCE_S: Final = 10
#: Execution option of a connection that means to write.
WRITING: Final = "dispatch_writing"

_SQLITE: Final = "sqlite+pysqlite"


def open_engine(where: Path | str) -> Engine:
    """Return an engine for a data directory (made if it is missing) or a ``sqlite:///…`` URL.

    Open it in the process that uses it: a connection does not survive a fork.

    Raises
    ------
    Invalid
        When *where* is a URL we cannot read, or of another database than SQLite.
    StorageError
        When the directory cannot be written, or the file is not a database.
    """
    if isinstance(where, str) and "://" in where:
        engine = _engine(_parsed(where))
    else:
        engine = _engine(URL.create(_SQLITE, database=str(_database_in(Path(where)))))
    with storage_errors(f"cannot open the database {engine.url.database}"):
        engine.connect().close()  # the first connection is where a bad file shows
    return engine


def memory_engine() -> Engine:
    """Return an engine on a database of its own, in memory: one connection, gone with it."""
    return _engine(URL.create(_SQLITE, database=":memory:"))


def is_shared(engine: Engine) -> bool:
    """True when all threads use the one connection of a database in memory."""
    return isinstance(engine.pool, StaticPool)


@contextmanager
def storage_errors(what: str = "the database failed", *, reading: bool = False) -> Iterator[None]:
    """Turn what the database raises inside into errors of the house, without SQL or values.

    Raises ``Broken`` for our own mistakes: a constraint not kept, a value that is none, a
    write while *reading*; and ``StorageError`` for the rest: a full disk, a damaged file.
    """
    try:
        yield
    except IntegrityError as error:
        raise Broken(f"the database refused a contradiction: {error.orig}") from error
    except DBAPIError as error:
        if reading and getattr(error.orig, "sqlite_errorname", "") == "SQLITE_READONLY":
            raise Broken("a reading transaction tried to write") from error
        raise StorageError(f"{what}: {error.orig}") from error
    except StatementError as error:
        raise Broken(f"a value cannot be stored: {error.orig}") from error
    except SQLAlchemyError as error:
        raise StorageError(f"{what}: {error}") from error


class Turn:
    """One at a time, in this process.

    SQLite would make a second writer poll until its turn, which is neither quick nor
    fair: at 50 clients a lock halves the slowest answers.  Other processes still
    wait in SQLite, for as long.

    Raises ``StorageError`` after ``PATIENCE_S``, and ``Broken`` when a thread that has
    its turn asks for another: it would wait for itself.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._holder: int | None = None

    def __enter__(self) -> None:
        if self._holder == get_ident():
            raise Broken("this thread is inside a transaction already")
        if not self._lock.acquire(timeout=PATIENCE_S):
            raise StorageError(f"the database stayed busy for {PATIENCE_S} s")
        self._holder = get_ident()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._holder = None
        self._lock.release()


def _database_in(directory: Path) -> Path:
    try:
        # Names and telephone numbers are inside: for nobody else on the machine.
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"cannot make the data directory {directory}: {error.strerror}"
        ) from error
    return directory / DATABASE_FILE


def _parsed(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise Invalid(f"not a database URL: {text!r}", field="database") from error
    if url.get_backend_name() != "sqlite":
        raise Invalid(
            f"{url.get_backend_name()} is not served yet; write sqlite:///path/to/file",
            field="database",
        )
    return url


def _engine(url: URL) -> Engine:
    in_memory = url.database in (None, "", ":memory:")
    engine = create_engine(
        url,
        connect_args={"timeout": PATIENCE_S, "check_same_thread": False},
        poolclass=StaticPool if in_memory else None,
        json_serializer=partial(json.dumps, ensure_ascii=False, separators=(",", ":")),
        hide_parameters=True,  # an error text may end in a log; names and numbers may not
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    # Secure: what is changed or removed is overwritten, and not only left out of the index.
    keep = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON")
    for pragma in keep:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A writer takes the lock with its first word: one that reads first and then finds
    # the lock taken can only fail.  A reader that tries to write is a bug, and told so.
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writing else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
