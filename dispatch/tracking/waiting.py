"""Where a courier who has nothing to do had better wait, from the word to the courier's yes.

Decides since when that counts: once the courier has agreed, for a word that nobody follows moves
nobody.  Where to wait is ``operations.waiting``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.core.ids import MerchantId
from dispatch.core.places import Place


@dataclass(frozen=True, slots=True)
class Waiting:
    """A word to a courier without work.

    near, place : the shop to wait at, and where it is
    told_at     : when it was said
    way_s       : seconds from where the courier was
    agreed_at   : when the courier set out for it; None: nobody did
    """

    near: MerchantId
    place: Place
    told_at: datetime
    way_s: int
    agreed_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.way_s < 0:
            raise ValueError(f"way_s is negative: {self.way_s}")
        if self.agreed_at is not None and self.agreed_at < self.told_at:
            raise ValueError(f"agreed at {self.agreed_at} to what was told at {self.told_at}")

    @property
    def there_at(self) -> datetime | None:
        """When the courier is there; None: nobody is on the way."""
        return None if self.agreed_at is None else self.agreed_at + timedelta(seconds=self.way_s)
