"""What was stated of express promises when they were sold, and what became of them.

Decides which promises judge a statement: those whose end is known and was ours to keep.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from dispatch.core.civil import local_day
from dispatch.core.errors import Invalid
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.straying import Source, Straying
from dispatch.orders.bookings import Booking
from dispatch.orders.quotes import Chance
from dispatch.orders.shipments import RECEIVED, Shipment, State
from dispatch.slots.service_levels import Mode
from dispatch.tracking.reliability import Band, Statement, reliability

DAYS: Final = 28
MOST_DAYS: Final = 366


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was said of one promise when it was sold, and whether it was kept."""

    chance: Chance
    kept: bool

    @property
    def as_it_stood(self) -> Statement:
        """What the tours said of it when it was sold."""
        return Statement(self.chance.as_it_stands, self.kept, self.chance.spare_s)


@dataclass(frozen=True, slots=True)
class Reliability:
    """Stated against kept, on the days from *first_day* to *last_day*.

    left_out : promises that judge nothing, by why
    sources  : where the chances come from as of now: learnt, or still a first guess
    """

    first_day: date
    last_day: date
    bands: tuple[Band, ...]
    left_out: Mapping[str, int]
    sources: tuple[Source, ...]

    @property
    def judged(self) -> int:
        return sum(band.count for band in self.bands)


def stated_and_kept(ports: Ports, days: int = DAYS) -> Reliability:
    """Return how true the chances of the last *days* days were, today included.

    Raises ``Invalid`` when *days* is out of 1 to 366.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"days is out of 1 to {MOST_DAYS}: {days}", field="days")
    ports = as_learnt(ports)
    now = ports.clock.now()
    last = local_day(now)
    first = last - timedelta(days=days - 1)
    found: list[Statement] = []
    left_out: Counter[str] = Counter()
    for n in range(days):
        with ports.store.reading() as tx:  # a day at a time: nobody waits for a month
            for told in outcomes(first + timedelta(days=n), tx, now):
                if isinstance(told, Outcome):
                    found.append(Statement(told.chance.stated, told.kept))
                else:
                    left_out[told] += 1
    return Reliability(
        first,
        last,
        reliability(found),
        MappingProxyType(dict(sorted(left_out.items()))),
        Straying(ports.learnt, ports.parameters.chances).sources(ports.territory),
    )


def outcomes(day: date, tx: Transaction, now: datetime) -> list[Outcome | str]:
    """Return what became of each express promise sold on *day*, or why it judges nothing."""
    return [_outcome(b, tx, now) for b in tx.bookings(day) if b.mode is Mode.EXPRESS]


def _outcome(booking: Booking, tx: Transaction, now: datetime) -> Outcome | str:
    option = tx.quote(booking.quote_id).option(booking.option_id)
    shipments = tx.shipments_of(booking.booking_id)
    if option is None or option.chance is None:
        return "nothing_stated"
    if booking.cancelled_at is not None:
        return "cancelled"
    if any(shipment.promise.window != option.window for shipment in shipments):
        return "amended"
    kept = [_kept(shipment, tx, now) for shipment in shipments]
    if any(one is False for one in kept):
        return Outcome(option.chance, kept=False)
    told = next((one for one in kept if isinstance(one, str)), None)
    return told or Outcome(option.chance, kept=True)


def _kept(shipment: Shipment, tx: Transaction, now: datetime) -> bool | str:
    ends_at = shipment.promise.window.closes_at
    if shipment.state in RECEIVED and shipment.ended_at is not None:
        return shipment.ended_at <= ends_at
    events = tx.events_of(shipment.shipment_id)
    # Who was not at home in time was not kept waiting by us.
    if any(event.state is State.ATTEMPTED and event.at_device <= ends_at for event in events):
        return "customer_not_met"
    return "open" if now < ends_at else False
