"""What a day's facts leave for the planner to look at: kept, and not in a tour as they were told.

Decides nothing: reads what ``tracking.unclear`` names, and says whose it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dispatch.core.ids import CourierId
from dispatch.operations.manifest import short_ref
from dispatch.operations.ports import Ports
from dispatch.tracking.facts import Fact
from dispatch.tracking.unclear import Why, unclear


@dataclass(frozen=True, slots=True)
class Question:
    """One fact to look at.  ``order_ref``: the order's code for people; ``at``: as it counts."""

    fact: Fact
    why: Why
    courier: str
    order_ref: str

    @property
    def at(self) -> datetime:
        return self.fact.at_device


def questions(day: date, ports: Ports) -> tuple[Question, ...]:
    """Return what couriers told on *day* that a person should look at, the newest first."""
    with ports.store.reading() as tx:
        found = [one for tour in tx.tours(day) for one in unclear(tour, tx.facts(tour.tour_id))]
    found.sort(key=lambda one: (one.fact.at_server, one.fact.fact_id), reverse=True)
    return tuple(
        Question(
            one.fact,
            one.why,
            _name(one.fact.courier_id, ports),
            short_ref(one.fact.stop_id.partition(":")[0]),
        )
        for one in found
    )


def _name(courier_id: CourierId, ports: Ports) -> str:
    courier = ports.territory.couriers.get(courier_id)
    return courier_id if courier is None else courier.name
