"""Which database is opened: a data directory's own SQLite, or what a URL names.

Knows no table.  How each is begun and locked is ``sqlite``'s and ``postgres``'s business.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from dispatch.adapters.storage.dialect import POSTGRESQL
from dispatch.adapters.storage.failures import storage_errors
from dispatch.adapters.storage.postgres import DRIVER as PSYCOPG
from dispatch.adapters.storage.postgres import postgres_engine
from dispatch.adapters.storage.sqlite import DRIVER as SQLITE
from dispatch.adapters.storage.sqlite import sqlite_engine
from dispatch.core.errors import Invalid, StorageError

DATABASE_FILE: Final = "dispatch.sqlite3"

_FORMS: Final = "postgresql://user@host/name or sqlite:///path/to/file"


def open_engine(where: Path | str) -> Engine:
    """Return an engine for a data directory (made if it is missing) or a database URL.

    Open it in the process that uses it: a connection does not survive a fork.

    Raises
    ------
    Invalid
        When *where* is a URL we cannot read, or of another database than the two.
    StorageError
        When the directory cannot be written, the file is not a database, or the server
        does not let us in.
    """
    if isinstance(where, str) and "://" in where:
        url = database_url(where)
    else:
        url = URL.create(SQLITE, database=str(_database_in(Path(where))))
    engine = postgres_engine(url) if is_postgres(url) else sqlite_engine(url)
    with storage_errors(f"cannot open the database {url.database}"):
        engine.connect().close()  # the first connection is where a bad file shows
    return engine


def memory_engine() -> Engine:
    """Return an engine on a database of its own, in memory: one connection, gone with it."""
    return sqlite_engine(URL.create(SQLITE, database=":memory:"))


def is_postgres(url: URL) -> bool:
    return url.get_backend_name() == POSTGRESQL


def database_url(text: str) -> URL:
    """Return the URL in *text*, with the driver we use; it is never repeated in an error.

    Raises ``Invalid`` for what is no URL, or of another database than the two.
    """
    try:
        url = make_url(text.strip())
    except ArgumentError:
        # A password may be inside.
        raise Invalid(f"not a database URL; write {_FORMS}", field="database") from None
    backend = url.get_backend_name()
    if backend in (POSTGRESQL, "postgres"):
        return url.set(drivername=PSYCOPG)
    if backend != "sqlite":
        raise Invalid(f"{backend} is not served; write {_FORMS}", field="database")
    return url


def _database_in(directory: Path) -> Path:
    try:
        # Names and telephone numbers are inside: for nobody else on the machine.
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"cannot make the data directory {directory}: {error.strerror}"
        ) from error
    return directory / DATABASE_FILE
