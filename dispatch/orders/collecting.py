"""How long a parcel waits at the counter, and how often its code may be guessed: the rules.

Decides no single parcel.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CollectRules:
    """The settings' table ``[collect]``.

    remind_after_days    : days ready before the customer is reminded, once
    unclaimed_after_days : days ready before it counts as unclaimed, and is taken back
    wrong_codes          : wrong codes in a row before the counter has to wait
    wait_min             : for how long

    First guesses.  A code has four digits: with these two, trying half of them takes 10 days.
    """

    remind_after_days: int = 3
    unclaimed_after_days: int = 7
    wrong_codes: int = 5
    wait_min: int = 15

    def __post_init__(self) -> None:
        if not 1 <= self.remind_after_days < self.unclaimed_after_days <= 90:
            raise ValueError(
                "a customer is reminded after at least 1 day, before the parcel is unclaimed, "
                f"by day 90: {self.remind_after_days}, then {self.unclaimed_after_days}"
            )
        if not 1 <= self.wrong_codes <= 20:
            raise ValueError(f"wrong_codes is out of 1 to 20: {self.wrong_codes}")
        if not 1 <= self.wait_min <= 1440:
            raise ValueError(f"wait_min is out of 1 to 1440: {self.wait_min}")
