"""The open tours of a day as arrays, each made once for as long as it stays as it is.

Decides what is remembered: the stops, windows, loads and ways of a tour, found again by the
value of the tour itself.  So neither another process nor another store can make it lie; a
clock that goes on changes only when a tour begins, which is not in it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Final

import numpy as np

from dispatch.core.ids import TourId
from dispatch.core.places import Place
from dispatch.core.windows import seconds_between
from dispatch.operations.open_orders import MANY_COLD_PLACES, OpenOrders
from dispatch.operations.ports import Ports, Streets
from dispatch.operations.seen import Seen, seen
from dispatch.routing.one_more import Line, line_of
from dispatch.routing.problem import IntMatrix, Visit
from dispatch.routing.spans import first_allowed
from dispatch.tracking.tours import Stop, Tour

#: Tours remembered: two towns' couriers in both shifts, 50 kB each.
_KEPT: Final = 64

#: From the hand-out until the last shift ends: nobody knows yet in which hour a leg is driven.
Span = tuple[datetime, datetime]
#: Latitude and longitude: two labels of one point are one place.
Point = tuple[float, float]
#: From here to there.
Leg = tuple[Point, Point]


@dataclass(frozen=True, slots=True, eq=False)
class OpenLine:
    """One tour from an instant on.

    seen   : the tour, split at the first instant of *span*
    line   : its k stops ahead;  visits: the same by stop
    places : its start and the k stops;  points: these, and its end, once each
    ways_s : seconds from one place to the next, and home
    setup_s: (k + 1,) of each stop, and 0 for the way home
    next_s : (k + 1,) way and setup to each stop, then the way home, 0 where there is none
    waits  : True when nothing was handed out that the courier could leave for meanwhile
    """

    seen: Seen
    span: Span
    streets: Streets
    line: Line
    visits: Mapping[str, tuple[Stop, Visit]]
    places: tuple[Place, ...]
    points: dict[Point, Place]
    ways_s: Mapping[Leg, int]
    setup_s: IntMatrix
    next_s: IntMatrix
    waits: bool

    @property
    def profile(self) -> str:
        return self.seen.courier.vehicle.kind.value

    def is_of(self, tour: Tour, span: Span, ports: Ports) -> bool:
        """True when the tour, its courier and the streets are the same."""
        return (
            self.seen.tour == tour
            and self.span == span
            and self.seen.courier == ports.territory.courier(tour.courier_id)
            and self.streets == ports.streets
        )


#: A quote may count on another wave than a booking of the same minute does.
_lines: OrderedDict[tuple[TourId, Span], OpenLine] = OrderedDict()
_lock: Final = Lock()


def line_at(tour: Tour, now: datetime, span: Span, ports: Ports) -> OpenLine:
    """Return the open part of *tour* from *span* on, told *now*; made anew only when it changed."""
    key = tour.tour_id, span
    with _lock:
        kept = _lines.get(key)
    known = kept if kept is not None and kept.is_of(tour, span, ports) else None
    if known is not None and known.waits:
        return known
    one = seen(tour, now, span[0], ports)
    if known is not None and known.seen.done == one.done and known.seen.here == one.here:
        return replace(known, seen=one)
    made = _made(one, span, ports, kept)
    with _lock:
        _lines[key] = made
        _lines.move_to_end(key)
        if len(_lines) > _KEPT:
            _lines.popitem(last=False)
    return made


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


def _made(one: Seen, span: Span, ports: Ports, kept: OpenLine | None) -> OpenLine:
    """Lay the tour out; what *kept*, its line of before, says of the same stops is taken over."""
    if kept is not None and kept.streets != ports.streets:
        kept = None
    builder = OpenOrders(span[0], {} if kept is None else kept.visits)
    node_of = builder.add_tour(0, one.done, one.ahead)
    visits: list[Visit] = []
    job_of: list[int] = []
    fetches: list[bool] = []
    aboard = np.zeros(len(builder.on_board[0]), dtype=np.int64)
    for j, job in enumerate(builder.jobs):
        visits += [*job.pickups, job.drop]
        job_of += [j] * (len(job.pickups) + 1)
        fetches += [*(True for _ in job.pickups), False]
        if not job.pickups:
            aboard += job.drop.load
    nodes = [node_of[stop.stop_id] for stop in one.ahead]
    own = [visits[node] for node in nodes]
    vehicle = one.courier.vehicle
    sizes = (
        vehicle.max_weight_g,
        vehicle.max_volume_cm3,
        MANY_COLD_PLACES if vehicle.cold else 0,
    )
    line = line_of(
        own,
        [job_of[node] for node in nodes],
        [fetches[node] for node in nodes],
        [max(0, c - b) for c, b in zip(sizes, builder.on_board[0], strict=True)],
        aboard.tolist(),
    )
    places = (one.here, *(stop.place for stop in one.ahead))
    there = (*places[1:], one.courier.end or places[-1])
    points = {point(place): place for place in (*places, there[-1])}
    legs = [(point(a), point(b)) for a, b in zip(places, there, strict=True)]
    known = {} if kept is None else kept.ways_s
    ways_s = _ways_s(legs, points, vehicle.kind.value, span, ports, known)
    setup_s = np.array([*(visit.setup_s for visit in own), 0], dtype=np.int64)
    moves = [here != there for here, there in legs]
    next_s = np.array([ways_s[leg] for leg in legs], dtype=np.int64)
    return OpenLine(
        seen=one,
        span=span,
        streets=ports.streets,
        line=line,
        visits={stop.stop_id: (stop, visit) for stop, visit in zip(one.ahead, own, strict=True)},
        places=places,
        points=points,
        ways_s=ways_s,
        setup_s=setup_s,
        next_s=next_s + np.where(moves, setup_s, 0),
        waits=all(stop.over for stop in one.tour.manifest),
    )


def _ways_s(
    legs: Sequence[Leg],
    places: Mapping[Point, Place],
    profile: str,
    span: Span,
    ports: Ports,
    known: Mapping[Leg, int],
) -> dict[Leg, int]:
    """The seconds of each of *legs*; only those not *known* are asked for, in one table."""
    new = [leg for leg in legs if leg not in known]
    answer = {leg: known[leg] for leg in legs if leg in known}
    if not new:
        return answer
    row = {key: n for n, key in enumerate(dict.fromkeys(key for leg in new for key in leg))}
    table = ports.streets.durations_s([places[key] for key in row], profile, at=span)
    return answer | {(a, b): int(table[row[a], row[b]]) for a, b in new}


def point(place: Place) -> Point:
    return place.lat_deg, place.lon_deg
