"""The column types of the house: an instant is UTC, going in and coming out.

Does not know any table.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import JSON, DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


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
