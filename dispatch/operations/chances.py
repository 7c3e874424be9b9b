"""The chance that an express order, where it is offered, is handed over within its promise.

Decides nothing: it is told beside an option, and never a reason to refuse one.  The tour is
looked at as it stands, from the hand-out on; orders that others add later are not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from dispatch.core.ids import QuoteId
from dispatch.core.windows import seconds_between
from dispatch.operations.express import Desk
from dispatch.operations.fit import Fit
from dispatch.operations.lines import OpenLine, line_at
from dispatch.operations.ports import Ports
from dispatch.operations.straying import Straying
from dispatch.tracking.arrival import Halt, handed_over
from dispatch.tracking.tours import Stop, StopKind

#: More figures than anybody could check.
_PLACES: Final = 4


class Chances:
    """What is asked of the tours of one desk, again and again."""

    def __init__(self, quote_id: QuoteId, table: Desk, ports: Ports) -> None:
        self._quote_id = quote_id
        self._tours = {tour.tour_id: tour for tour in table.tours}
        self._at = table.release_at
        self._ports = ports
        self._errors = Straying(ports.learnt)

    def of(self, fit: Fit) -> float | None:
        """Return the chance of the order as *fit* has it; None: there is no hand-out."""
        if self._at is None:
            return None
        line = self._line(fit, self._at)
        ahead = fit.tour.stops[len(line.seen.done) :]
        last = next(n for n, stop in enumerate(ahead) if self._is_ours(stop))
        free_s = max(0, seconds_between(self._at, line.seen.free_at))
        halts = self._halts(line, ahead[: last + 1], free_s)
        over = handed_over(halts, free_s, self._errors.pace(line.profile))
        promised = ahead[last].promised_until
        assert promised is not None
        return round(over.by(seconds_between(self._at, promised)), _PLACES)

    def _is_ours(self, stop: Stop) -> bool:
        return stop.kind is StopKind.DROP and stop.quote_id == self._quote_id

    def _line(self, fit: Fit, at: datetime) -> OpenLine:
        """The tour without the order, as it was laid out to find the place."""
        closes_at = (tour.shift.closes_at for tour in self._tours.values())
        span = at, max([at, *closes_at])
        tour = self._tours[fit.tour.tour_id]
        return line_at(tour, self._ports.clock.now(), span, self._ports)

    def _halts(self, line: OpenLine, stops: tuple[Stop, ...], free_s: float) -> list[Halt]:
        numbers = line.ways.numbers([line.seen.here, *(stop.place for stop in stops)])
        ways_s, where = line.ways.legs(numbers).tolist(), numbers.tolist()
        halts: list[Halt] = []
        for n, (stop, way_s) in enumerate(zip(stops, ways_s, strict=True)):
            setup_s = stop.setup_s if where[n] != where[n + 1] else 0
            free_s += way_s + setup_s
            windows = _windows(stop, line)
            # The opening that the plan counts on; past the last one, none is waited for.
            k = next((k for k, (_, last_s) in enumerate(windows) if free_s <= last_s), None)
            opens_s = float("-inf") if k is None else windows[k][0]
            packed = self._errors.packing(stop) if k == 0 else None
            halts.append(
                Halt(
                    way_s, setup_s, stop.service_s, self._errors.stay(stop), opens_s, packed=packed
                )
            )
            free_s = max(free_s, opens_s) + stop.service_s
        return halts


def _windows(stop: Stop, line: OpenLine) -> Sequence[tuple[int, int]]:
    """When service may begin, in seconds of the tour's span."""
    known = line.visits.get(stop.stop_id)
    if known is not None:
        return known[1].windows
    return [
        (seconds_between(line.span[0], w.opens_at), seconds_between(line.span[0], w.closes_at) - 1)
        for w in stop.windows
    ]
