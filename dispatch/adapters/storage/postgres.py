"""PostgreSQL: how it is opened, begun and locked, so that it means what SQLite means.

Decides durability and who waits for whom; knows no table.  docs/decisions/0015 says why.

A writer takes one lock of the whole installation with its first word and gives it back
with its commit: what it reads is the last word, and nobody writes beside it.  A reader
sees one moment throughout, waits for nobody and cannot write.  Both end by themselves
when the program that began them hangs: the server sees to it.

The disk is waited for with the lock given back, by all who wrote in the meantime together:
behind the lock, it would be waited for one by one.
"""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final, cast

from pydantic_core import from_json
from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from dispatch.adapters.storage.dialect import POSTGRESQL, WRITING
from dispatch.adapters.storage.documents import json_text
from dispatch.adapters.storage.turn import PATIENCE_S
from dispatch.core.errors import Invalid

if TYPE_CHECKING:
    import psycopg

DRIVER: Final = "postgresql+psycopg"
#: The oldest server we are willing to vouch for: older ones get no more fixes.
OLDEST: Final = 14
#: Connections kept open: one for each of eight threads, and two for whoever reads inside
#: a write.  As many again may be opened for a moment.
CONNECTIONS: Final = 10
CONNECT_S: Final = 5
#: No statement of ours takes longer; one that does is ended and its transaction undone.
STATEMENT_S: Final = 30
#: A connection used less than this ago is not asked whether it still leads anywhere.
IDLE_UNASKED_S: Final = 1.0
#: A program that hangs inside a transaction would keep the write lock from all others.
IDLE_S: Final = 60

#: Value of ``WRITING`` for a transaction after which ``flush`` is called.
FLUSHED_LATER: Final = "flushed later"
_FLUSHING: Final = "flushing"
_LAST_USED_S: Final = "dispatch_last_used_s"

#: "dispatch" in ASCII.  Advisory locks are of one database, so towns do not meet.
_WRITE_LOCK: Final = int.from_bytes(b"dispatch", "big")
#: A server set up to be quick and forgetful is told that a booking is not to be forgotten.
_OURS: Final = f"""
SELECT set_config('lock_timeout', '{PATIENCE_S}s', false),
       set_config('statement_timeout', '{STATEMENT_S}s', false),
       set_config('idle_in_transaction_session_timeout', '{IDLE_S}s', false),
       CASE current_setting('synchronous_commit')
           WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END
"""


def postgres_engine(url: URL) -> Engine:
    """Return an engine on the server of *url*; asks nothing of it yet.

    Raises ``Invalid`` when the driver is not installed.
    """
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise Invalid(
            "PostgreSQL needs its driver: pip install 'tournees[postgres]'", field="database"
        ) from None
    engine = create_engine(
        url,
        pool_size=CONNECTIONS,
        max_overflow=CONNECTIONS,
        pool_timeout=PATIENCE_S,
        connect_args={
            "connect_timeout": CONNECT_S,
            "application_name": "dispatch",
            "client_encoding": "utf8",
            # A server that vanished without a word is noticed within a minute.
            **{"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3},
        },
        json_serializer=json_text,
        json_deserializer=from_json,
        hide_parameters=True,  # an error text may end in a log; names and numbers may not
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkin", _put_back)
    event.listen(engine, "checkout", partial(_see_that_it_lives, engine.dialect))
    return engine


def flush(connection: Connection) -> None:
    """Return when all that was committed so far is on the disk; with SQLite it is there already.

    PostgreSQL's log is one sequence: an empty message behind a commit is on the disk only
    when the commit is, and whoever waits at the same time is served by the same write.

    connection : one whose transaction is over
    """
    if connection.dialect.name == POSTGRESQL:
        alone = connection.execution_options(**{WRITING: _FLUSHING})
        alone.exec_driver_sql("SELECT pg_logical_emit_message(true, 'dispatch', '')")


def let_it_take_long(connection: Connection) -> None:
    """Lift the limit of time from the statements of this transaction; SQLite has none."""
    if connection.dialect.name == POSTGRESQL:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")


def _prepare(connection: psycopg.Connection, _: ConnectionPoolEntry) -> None:
    info = connection.info
    if info.server_version < OLDEST * 10_000:
        raise Invalid(
            f"PostgreSQL {info.server_version // 10_000} is too old: {OLDEST} or newer is needed",
            field="database",
        )
    if info.parameter_status("server_encoding") != "UTF8":
        raise Invalid(
            f"database {info.dbname} cannot hold every name: make it with ENCODING 'UTF8'",
            field="database",
        )
    connection.autocommit = True
    connection.execute(_OURS)
    connection.autocommit = False


def _put_back(_: object, record: ConnectionPoolEntry) -> None:
    record.info[_LAST_USED_S] = monotonic()


def _see_that_it_lives(
    dialect: Dialect, raw: DBAPIConnection, record: ConnectionPoolEntry, _: object
) -> None:
    """Ask a connection that lay idle whether it still leads anywhere.

    The server may have been started again since.  One that was used a moment ago is not
    asked: that would be one question more for each of ours.
    """
    used_s = record.info.get(_LAST_USED_S)
    if used_s is None or monotonic() - used_s < IDLE_UNASKED_S:
        return
    try:
        dialect.do_ping(raw)
    except dialect.loaded_dbapi.Error as why:
        raise InvalidatePoolError from why  # the others lead nowhere either: all are made anew


def _begin(connection: Connection) -> None:
    from psycopg import IsolationLevel

    raw = cast("psycopg.Connection", connection.connection.dbapi_connection)
    writing = connection.get_execution_options().get(WRITING, False)
    raw.autocommit = writing == _FLUSHING
    if raw.autocommit:
        return
    # Said with the BEGIN that psycopg sends before the first statement.
    raw.read_only = not writing
    raw.isolation_level = (
        IsolationLevel.READ_COMMITTED if writing else IsolationLevel.REPEATABLE_READ
    )
    if writing:
        # Each statement behind it sees what was committed before it: with the lock held,
        # everything.  One snapshot for all would have been taken before the lock was ours.
        later = ", set_config('synchronous_commit', 'off', true)"
        also = later if writing == FLUSHED_LATER else ""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK}){also}")
