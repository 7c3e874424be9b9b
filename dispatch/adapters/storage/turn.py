"""One writer at a time, in this process.  Knows no database."""

from __future__ import annotations

from threading import Lock, get_ident
from types import TracebackType
from typing import Final

from dispatch.core.errors import Broken, Busy

#: How long a writer waits for its turn, here and in either database.
PATIENCE_S: Final = 10


class Turn:
    """One at a time, in this process.

    SQLite would make a second writer poll until its turn, which is neither quick nor
    fair: at 50 clients a lock halves the slowest answers.  PostgreSQL queues fairly, but
    each one that waits there keeps a connection busy.  Other processes still wait in the
    database, for as long.

    Raises ``Busy`` after ``PATIENCE_S``, and ``Broken`` when a thread that has
    its turn asks for another: it would wait for itself.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._holder: int | None = None

    def __enter__(self) -> None:
        if self._holder == get_ident():
            raise Broken("this thread is inside a transaction already")
        if not self._lock.acquire(timeout=PATIENCE_S):
            raise Busy(f"the database stayed busy for {PATIENCE_S} s")
        self._holder = get_ident()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._holder = None
        self._lock.release()
