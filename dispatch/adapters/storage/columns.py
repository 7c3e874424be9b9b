"""What every table is made of: the column types, the constraints' names, one ``metadata``.

An instant is UTC, going in and coming out.  Does not know any table.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import JSON, CheckConstraint, DateTime, ForeignKey, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

# Every constraint has a name: a later migration can only change what it can name.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A UTC instant, to the microsecond.

    SQLite keeps text without an offset, in one fixed width that sorts as time
    does; PostgreSQL keeps ``timestamptz``.  Raises ``ValueError`` for a naive datetime:
    nobody could say which hour it meant.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant without a UTC offset: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Doc(TypeDecorator[object]):
    """A JSON document; None is SQL's NULL, never JSON's ``null``."""

    impl = JSON(none_as_null=True)
    cache_ok = True


def refers_to(column: str) -> ForeignKey:
    """Return a foreign key that is checked at commit."""
    return ForeignKey(column, deferrable=True, initially="DEFERRED")


def known(column: str, words: Iterable[str]) -> CheckConstraint:
    """Return the check that *column* holds one of *words*."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(str(w)) for w in words)})", name=column)
