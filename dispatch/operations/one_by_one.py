"""One quote at a time is thought out in a process, and whoever thinks knows if others wait.

Two thought out at a time are ready no sooner, and the hold of the one makes the other think
again.  Decides nothing: who takes the turn, and what is left undone for those who wait, is
``quote``'s and ``second_chance``'s.
"""

from __future__ import annotations

from threading import Lock, RLock
from types import TracebackType
from typing import Final


class Queue:
    """A lock that the thread which has it may take again, and that knows who waits for it."""

    def __init__(self) -> None:
        self._turn = RLock()
        self._count = Lock()
        self._waiting = 0

    def __enter__(self) -> None:
        if self._turn.acquire(blocking=False):
            return
        with self._count:
            self._waiting += 1
        try:
            self._turn.acquire()
        finally:
            with self._count:
                self._waiting -= 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._turn.release()

    @property
    def is_waited_for(self) -> bool:
        """True while another thread waits for its turn."""
        return self._waiting > 0


#: The quotes of this process.
quotes: Final = Queue()
