"""How long what is personal is kept: the rules of the purge.

Decides durations only, each counted from the end of what it belongs to.  The law asks
that each has a reason (GDPR, article 5(1)(e)); the defaults' are beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

_MOST_DAYS: Final = 3650


@dataclass(frozen=True, slots=True)
class Retention:
    """The settings' table ``[retention]``.

    positions_days : where a courier was; two months settle any complaint
    names_days     : who received, where, by which phone; one year, as guarantees go
    quotes_days    : what was asked and never booked, its address with it
    proofs_days    : who took a parcel, photo and signature; a quarter, as claims come in weeks;
                     never longer than names
    keys_days      : idempotency keys; storefronts are told that one counts for a day
    tracking_hours : a customer's page, after the last parcel's end
    events_days    : the log of states, which names nobody; None: for ever
    """

    positions_days: int = 60
    names_days: int = 365
    quotes_days: int = 30
    proofs_days: int = 90
    keys_days: int = 2
    tracking_hours: int = 72
    events_days: int | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and not 1 <= value <= _MOST_DAYS:
                raise ValueError(f"{field.name} is out of 1 to {_MOST_DAYS}: {value}")
        if self.keys_days < 2:
            raise ValueError(f"keys_days is {self.keys_days}: a key counts for a day, whole")
        if self.events_days is not None and self.events_days < self.names_days:
            raise ValueError(
                f"events_days is {self.events_days}, less than names_days {self.names_days}: "
                "a booking would outlive what happened to it"
            )
