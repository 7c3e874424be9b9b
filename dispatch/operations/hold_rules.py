"""How much of a day quotes may hold for customers who have not decided yet: the rules.

Decides no single hold.  What was held is kept until its quote expires, whatever these say.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HoldRules:
    """The settings' table ``[holds]``.

    max_held_share : of the seconds of shift left that day, the most that held places take;
                     beyond it an option is offered without being held
    one_per_ref    : a quote for an order that another live quote of the storefront asked
                     for (the same ``external_ref``) takes over that one's place
    """

    max_held_share: float = 0.25
    one_per_ref: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.max_held_share <= 1:
            raise ValueError(f"max_held_share is out of 0 to 1: {self.max_held_share}")
