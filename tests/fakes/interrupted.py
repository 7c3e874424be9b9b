"""A store in which somebody else acts just before one of us takes the lock.

Between what an act read and what it writes anything may happen.  Here it does, at a moment
the test chooses, in one thread: the same run, the same day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from dispatch.operations.ports import Store, Transaction


class InterruptedStore:
    """Any ``Store``, with one act that steps in."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._act: Callable[[], None] | None = None
        self._after = 0

    @contextmanager
    def meanwhile(self, act: Callable[[], None] | None, *, after: int = 0) -> Iterator[None]:
        """Inside: *act* happens once, before the lock is taken for the *after*-th time more."""
        self._act, self._after = act, after
        try:
            yield
        finally:
            self._act = None

    def reading(self) -> AbstractContextManager[Transaction]:
        return self._store.reading()

    def writing(self) -> AbstractContextManager[Transaction]:
        if self._act is not None and self._after == 0:
            act, self._act = self._act, None
            act()
        self._after -= 1
        return self._store.writing()
