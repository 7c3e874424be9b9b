"""SQLite: how it is opened, begun and locked.

Decides durability and who waits for whom; knows no table.

WAL lets readers go on while somebody writes.  ``synchronous=FULL`` syncs the log at
each commit: with NORMAL a power cut could take back a booking the customer has
already been told about.  Measured on a virtual disk the sync costs half a
millisecond of a booking's two; a small town books a few times a minute.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from pydantic_core import from_json
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from dispatch.adapters.storage.dialect import WRITING
from dispatch.adapters.storage.documents import json_text
from dispatch.adapters.storage.turn import PATIENCE_S

DRIVER: Final = "sqlite+pysqlite"


def sqlite_engine(url: URL) -> Engine:
    """Return an engine on the file of *url*, or on a database of its own in memory."""
    in_memory = url.database in (None, "", ":memory:")
    engine = create_engine(
        url,
        connect_args={"timeout": PATIENCE_S, "check_same_thread": False},
        poolclass=StaticPool if in_memory else None,
        json_serializer=json_text,
        json_deserializer=from_json,
        hide_parameters=True,  # an error text may end in a log; names and numbers may not
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def is_shared(engine: Engine) -> bool:
    """True when all threads use the one connection of a database in memory."""
    return isinstance(engine.pool, StaticPool)


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
    raw = connection.connection.driver_connection
    assert raw is not None
    # This waits for nobody and reads no file, so there is nothing to be told in our words.
    raw.execute(f"PRAGMA query_only = {'OFF' if writing else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
