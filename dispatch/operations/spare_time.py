"""Moving others for one order takes a share of a process's time, and one thread at a time.

Decides when a process may spend time on it again: when it has rested enough for the share,
so that a rush of quotes waits for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Protocol

from dispatch.routing.problem import Problem, Sequences


class Rearrange(Protocol):
    """See ``routing.solvers.rearrange.rearranged``."""

    def __call__(
        self,
        problem: Problem,
        sequences: Sequences,
        job: int,
        spans: Sequence[tuple[int, int]],
        *,
        steps: int,
        go_on: Callable[[], bool],
    ) -> list[Sequences | None]: ...


class InSpareTime:
    """The plug ``ports.Rearranger``: *rearrange*, for *share* of the time on *stopwatch_s*."""

    def __init__(
        self, rearrange: Rearrange, stopwatch_s: Callable[[], float], share: float
    ) -> None:
        self.rearrange = rearrange
        self._stopwatch_s, self._share = stopwatch_s, share
        self._rests_until_s = float("-inf")
        self._turn = Lock()

    @contextmanager
    def turn(self, *, owed: bool) -> Iterator[bool]:
        """Inside: whether there is time.  There is for what is *owed*, whatever else goes on."""
        began_s = self._stopwatch_s()
        mine = not owed and began_s >= self._rests_until_s and self._turn.acquire(blocking=False)
        try:
            yield mine or owed
        finally:
            if mine:
                took_s = self._stopwatch_s() - began_s
                self._rests_until_s = began_s + took_s / self._share
                self._turn.release()
