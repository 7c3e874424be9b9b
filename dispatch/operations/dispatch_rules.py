"""What a planner may tune about when couriers are let go.

Decides nothing by itself; ``dispatching`` reads it, live and in replays alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

#: What a town can be run by; the planner chooses.
TOWN_POLICIES: Final = ("waves", "rolling", "anticipating")

#: Bounds of each number, both included.
_BOUNDS: Final = MappingProxyType(
    {
        "tick_s": (1, 3600),
        "budget_s": (0.01, 60),
        "buffer_s": (0, 7200),
        "hold_margin_s": (0, 14_400),
        "wait_gain_s": (0, 3600),
        "longest_move_s": (0, 3600),
        "futures": (0, 50),
        "futures_ahead_s": (0, 14_400),
        "history_weeks": (1, 52),
        "agree_share": (0.5, 1),
    }
)


@dataclass(frozen=True, slots=True)
class DispatchRules:
    """When to let a courier go: the settings' table ``[dispatching]``.

    policy         : who decides in a town: "waves" hands everything out at each cut-off,
                     "rolling" looks again as things happen and holds what can wait,
                     "anticipating" also asks what may still be ordered
    tick_s         : seconds from one decision to the next (1 to 3600)
    budget_s       : seconds a look may search, at most (0.01 to 60), half of it in futures where
                     there are any; a wave has ``waves.budget_s``
    buffer_s       : how long before a promise ends, or a shop closes, the plan wants to be
                     there (0 to 7200); a tour may wait as long as it keeps that
    hold_margin_s  : how long before the last safe start a tour is let go (0 to 14,400);
                     0: at the last tick that is safe
    wait_gain_s    : seconds the next order must be reached sooner, on average, for an idle
                     courier to move a minute (0 to 3600); only ``anticipating`` moves any
    longest_move_s : the farthest such a courier moves at once (0 to 3600)
    futures        : how many futures a look of "anticipating" plans (0 to 50); 0: none
    futures_ahead_s: how far each looks ahead (0 to 14,400)
    history_weeks  : how many weeks of the town's own orders they are drawn from (1 to 52)
    agree_share    : share of the futures that have to agree before a round goes earlier, or
                     waits longer, than "rolling" has it (0.5 to 1)

    The defaults are the pilot's, whose promises last up to four hours: what generated days
    of it gave (docs/decisions/0019-dispatch-policies.md).
    """

    policy: str = "rolling"
    tick_s: int = 60
    budget_s: float = 1.0
    buffer_s: int = 1500
    hold_margin_s: int = 1800
    wait_gain_s: int = 20
    longest_move_s: int = 600
    futures: int = 6
    futures_ahead_s: int = 3600
    history_weeks: int = 8
    agree_share: float = 0.8

    def __post_init__(self) -> None:
        if self.policy not in TOWN_POLICIES:
            raise ValueError(f"policy is one of {', '.join(TOWN_POLICIES)}, not {self.policy!r}")
        for name, (low, high) in _BOUNDS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} is out of {low} to {high}: {value}")

    @property
    def is_rolling(self) -> bool:
        """False: the day has waves, and everything leaves with the first that comes."""
        return self.policy != "waves"
