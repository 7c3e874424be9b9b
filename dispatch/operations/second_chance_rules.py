"""How hard a quote tries when no tour has room as it stands: the rules.

Decides no single order: that is ``second_chance``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SecondChanceRules:
    """The settings' table ``[second_chance]``.

    steps : of the search that moves others, all windows of one quote together; 0: nobody is
            ever moved for a quote.  Steps, not milliseconds: the same day gets the same answer
    share : of a process's time, the most that quotes spend on it, and only while no other
            waits for its turn; an order that was offered is always tried
    """

    steps: int = 2000
    share: float = 0.01

    def __post_init__(self) -> None:
        if not 0 <= self.steps <= 10_000:
            raise ValueError(f"steps is out of 0 to 10000: {self.steps}")
        if not 0 < self.share <= 1:
            raise ValueError(f"share is out of 0 to 1: {self.share}")
