"""How long a search goes on: by the clock, or for so many steps.

Decides when to look up from the work; what the time is spent on is ``phases``'s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import Final, Protocol

#: How long the kernel runs before the clock is looked at.
LOOK_EVERY_S: Final = 0.01

#: The same for a search that counts steps instead.
LOOK_EVERY_STEPS: Final = 100

#: What such a search gives to whatever does not count steps.
UNHURRIED_S: Final = 10.0


class Pace(Protocol):
    """How far a search is, and how many steps to take before asking again."""

    def share(self) -> float:
        """0 at the beginning, 1 or more at the end."""

    def steps(self) -> int: ...

    def cut_short(self) -> None:
        """Tell that not all of the steps were taken."""

    def lasting_s(self, share: float) -> float:
        """Seconds that *share* of the whole takes, or what is left of it."""


@dataclass(slots=True)
class ByClock:
    """Until ``deadline_s`` on ``time.monotonic``: anytime, not repeatable step by step."""

    deadline_s: float
    began_s: float = field(default_factory=monotonic)
    _asked_s: float = 0.0
    _steps: int = 1
    _measured: bool = False

    def share(self) -> float:
        left_s = self.deadline_s - LOOK_EVERY_S - monotonic()
        whole_s = self.deadline_s - LOOK_EVERY_S - self.began_s
        return 1.0 if left_s <= 0 else 1.0 - left_s / whole_s

    def steps(self) -> int:
        now_s = monotonic()
        if self._measured:
            took_s = max(now_s - self._asked_s, 1e-6)
            fair = int(self._steps * LOOK_EVERY_S / took_s)
            self._steps = max(1, min(fair, 2 * self._steps))
        self._asked_s, self._measured = now_s, True
        return self._steps

    def cut_short(self) -> None:
        """What was not done says nothing of how long it takes.

        Believed, it would double the steps each time: after forty vehicles saved at their first
        step, the forty-first would be searched for until the end of days.
        """
        self._measured = False

    def lasting_s(self, share: float) -> float:
        left_s = self.deadline_s - LOOK_EVERY_S - monotonic()
        return min(left_s, share * (self.deadline_s - self.began_s))


@dataclass(slots=True)
class ByCount:
    """For *total* steps: the same seed gives the same answer on any machine."""

    total: int
    _done: int = 0

    def share(self) -> float:
        return self._done / self.total if self.total else 1.0

    def steps(self) -> int:
        steps = min(LOOK_EVERY_STEPS, self.total - self._done)
        self._done += steps
        return steps

    def cut_short(self) -> None:
        """Steps count as taken when they are given out."""

    def lasting_s(self, share: float) -> float:
        """What takes no steps takes as long as it takes."""
        del share
        return UNHURRIED_S
