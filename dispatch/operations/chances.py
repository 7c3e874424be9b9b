"""The chance that an express order, where it is offered, is handed over within its promise.

Decides nothing: it is told beside an option, and never a reason to refuse one.  The tour is
looked at as it stands, from the next hand-out on: most customers pay at once, and the later one
that the place was found for is for those who take as long as the quote lives.  Orders that others
add later, and waves that plan anew, are not in it: how often such promises were kept corrects
it, once that is learnt.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dispatch.core.civil import local_day
from dispatch.core.ids import QuoteId
from dispatch.core.windows import seconds_between
from dispatch.operations.express import Desk
from dispatch.operations.fit import Fit
from dispatch.operations.lines import OpenLine, line_at, span_from
from dispatch.operations.luck_ahead import luck_ahead
from dispatch.operations.ports import Ports
from dispatch.operations.straying import Straying
from dispatch.operations.timetable import planned_release
from dispatch.orders.quotes import Chance
from dispatch.tracking.tours import Stop, StopKind

#: More figures than anybody could check.
_PLACES: Final = 3


class Chances:
    """What is asked of the tours of one desk, again and again."""

    def __init__(self, quote_id: QuoteId, table: Desk, ports: Ports) -> None:
        self._quote_id = quote_id
        self._tours = {tour.tour_id: tour for tour in table.tours}
        self._at = table.release_at
        self._ports = ports
        self._begins_at = _first_hand_out(table.release_at, ports)
        self._errors = Straying(ports.learnt, ports.parameters.chances)

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
        return Chance(round(p, _PLACES), round(self._errors.sold.of(p), _PLACES))

    def _is_ours(self, stop: Stop) -> bool:
        return stop.kind is StopKind.DROP and stop.quote_id == self._quote_id

    def _line(self, fit: Fit, at: datetime) -> OpenLine:
        """The tour without the order, as it was laid out to find the place."""
        span = span_from(at, tuple(self._tours.values()))
        return line_at(self._tours[fit.tour.tour_id], self._ports.clock.now(), span, self._ports)


def _first_hand_out(release_at: datetime | None, ports: Ports) -> datetime | None:
    """Return when the next wave of the day of *release_at* is handed out: then, or before."""
    soonest = planned_release(ports.clock.now(), ports)
    if release_at is None or soonest is None or local_day(release_at) != local_day(soonest):
        return release_at
    return min(soonest, release_at)
