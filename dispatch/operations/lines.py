"""The open tours of a day as arrays, each made once for as long as it stays as it is.

Decides what is remembered: the stops, windows and loads of a tour, found again by its stops
themselves.  So neither another process nor another store can make it lie; a clock that
goes on changes only when a tour begins, which is not in it.

A question may look at one tour in several forms: as it is, and without an order that moves.
The forms last asked for are all kept.  What a tour would be without some of its holds is cut
out of its arrays, and not kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.core.ids import TourId
from dispatch.core.places import Place
from dispatch.core.remembered import remembered
from dispatch.core.windows import seconds_between
from dispatch.operations.known_ways import KnownWays, Span, known_ways
from dispatch.operations.open_orders import MANY_COLD_PLACES, laid_out
from dispatch.operations.ports import Ports, Streets
from dispatch.operations.seen import Seen, seen
from dispatch.routing.one_more import Line, line_of
from dispatch.routing.problem import IntMatrix, Visit
from dispatch.routing.spans import first_allowed
from dispatch.tracking.tours import Stop, StopKind, Tour

#: Tours remembered: two towns' couriers in both shifts.
_KEPT: Final = 64
#: Forms of each that are kept, 50 kB each.
_FORMS: Final = 4
#: What is not held, is for ever.
_FIRM: Final = 2**62
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, eq=False)
class OpenLine:
    """One tour from an instant on.

    seen   : the tour, split at the first instant of *span*
    line   : its k stops ahead;  visits: the same by stop
    ways   : where its places were looked up: (k + 2,) its start, the k stops, and its end or
             the last of these again, by the numbers *numbered*
    setup_s: (k + 2,) of each stop, and 0 for start and end
    next_s : (k + 1,) way and setup to each stop, then the way home, 0 where there is none
    held_us: (k,) until which microsecond of *span* each is held; ``_FIRM``: it is booked
    waits  : True when the courier has nothing, and gets nothing before, to leave for by then
    """

    seen: Seen
    span: Span
    streets: Streets
    line: Line
    visits: Mapping[str, tuple[Stop, Visit]]
    ways: KnownWays
    numbered: IntMatrix
    setup_s: IntMatrix
    next_s: IntMatrix
    held_us: IntMatrix
    waits: bool

    @property
    def profile(self) -> str:
        return self.seen.courier.vehicle.kind.value

    def numbers(self, ways: KnownWays) -> IntMatrix:
        """Return (k + 2,) by which *ways* know its places."""
        return self.numbered if ways is self.ways else ways.numbers(_places(self.seen))

    def is_of(self, tour: Tour, ports: Ports) -> bool:
        """True when the courier and all stops are the same; writing a tour changes neither."""
        mine = self.seen.tour
        return (
            mine.stops == tour.stops
            and mine.shift == tour.shift
            and mine.start == tour.start
            and self.seen.courier == ports.territory.courier(tour.courier_id)
        )

    def firm_at(self, at: datetime) -> npt.NDArray[np.bool_]:
        """Return (k,) which stops ahead are booked, or held for longer than until *at*."""
        firm: npt.NDArray[np.bool_] = self.held_us > _us(self.span, at)
        return firm

    def legs_s(self, kept: npt.NDArray[np.bool_]) -> IntMatrix:
        """Return ``next_s`` of the tour that stops only at those *kept*, (k,)."""
        some = np.concatenate([[True], kept, [True]])
        numbered = self.numbered[some]
        if self.seen.courier.end is None:
            numbered[-1] = numbered[-2]
        return _next_s(self.ways, numbered, self.setup_s[some])


#: By tour and span, the form last asked for first: a quote may count on another wave than a
#: booking of the same minute does.
_lines: OrderedDict[tuple[TourId, Span], tuple[OpenLine, ...]] = OrderedDict()
_lock: Final = Lock()


def line_at(tour: Tour, now: datetime, span: Span, ports: Ports) -> OpenLine:
    """Return the open part of *tour* from *span* on, told *now*; made anew only when it changed."""
    with _lock:
        forms = _lines.get((tour.tour_id, span), ())
    alike = [form for form in forms if form.streets == ports.streets]
    known = next((form for form in alike if form.is_of(tour, ports)), None)
    if known is not None and known.waits:
        one = known.seen if known.seen.tour is tour else replace(known.seen, tour=tour)
        line = known if known.seen is one else replace(known, seen=one)
    else:
        one = seen(tour, now, span[0], ports)
        if known is None or known.seen.done != one.done or known.seen.here != one.here:
            line = _made(one, span, ports, max(alike, key=_size, default=None))
        else:
            line = replace(known, seen=one)
    if line.ways.is_full:
        ways = known_ways(ports.streets, line.profile, span)
        line = replace(line, ways=ways, numbered=ways.numbers(_places(line.seen)))
    _keep(line, forms, known)
    return line


def _size(line: OpenLine) -> int:
    return len(line.visits)


def _keep(line: OpenLine, forms: tuple[OpenLine, ...], known: OpenLine | None) -> None:
    """Put *line* before the other *forms* of its tour, in the place of the one *known*."""
    if forms and line is forms[0]:
        return
    others = tuple(form for form in forms if form is not known)
    key = line.seen.tour.tour_id, line.span
    with _lock:
        _lines[key] = (line, *others)[:_FORMS]
        _lines.move_to_end(key)
        if len(_lines) > _KEPT:
            _lines.popitem(last=False)


def span_from(at: datetime, tours: Sequence[Tour]) -> Span:
    """Return the hours in which what leaves at *at* is driven."""
    return at, max([at, *(tour.shift.closes_at for tour in tours)])


@remembered
def is_on_time(line: OpenLine) -> bool:
    """True when every stop ahead begins in its windows and none later than promised."""
    begins = begins_s(line)
    if begins is None:
        return False
    due_s = (line.visits[stop.stop_id][1].due_s for stop in line.seen.ahead)
    return all(by_s is None or at_s <= by_s for at_s, by_s in zip(begins, due_s, strict=True))


def begins_s(line: OpenLine) -> list[int] | None:
    """When each stop ahead begins, in seconds of its span; None when a window is missed."""
    now_s = max(0, seconds_between(line.span[0], line.seen.free_at))
    begins: list[int] = []
    for stop, way_s in zip(line.seen.ahead, line.next_s.tolist(), strict=False):
        visit = line.visits[stop.stop_id][1]
        begin_s = first_allowed(visit.windows, now_s + way_s)
        if begin_s is None:
            return None
        begins.append(begin_s)
        now_s = begin_s + visit.service_s
    return begins


def _goes_later(stop: Stop, at: datetime) -> bool:
    """True when the courier gets the stop at *at* or after it, whatever the time is now."""
    return stop.published_at is None and stop.release_at is not None and stop.release_at >= at


def _made(one: Seen, span: Span, ports: Ports, kept: OpenLine | None) -> OpenLine:
    """Lay the tour out; what *kept*, another form of it, says of the same stops is taken over."""
    ahead = laid_out(one.done, one.ahead, span[0], {} if kept is None else kept.visits)
    vehicle = one.courier.vehicle
    sizes = (
        vehicle.max_weight_g,
        vehicle.max_volume_cm3,
        MANY_COLD_PLACES if vehicle.cold else 0,
    )
    line = line_of(
        ahead.visits,
        [stop.kind is StopKind.PICKUP for stop in one.ahead],
        sizes,
        ahead.brought,
    )
    ways = known_ways(ports.streets, vehicle.kind.value, span)
    numbered = ways.numbers(_places(one))
    setup_s = np.array([0, *(visit.setup_s for visit in ahead.visits), 0], dtype=np.int64)
    return OpenLine(
        seen=one,
        span=span,
        streets=ports.streets,
        line=line,
        visits={
            stop.stop_id: (stop, visit) for stop, visit in zip(one.ahead, ahead.visits, strict=True)
        },
        ways=ways,
        numbered=numbered,
        setup_s=setup_s,
        next_s=_next_s(ways, numbered, setup_s),
        held_us=np.array(
            [_FIRM if s.held_until is None else _us(span, s.held_until) for s in one.ahead],
            dtype=np.int64,
        ),
        waits=all(stop.over or _goes_later(stop, span[0]) for stop in one.tour.stops),
    )


def _us(span: Span, at: datetime) -> int:
    return (at - span[0]) // _MICROSECOND


def _places(one: Seen) -> list[Place]:
    """Where it starts, its stops, and its end or the last of these again."""
    places = [one.here, *(stop.place for stop in one.ahead)]
    return [*places, one.courier.end or places[-1]]


def _next_s(ways: KnownWays, numbered: IntMatrix, setup_s: IntMatrix) -> IntMatrix:
    moves = numbered[:-1] != numbered[1:]
    return ways.legs(numbered) + np.where(moves, setup_s[1:], 0)
