"""Values on shelves: the columns a table has, and the rest of the value in its ``doc``.

The part every noun of the store shares.  Knows no table and no rule.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Connection, Date, Insert, Select, Table, bindparam, select

from dispatch.adapters.storage.columns import Instant
from dispatch.adapters.storage.dialect import insert_into
from dispatch.adapters.storage.documents import Document
from dispatch.core.errors import NotFound

T = TypeVar("T")

_WANTED: Final = "wanted"


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
        # Statements are made once for each database: making one takes longer than running it.
        self._upserts: dict[tuple[str, str, tuple[str, ...]], Insert] = {}
        self._once: dict[str, Insert] = {}
        self._named: dict[str, Select[Any]] = {}
        self.insert: Final = table.insert()
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
        """Return the statement that writes *columns* over the row with the same *name*."""
        key = (connection.dialect.name, name, columns)
        if key not in self._upserts:
            statement = insert_into(self.table, connection)
            written = {column: statement.excluded[column] for column in columns if column != name}
            self._upserts[key] = statement.on_conflict_do_update(
                index_elements=[name], set_=written
            )
        return self._upserts[key]

    def insert_once(self, connection: Connection) -> Insert:
        """Return the statement that writes a row unless a unique column of it is taken."""
        kind = connection.dialect.name
        if kind not in self._once:
            self._once[kind] = insert_into(self.table, connection).on_conflict_do_nothing()
        return self._once[kind]

    def named(self, column: str) -> Select[Any]:
        """Return the query for the rows whose *column* is the parameter ``wanted``."""
        if column not in self._named:
            this = self.table.c[column] == bindparam(_WANTED)
            self._named[column] = select(self.table).where(this)
        return self._named[column]

    def value(self, row: dict[str, Any]) -> T:
        """Return the value of a *row* of the table."""
        found = dict(row["doc"]) if self._has_doc else {}
        found.update((name, row[name]) for name in self._columns)
        return self._document.load(found)


def can_be_held(text: str) -> bool:
    """False for what names nothing: no database holds it, and PostgreSQL refuses to look for it."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


class Rows:
    """What every noun does with its shelves, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _all(self, shelf: Shelf[T], query: Select[Any], **wanted: object) -> tuple[T, ...]:
        rows = self._connection.execute(query, wanted)
        return tuple(shelf.value(row._asdict()) for row in rows)

    def _found(self, shelf: Shelf[T], name: str, wanted: object) -> T | None:
        """Return the value whose unique column *name* is *wanted*, which strangers may send."""
        if isinstance(wanted, str) and not can_be_held(wanted):
            return None
        row = self._connection.execute(shelf.named(name), {_WANTED: wanted}).one_or_none()
        return None if row is None else shelf.value(row._asdict())

    def _one(self, shelf: Shelf[T], name: str, wanted: str) -> T:
        """Return the value whose id column *name* is *wanted*.  Raises ``NotFound``."""
        value = self._found(shelf, name, wanted)
        if value is None:
            noun = name.removesuffix("_id")
            raise NotFound(f"no {noun} {wanted}", **{name: wanted})
        return value

    def _add(self, shelf: Shelf[T], value: T) -> None:
        self._connection.execute(shelf.insert, shelf.row(value))

    def _add_once(self, shelf: Shelf[T], value: T) -> bool:
        """Write the value unless a unique column of it is taken; False when it is."""
        statement = shelf.insert_once(self._connection)
        return self._connection.execute(statement, shelf.row(value)).rowcount == 1

    def _put(self, shelf: Shelf[T], name: str, *values: T) -> None:
        """Write each value whole, over the one with the same id column *name* if there is one."""
        rows = [shelf.row(value) for value in values]
        if rows:
            statement = shelf.upsert(name, tuple(rows[0]), self._connection)
            self._connection.execute(statement, rows)
