"""Every row of one database put into another, empty one: SQLite to PostgreSQL, or back.

Knows tables, not what they mean.  Numbers that were given once are not given again: how
far each table has counted is carried over as well.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, Engine, Table, func, inspect, select, text

from dispatch.adapters.storage.dialect import POSTGRESQL, WRITING
from dispatch.adapters.storage.failures import storage_errors
from dispatch.adapters.storage.migrate import migrate
from dispatch.adapters.storage.postgres import let_it_take_long
from dispatch.adapters.storage.schema import metadata
from dispatch.core.errors import Broken, Conflict

_AT_ONCE: Final = 500


def copy_rows(source: Engine, target: Engine) -> dict[str, int]:
    """Copy all rows of *source* into *target*; return how many each table had.

    Both are brought up to date first.  Nobody can write in either meanwhile, and *target*
    has everything or nothing.  Raises ``Conflict`` when *target* has rows already.
    """
    migrate(source)
    migrate(target)
    with (
        storage_errors(),
        _alone(source) as reading,
        _alone(target) as writing,
        reading.begin(),
        writing.begin(),
    ):
        for connection in (reading, writing):
            let_it_take_long(connection)
        if any(rows_in(writing).values()):
            raise Conflict("the database to copy to is not empty")
        for table in metadata.sorted_tables:
            _copy(table, reading, writing)
        copied = rows_in(writing)
        if copied != rows_in(reading):
            raise Broken("not every row arrived; nothing was copied")
    return copied


def rows_in(connection: Connection) -> dict[str, int]:
    """Return how many rows each of our tables has, of those that exist."""
    there = set(inspect(connection).get_table_names())
    return {
        name: connection.scalar(select(func.count()).select_from(table)) or 0
        for name, table in metadata.tables.items()
        if name in there
    }


def _alone(engine: Engine) -> Connection:
    return engine.connect().execution_options(**{WRITING: True})


def _copy(table: Table, source: Connection, target: Connection) -> None:
    query = select(table).execution_options(yield_per=_AT_ONCE)
    with source.execute(query) as found:
        for rows in found.mappings().partitions(_AT_ONCE):
            target.execute(table.insert(), [dict(row) for row in rows])
    counter = table.autoincrement_column
    if counter is not None and (last := _counted_to(source, table, counter.name)):
        _count_from(target, table, counter.name, last)


def _counted_to(connection: Connection, table: Table, column: str) -> int:
    """Return the last number the table gave; its row may be gone."""
    if connection.dialect.name == POSTGRESQL:
        name = _sequence(connection, table, column)
        query = text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}")
        return int(connection.scalar(query) or 0)
    counted = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    return int(connection.scalar(counted, {"name": table.name}) or 0)


def _count_from(connection: Connection, table: Table, column: str, last: int) -> None:
    if connection.dialect.name == POSTGRESQL:
        name = _sequence(connection, table, column)
        connection.execute(text("SELECT setval(:name, :last)"), {"name": name, "last": last})
        return
    # SQLite makes the line with a table's first row, and counts from the highest it has seen.
    this = {"name": table.name, "last": last}
    connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), this)
    connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), this)


def _sequence(connection: Connection, table: Table, column: str) -> str:
    asked = text("SELECT pg_get_serial_sequence(:table, :column)")
    return str(connection.scalar(asked, {"table": table.name, "column": column}))
