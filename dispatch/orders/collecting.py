"""How long a parcel waits at the counter, how often its code may be guessed, who took it.

Decides the instants and the counts.  What is then done is ``operations.collecting``'s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch.core.ids import ShipmentId
from dispatch.orders.shipments import Shipment


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


@dataclass(frozen=True, slots=True)
class Handover:
    """What happens at the counter with one parcel.

    wrong_codes : said in a row since the last right one, or since the last wait
    waits_until : no code is looked at before; None: none was wrong too often
    received_by : who came, when it was not the customer; personal data: purged by rule
    """

    shipment_id: ShipmentId
    wrong_codes: int = 0
    waits_until: datetime | None = None
    received_by: str | None = None

    def waits(self, now: datetime) -> bool:
        """Tell whether nobody may say a code yet."""
        return self.waits_until is not None and now < self.waits_until

    def wrong(self, now: datetime, rules: CollectRules) -> Handover:
        """Return the handover after one more wrong code; the last one allowed begins a wait."""
        if self.wrong_codes + 1 < rules.wrong_codes:
            return replace(self, wrong_codes=self.wrong_codes + 1)
        return replace(self, wrong_codes=0, waits_until=now + timedelta(minutes=rules.wait_min))

    def handed_to(self, who: str | None) -> Handover:
        """Return the handover done: to *who*, or to the customer (None)."""
        return replace(self, wrong_codes=0, waits_until=None, received_by=who)


def remind_at(waits_since: datetime | None, rules: CollectRules) -> datetime | None:
    """Return when the customer is reminded of what waits at the counter; None: it does not."""
    return _after(waits_since, rules.remind_after_days)


def unclaimed_at(shipment: Shipment, rules: CollectRules) -> datetime | None:
    """Return when *shipment* counts as unclaimed; None before it is packed.

    Never while the promise still says that it may be fetched.
    """
    end = _after(shipment.prepared_at, rules.unclaimed_after_days)
    return None if end is None else max(end, shipment.promise.window.closes_at)


def _after(since: datetime | None, days: int) -> datetime | None:
    return None if since is None else since + timedelta(days=days)
