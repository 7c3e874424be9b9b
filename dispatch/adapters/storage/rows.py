"""Values on shelves: the columns a table has, and the rest of the value in its ``doc``.

The part every noun of the store shares.  Knows no table and no rule.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Date, Insert, Select, Table, select

from dispatch.adapters.storage.columns import Instant
from dispatch.adapters.storage.dialect import insert_into
from dispatch.adapters.storage.documents import Document
from dispatch.core.errors import NotFound

T = TypeVar("T")


class Shelf(Generic[T]):
    """One kind of dataclass in one table.

    A field with a column of its name lives there; the others live in ``doc``.
    Raises ``ValueError`` when fields are left over and the table has no ``doc``.
    """

    def __init__(self, kind: type[T], table: Table) -> None:
        assert is_dataclass(kind)
        names = {field.name for field in fields(kind)}
        self.table = table
        self._document = Document(kind)
        self._columns = frozenset(names & set(table.columns.keys()))
        self._has_doc = "doc" in table.columns
        self._upserts: dict[tuple[str, str, tuple[str, ...]], Insert] = {}
        if not self._has_doc and names > self._columns:
            missing = sorted(names - self._columns)
            raise ValueError(f"{table.name} has no column for {missing} and no doc")
        # The database has types of its own for these; everything else goes in as JSON has it.
        self._timed = frozenset(
            name for name in self._columns if isinstance(table.c[name].type, Instant | Date)
        )

    def row(self, value: T) -> dict[str, Any]:
        """Return the row of *value*, by column name."""
        dumped = self._document.dump(value)
        row = {name: dumped.pop(name) for name in self._columns}
        row.update((name, getattr(value, name)) for name in self._timed)
        if self._has_doc:
            row["doc"] = dumped
        return row

    def upsert(self, name: str, columns: tuple[str, ...], connection: Connection) -> Insert:
        """Return the statement that writes *columns* over the row with the same *name*.

        Made once for each database: making it takes longer than running it.
        """
        key = (connection.dialect.name, name, columns)
        if key not in self._upserts:
            statement = insert_into(self.table, connection)
            written = {column: statement.excluded[column] for column in columns if column != name}
            self._upserts[key] = statement.on_conflict_do_update(
                index_elements=[name], set_=written
            )
        return self._upserts[key]

    def value(self, row: dict[str, Any]) -> T:
        """Return the value of a *row* of the table."""
        found = dict(row["doc"]) if self._has_doc else {}
        found.update((name, row[name]) for name in self._columns)
        return self._document.load(found)


class Rows:
    """What every noun does with its shelves, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _all(self, shelf: Shelf[T], query: Select[Any]) -> tuple[T, ...]:
        return tuple(shelf.value(row._asdict()) for row in self._connection.execute(query))

    def _maybe(self, shelf: Shelf[T], condition: ColumnElement[bool]) -> T | None:
        query = select(shelf.table).where(condition)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else shelf.value(row._asdict())

    def _found(self, shelf: Shelf[T], name: str, wanted: str) -> T | None:
        """Return the value whose unique column *name* is *wanted*, which a stranger may have sent.

        What no database could hold names nothing: PostgreSQL refuses even to look for it.
        """
        if "\0" in wanted or any("\ud800" <= letter <= "\udfff" for letter in wanted):
            return None
        return self._maybe(shelf, shelf.table.c[name] == wanted)

    def _one(self, shelf: Shelf[T], name: str, wanted: str) -> T:
        """Return the value whose id column *name* is *wanted*.  Raises ``NotFound``."""
        value = self._found(shelf, name, wanted)
        if value is None:
            noun = name.removesuffix("_id")
            raise NotFound(f"no {noun} {wanted}", **{name: wanted})
        return value

    def _add(self, shelf: Shelf[T], value: T) -> None:
        self._connection.execute(shelf.table.insert(), shelf.row(value))

    def _add_once(self, shelf: Shelf[T], value: T) -> bool:
        """Write the value unless a unique column of it is taken; False when it is."""
        statement = insert_into(shelf.table, self._connection).on_conflict_do_nothing()
        return self._connection.execute(statement, shelf.row(value)).rowcount == 1

    def _put(self, shelf: Shelf[T], name: str, value: T) -> None:
        """Write the value whole, over the one with the same id column *name* if there is one."""
        row = shelf.row(value)
        self._connection.execute(shelf.upsert(name, tuple(row), self._connection), row)
