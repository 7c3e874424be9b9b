"""One at a time, in this process.  Knows neither who nor what for."""

from __future__ import annotations

from threading import Lock, get_ident
from time import monotonic
from types import TracebackType
from typing import Final

from dispatch.core.errors import Broken, Busy

#: How long a writer waits for its turn, here and in either database.
PATIENCE_S: Final = 10

#: For so long after somebody had to wait, the next may be about to.
RUSH_S: Final = 2.0


class Turn:
    """Whose turn it is, of this process's threads, with *what* they wait for.

    Raises ``Busy`` after ``PATIENCE_S``, and ``Broken`` when a thread that has
    its turn asks for another: it would wait for itself.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = Lock()
        self._holder: int | None = None
        self._count = Lock()
        self._waiting = 0
        self._waited_at_s = float("-inf")

    @property
    def is_waited_for(self) -> bool:
        """True while another thread waits for its turn."""
        return self._waiting > 0

    @property
    def is_in_demand(self) -> bool:
        """True while another thread waits for its turn, or one did in the last ``RUSH_S``."""
        return self._waiting > 0 or monotonic() - self._waited_at_s < RUSH_S

    def __enter__(self) -> None:
        if self._holder == get_ident():
            raise Broken(f"this thread has {self._what} already")
        if not self._lock.acquire(blocking=False):
            self._wait()
        self._holder = get_ident()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._holder = None
        self._lock.release()

    def _wait(self) -> None:
        with self._count:
            self._waiting += 1
        try:
            if not self._lock.acquire(timeout=PATIENCE_S):
                raise Busy(f"{self._what} stayed busy for {PATIENCE_S} s")
        finally:
            with self._count:
                self._waiting -= 1
                self._waited_at_s = monotonic()
