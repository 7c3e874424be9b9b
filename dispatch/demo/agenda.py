"""What happens next: one list of instants and acts, lived through on the town's clock.

Decides only the order of acts: one at a time, the earliest first, none before its
instant.  An act that comes late because an earlier one took long is still told the
instant it was meant for, so that a slow machine does not make anybody late.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Final

from dispatch.operations.ports import Clock

Act = Callable[[datetime], None]

#: Real seconds between two looks at everything else (the screen, the end of the day).
BREATH_S: Final = 0.25


class Agenda:
    """The acts to come.

    clock : the town's
    wait  : waits that many real seconds, and returns True when it is time to end
    """

    def __init__(self, clock: Clock, wait: Callable[[float], bool]) -> None:
        self._clock, self._wait = clock, wait
        self._acts: list[tuple[datetime, int, bool, Act]] = []
        self._turn = count()
        self._errands = 0

    @property
    def errands(self) -> int:
        """How many acts are still to come that the day waits for."""
        return self._errands

    def add(self, at: datetime, act: Act, *, errand: bool = True) -> None:
        """Do *act* at the town's instant *at*.

        errand : False for what never ends, such as looking at a phone
        """
        self._errands += errand
        heapq.heappush(self._acts, (at, next(self._turn), errand, act))

    def live(self, over: Callable[[], bool]) -> bool:
        """Live until *over*, asked between acts about every quarter of a second.

        Returns False when it was time to end before that.
        """
        while not over():
            until_s = self._clock.stopwatch_s() + BREATH_S
            while self._do_next() and self._clock.stopwatch_s() < until_s:
                pass
            if self._wait(max(0.0, min(until_s - self._clock.stopwatch_s(), self._idle_s()))):
                return False
        return True

    def _do_next(self) -> bool:
        """Do the earliest act when it is due; False when none is."""
        if not self._acts or self._acts[0][0] > self._clock.now():
            return False
        at, _, errand, act = heapq.heappop(self._acts)
        act(at)
        # Counted down after the act: what follows from it was added by then.
        self._errands -= errand
        return True

    def _idle_s(self) -> float:
        """Real seconds until the next act is due."""
        if not self._acts:
            return BREATH_S
        return (self._acts[0][0] - self._clock.now()).total_seconds() / self._clock.pace
