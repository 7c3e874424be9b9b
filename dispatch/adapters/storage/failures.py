"""What a database complains of, in the words of the house: no SQL, and no values.

Decides which complaint is our mistake (``Broken``) and which is the world's
(``StorageError``).  PostgreSQL repeats the offending row in its messages, a name or a
telephone number among them, and a message may end in a log: of those only the kind of
complaint and the constraint's name are passed on, and the error we raise does not drag
the database's own behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    SQLAlchemyError,
    StatementError,
    TimeoutError,
)

from dispatch.adapters.storage.turn import PATIENCE_S
from dispatch.core.errors import Broken, Busy, DispatchError, StorageError

#: PostgreSQL's classes of complaints (its manual, appendix A) whose text may repeat values:
#: data exceptions, constraints, views with a check, and what functions raise.
_WITH_VALUES: Final = ("22", "23", "44", "P0")
_READ_ONLY: Final = "25006"
#: Waited in vain for a lock; serialization failure; deadlock.
_BUSY: Final = ("55P03", "40001", "40P01")


@contextmanager
def storage_errors(what: str = "the database failed", *, reading: bool = False) -> Iterator[None]:
    """Turn what the database raises inside into errors of the house, without SQL or values.

    Raises ``Broken`` for our own mistakes: a constraint not kept, a value that is none, a
    write while *reading*; ``Busy`` when others had the lock for too long; and ``StorageError``
    for the rest: a full disk, a damaged file, a server that is away.
    """
    try:
        yield
    except SQLAlchemyError as error:
        told = _in_our_words(error, what, reading).with_traceback(error.__traceback__)
        raise told from None


def _in_our_words(error: SQLAlchemyError, what: str, reading: bool) -> DispatchError:
    if isinstance(error, DBAPIError):
        return _of_the_database(error, what, reading)
    if isinstance(error, StatementError):
        return Broken(f"a value cannot be stored: {error.orig}")
    if isinstance(error, TimeoutError):
        return Busy(f"every connection stayed busy for {PATIENCE_S} s")
    return StorageError(f"{what}: {error}")


def _of_the_database(error: DBAPIError, what: str, reading: bool) -> DispatchError:
    state = str(getattr(error.orig, "sqlstate", None) or "")
    said = _said(error.orig, state)
    if isinstance(error, IntegrityError):
        return Broken(f"the database refused a contradiction: {said}")
    sqlite_says = getattr(error.orig, "sqlite_errorname", "")
    if reading and (sqlite_says == "SQLITE_READONLY" or state == _READ_ONLY):
        return Broken("a reading transaction tried to write")
    if state in _BUSY or sqlite_says.startswith("SQLITE_BUSY"):
        return Busy(f"the database stayed busy for {PATIENCE_S} s")
    if isinstance(error, DataError):
        return Broken(f"a value cannot be stored: {said}")
    return StorageError(f"{what}: {said}")


def _said(orig: BaseException | None, state: str) -> str:
    """Return what the database said, as far as it can repeat nothing of a row."""
    diag = getattr(orig, "diag", None)
    if diag is None:  # SQLite names columns and constraints, never values
        return str(orig)
    if not state:  # psycopg itself: no connection, or none any more
        return " ".join(str(orig).split())
    if not state.startswith(_WITH_VALUES):
        return f"{diag.message_primary} ({state})"
    where = diag.constraint_name or ".".join(
        name for name in (diag.table_name, diag.column_name) if name
    )
    return f"{type(orig).__name__} ({state}) {where}".rstrip()
