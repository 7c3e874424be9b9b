"""The chance that an express order, where it is offered, is handed over within its promise.

Decides nothing: it is told beside an option, and never a reason to refuse one.  The tour is
looked at as it stands, from the next hand-out on: most customers pay at once, and the later one
that the place was found for is for those who take as long as the quote lives.  Orders that others
add later, and waves that plan anew, are not in it: how often such promises were kept corrects
it, the more so the less time couriers have to spare for that.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from statistics import fmean
from typing import Final

from dispatch.core.civil import local_day
from dispatch.core.ids import QuoteId, TourId
from dispatch.core.remembered import remembered
from dispatch.core.windows import seconds_between
from dispatch.operations.express import Desk
from dispatch.operations.fit import Fit
from dispatch.operations.lines import OpenLine, line_at, span_from
from dispatch.operations.luck_ahead import luck_ahead
from dispatch.operations.ports import Ports
from dispatch.operations.straying import Straying
from dispatch.operations.timetable import planned_release
from dispatch.orders.quotes import Chance
from dispatch.tracking.tours import Stop, StopKind, Tour

#: More figures than anybody could check.
_PLACES: Final = 3
#: Who has so much to spare has enough, and who is so late is as late as can be.
_AMPLE_S, _LATEST_S = 1800, -3600


class Chances:
    """What is asked of the tours of one desk, again and again."""

    def __init__(self, quote_id: QuoteId, table: Desk, ports: Ports) -> None:
        self._quote_id = quote_id
        self._tours = {tour.tour_id: tour for tour in table.tours}
        self._at = table.release_at
        self._ports = ports
        self._begins_at = _first_hand_out(table.release_at, ports)
        self._errors = Straying(ports.learnt, ports.parameters.chances)
        self._lines: dict[TourId, OpenLine] = {}

    def of(self, fit: Fit) -> Chance | None:
        """Return the chance of the order as *fit* has it; None: there is no hand-out."""
        if self._at is None or self._begins_at is None:
            return None
        line = self._line(fit, self._at)
        ahead = fit.tour.stops[len(line.seen.done) :]
        last = next(n for n, stop in enumerate(ahead) if self._is_ours(stop))
        promised = ahead[last].promised_until
        assert promised is not None
        over = luck_ahead(line, self._begins_at, self._errors).over(ahead[: last + 1])
        p = over.by(seconds_between(self._begins_at, promised))
        stated = self._errors.sold.of(p, self._spare_s)
        return Chance(round(p, _PLACES), round(stated, _PLACES), self._spare_s)

    @cached_property
    def _spare_s(self) -> float | None:
        """By how much a courier on duty at the hand-out could be later, before others are late.

        On average, in seconds; each counts within `_LATEST_S` and `_AMPLE_S`.  None: nobody is on
        duty then, or it is a day still to come, of which nobody knows how full it gets.
        """
        at = self._begins_at
        if at is None or local_day(at) != local_day(self._ports.clock.now()):
            return None
        mine = self._quote_id
        spare = [
            min([_AMPLE_S, *(one_s for quote_id, one_s in _spare_s(tour) if quote_id != mine)])
            for tour in self._tours.values()
            if tour.shift.opens_at <= at < tour.shift.closes_at
        ]
        return round(fmean(max(_LATEST_S, one_s) for one_s in spare)) if spare else None

    def _is_ours(self, stop: Stop) -> bool:
        return stop.quote_id == self._quote_id and stop.kind is StopKind.DROP

    def _line(self, fit: Fit, at: datetime) -> OpenLine:
        """The tour without the order, as it was laid out to find the place."""
        tour_id = fit.tour.tour_id
        if tour_id not in self._lines:
            span, now = span_from(at, tuple(self._tours.values())), self._ports.clock.now()
            self._lines[tour_id] = line_at(self._tours[tour_id], now, span, self._ports)
        return self._lines[tour_id]


@remembered
def _spare_s(tour: Tour) -> list[tuple[QuoteId, int]]:
    """By how much each order in *tour* is expected before it is due."""
    return [
        (stop.quote_id, seconds_between(eta_at, due_at))
        for stop in tour.stops
        if (due_at := stop.due_at) and (eta_at := stop.eta_at) and not stop.over
    ]


def _first_hand_out(release_at: datetime | None, ports: Ports) -> datetime | None:
    """Return when the next wave of the day of *release_at* is handed out: then, or before."""
    soonest = planned_release(ports.clock.now(), ports)
    if release_at is None or soonest is None or local_day(release_at) != local_day(soonest):
        return release_at
    return min(soonest, release_at)
