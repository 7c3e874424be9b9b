"""How hard we try to tell a storefront what happened: the rules of its webhooks.

Decides no single delivery.  The schedule is the one that the API's page promises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True)
class WebhookRules:
    """The settings' table ``[webhooks]``.

    retry_after_s     : before each try, seconds after the one before it; after the last
                        the message is dead, until somebody replays it
    timeout_s         : real seconds an endpoint may take to answer
    private_addresses : may an endpoint be on this machine, or in its own network?
    """

    retry_after_s: tuple[int, ...] = (
        *(0, 5, _MINUTE_S, 5 * _MINUTE_S, 30 * _MINUTE_S),
        *(2 * _HOUR_S, 5 * _HOUR_S, 10 * _HOUR_S, 14 * _HOUR_S),
    )
    timeout_s: float = 10.0
    private_addresses: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "retry_after_s", tuple(self.retry_after_s))
        if not self.retry_after_s:
            raise ValueError("retry_after_s is empty: nothing would ever be sent")
        if list(self.retry_after_s) != sorted(self.retry_after_s) or self.retry_after_s[0] != 0:
            raise ValueError(f"retry_after_s does not grow from 0: {list(self.retry_after_s)}")
        if self.retry_after_s[-1] > 7 * 24 * _HOUR_S:
            raise ValueError(f"retry_after_s waits more than a week: {self.retry_after_s[-1]}")
        if not 0 < self.timeout_s <= 60:
            raise ValueError(f"timeout_s is out of 0 to 60: {self.timeout_s}")
