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
from dispatch.core.ids import QuoteId, TourId
from dispatch.core.places import Place
from dispatch.core.windows import TimeWindow, seconds_between
from dispatch.operations.express import Desk
from dispatch.operations.fit import Fit
from dispatch.operations.lines import OpenLine, line_at
from dispatch.operations.ports import Ports
from dispatch.operations.straying import Straying
from dispatch.operations.timetable import planned_release
from dispatch.orders.quotes import Chance
from dispatch.tracking.arrival import Drive, Halt, setting_out
from dispatch.tracking.draws import Uncertain
from dispatch.tracking.tours import Stop, StopKind

#: More figures than anybody could check.
_PLACES: Final = 3

#: A stop of one desk as it is asked about: its own order's stops change with the window.
_Key = tuple[str, tuple[TimeWindow, ...]]


class Chances:
    """What is asked of the tours of one desk, again and again."""

    def __init__(self, quote_id: QuoteId, table: Desk, ports: Ports) -> None:
        self._quote_id = quote_id
        self._tours = {tour.tour_id: tour for tour in table.tours}
        self._at = table.release_at
        self._ports = ports
        self._begins_at = _first_hand_out(table.release_at, ports)
        self._errors = Straying(ports.learnt, ports.parameters.chances)
        # Windows of one order share most of a tour: what was driven last, stop by stop.
        self._driven: dict[TourId, list[tuple[_Key, Drive]]] = {}

    def of(self, fit: Fit) -> Chance | None:
        """Return the chance of the order as *fit* has it; None: there is no hand-out."""
        if self._at is None or self._begins_at is None:
            return None
        begins_at = self._begins_at
        line = self._line(fit, self._at)
        ahead = fit.tour.stops[len(line.seen.done) :]
        last = next(n for n, stop in enumerate(ahead) if self._is_ours(stop))
        over = self._over(line, ahead[: last + 1], begins_at)
        promised = ahead[last].promised_until
        assert promised is not None
        p = over.by(seconds_between(begins_at, promised))
        return Chance(round(p, _PLACES), round(self._errors.sold.of(p), _PLACES))

    def _over(self, line: OpenLine, ahead: tuple[Stop, ...], begins_at: datetime) -> Uncertain:
        """When everything *ahead* is over; what was driven the same way before is not again."""
        keys = [(stop.stop_id, stop.windows) for stop in ahead]
        driven = self._driven.setdefault(line.seen.tour.tour_id, [])
        pairs = enumerate(zip(keys, driven, strict=False))
        same = next((n for n, (key, (was, _)) in pairs if key != was), min(len(keys), len(driven)))
        del driven[same:]
        if driven:
            drive, here = driven[-1][1], ahead[same - 1].place
        else:
            free_s = max(0, seconds_between(begins_at, line.seen.free_at))
            drive, here = setting_out(free_s, self._errors.pace(line.profile)), line.seen.here
        halts = self._halts(line, here, ahead[same:], begins_at)
        for key, halt in zip(keys[same:], halts, strict=True):
            _, drive = drive.on(halt)
            driven.append((key, drive))
        return Uncertain(drive.free)

    def _is_ours(self, stop: Stop) -> bool:
        return stop.kind is StopKind.DROP and stop.quote_id == self._quote_id

    def _line(self, fit: Fit, at: datetime) -> OpenLine:
        """The tour without the order, as it was laid out to find the place."""
        closes_at = (tour.shift.closes_at for tour in self._tours.values())
        span = at, max([at, *closes_at])
        tour = self._tours[fit.tour.tour_id]
        return line_at(tour, self._ports.clock.now(), span, self._ports)

    def _halts(
        self, line: OpenLine, here: Place, stops: tuple[Stop, ...], begins_at: datetime
    ) -> list[Halt]:
        def after(instant: datetime) -> int:
            return seconds_between(begins_at, instant)

        numbers = line.ways.numbers([here, *(stop.place for stop in stops)])
        ways_s, where = line.ways.legs(numbers).tolist(), numbers.tolist()
        return [
            Halt(
                way_s,
                stop.setup_s if where[n] != where[n + 1] else 0,
                stop.service_s,
                self._errors.stay(stop),
                [(after(window.opens_at), after(window.closes_at)) for window in stop.windows],
                self._errors.packing(stop),
            )
            for n, (stop, way_s) in enumerate(zip(stops, ways_s, strict=True))
        ]


def _first_hand_out(release_at: datetime | None, ports: Ports) -> datetime | None:
    """Return when the next wave of the day of *release_at* is handed out: then, or before."""
    soonest = planned_release(ports.clock.now(), ports)
    if release_at is None or soonest is None or local_day(release_at) != local_day(soonest):
        return release_at
    return min(soonest, release_at)
