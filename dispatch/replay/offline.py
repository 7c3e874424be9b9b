"""Phones without a signal on a replayed day: their couriers go on with what they last saw.

Decides what such a courier drives by: the tour as it was when the signal went, and what has
happened on it since.  What was told meanwhile is told all at once when there is one again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from dispatch.core.ids import CourierId
from dispatch.operations.depart import departure
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports
from dispatch.operations.progress import Report, record, retimed
from dispatch.replay.day import Mishap, MishapKind
from dispatch.tracking.facts import Fact, as_told
from dispatch.tracking.tours import Tour


class Phones:
    """All couriers' phones; those of *mishaps* have no signal for a while."""

    def __init__(self, mishaps: Iterable[Mishap], ports: Ports) -> None:
        self._ports = ports
        self._holes = {
            mishap.courier_id: (mishap.at, mishap.until)
            for mishap in mishaps
            if mishap.kind is MishapKind.OFFLINE and mishap.until is not None
        }
        self._tours: dict[str, Tour] = {}
        self._facts: dict[str, list[Fact]] = {}
        self._waiting: dict[str, list[Report]] = {}

    def has_signal(self, courier_id: str) -> bool:
        begins_at, ends_at = self._holes.get(courier_id, (None, None))
        now = self._ports.clock.now()
        return begins_at is None or ends_at is None or not begins_at <= now < ends_at

    def as_seen(self, tours: Sequence[Tour]) -> tuple[Tour, ...]:
        """Return the *tours* of now as their couriers see them."""
        return tuple(self._seen(tour) for tour in tours)

    def _seen(self, tour: Tour) -> Tour:
        if self.has_signal(tour.courier_id):
            return tour
        return self._tours.setdefault(tour.tour_id, tour)

    def leave(self) -> None:
        """Let couriers without a signal leave for their next stop, when it is time to."""
        ports = as_learnt(self._ports)
        for name, tour in self._tours.items():
            due = departure(tour, ports)
            if due is not None:
                self._tours[name] = due.frozen(tour)

    def tell(self, report: Report, courier_id: CourierId) -> None:
        """Tell the house what happened, or keep it until there is a signal."""
        if self.has_signal(courier_id):
            record(report, courier_id, self._ports)
            return
        tour = self._tours[report.tour_id]
        self._waiting.setdefault(courier_id, []).append(report)
        known = self._facts.setdefault(tour.tour_id, [])
        known.append(_fact(report, tour))
        told = as_told(tour, known)
        self._tours[tour.tour_id] = retimed(told, as_learnt(self._ports))

    def next_at(self) -> datetime | None:
        """Return when the next phone that has something to tell has a signal again."""
        ends = (self._holes[courier_id][1] for courier_id in self._waiting)
        return min((at for at in ends if at is not None), default=None)

    def catch_up(self) -> int:
        """Tell what waited on phones that have a signal again; return how many facts that was."""
        told = 0
        for courier_id in [name for name in self._waiting if self.has_signal(name)]:
            for report in self._waiting.pop(courier_id):
                record(report, CourierId(courier_id), self._ports)
                told += 1
        self._tours = {
            name: tour for name, tour in self._tours.items() if not self.has_signal(tour.courier_id)
        }
        return told


def _fact(report: Report, tour: Tour) -> Fact:
    """What the phone itself knows of it: nobody else was told yet."""
    return Fact(
        fact_id=report.fact_id,
        tour_id=tour.tour_id,
        courier_id=tour.courier_id,
        stop_id=report.stop_id,
        kind=report.kind,
        at_device=report.at_device,
        at_server=report.at_device,
        reason=report.reason,
    )
