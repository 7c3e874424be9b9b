"""What of today is different from a moment ago, for whom: a courier, or the planner.

Decides what is worth telling at once.  A place held for a quote is no courier's business;
a forecast that moves within its minute is nobody's.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from dispatch.core.civil import local_day
from dispatch.operations.access import PageKind
from dispatch.operations.ports import Ports
from dispatch.tracking.tours import Tour

#: One mark for the planner; a courier's is named by the courier.
PLANNER: Final = (PageKind.PLANNER, "")


@dataclass(frozen=True, slots=True)
class Pulse:
    """One look at the day: a mark for each reader, equal as long as there is nothing new."""

    marks: Mapping[tuple[PageKind, str], Hashable] = field(default_factory=dict)

    def of(self, kind: PageKind, subject: str) -> Hashable:
        return self.marks.get((kind, subject))


def take_pulse(ports: Ports) -> Pulse:
    """Look at today once, for everybody."""
    day = local_day(ports.clock.now())
    with ports.store.reading() as tx:
        tours = tx.tours(day)
        everything = (
            day,
            tuple((tour.tour_id, tour.version) for tour in tours),
            tx.latest_event_at(),
            tuple((order.quote_id, order.refusal.code) for order in tx.loose_orders(day)),
            tuple((wave.wave_id, wave.state) for wave in tx.waves(day)),
        )
    marks: dict[tuple[PageKind, str], Hashable] = {PLANNER: everything}
    for tour in tours:
        name = PageKind.COURIER, str(tour.courier_id)
        marks[name] = (marks.get(name), _of_courier(tour))
    return Pulse(marks)


def _of_courier(tour: Tour) -> Hashable:
    return (
        tour.tour_id,
        tour.unread,
        tuple(
            (s.stop_id, s.state, s.shipment_ids, s.windows[0].opens_at, _minute(s.eta_at))
            for s in tour.manifest
        ),
    )


def _minute(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.replace(second=0, microsecond=0)
