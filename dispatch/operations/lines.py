"""The open tours of a day as arrays, each made once for as long as it stays as it is.

Decides what is remembered: the stops, windows, loads and ways of a tour, found again by the
value of the tour itself.  So neither another process nor another store can make it lie; a
clock that goes on changes only when a tour begins, which is not in it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Final

import numpy as np

from dispatch.core.ids import TourId
from dispatch.core.places import Place
from dispatch.operations.open_orders import OpenOrders
from dispatch.operations.ports import Ports, Streets
from dispatch.operations.seen import Seen, seen
from dispatch.routing.one_more import Line, line_of
from dispatch.routing.problem import IntMatrix, Visit
from dispatch.tracking.tours import Tour

#: Tours remembered: two towns' couriers in both shifts, 50 kB each.
_KEPT: Final = 64
#: More cold boxes than anybody carries.
MANY_COLD_PLACES: Final = 1_000

#: From the hand-out until the last shift ends: nobody knows yet in which hour a leg is driven.
Span = tuple[datetime, datetime]
#: Latitude and longitude: two labels of one point are one place.
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class OpenLine:
    """One tour from an instant on.

    seen   : the tour, split at the first instant of *span*
    line   : its k stops ahead
    places : its start and the k stops;  points: these, and its end, once each
    setup_s: (k + 1,) of each stop, and 0 for the way home
    next_s : (k + 1,) way and setup to each stop, then the way home, 0 where there is none
    waits  : True when nothing was handed out that the courier could leave for meanwhile
    """

    seen: Seen
    span: Span
    streets: Streets
    line: Line
    places: tuple[Place, ...]
    points: dict[Point, Place]
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


_lines: OrderedDict[TourId, OpenLine] = OrderedDict()
_lock: Final = Lock()


def line_at(tour: Tour, now: datetime, span: Span, ports: Ports) -> OpenLine:
    """Return the open part of *tour* from *span* on, told *now*; made anew only when it changed."""
    with _lock:
        kept = _lines.get(tour.tour_id)
    known = kept if kept is not None and kept.is_of(tour, span, ports) else None
    if known is not None and known.waits:
        return known
    one = seen(tour, now, span[0], ports)
    if known is not None and known.seen.done == one.done and known.seen.here == one.here:
        return replace(known, seen=one)
    made = _made(one, span, ports)
    with _lock:
        _lines[tour.tour_id] = made
        _lines.move_to_end(tour.tour_id)
        if len(_lines) > _KEPT:
            _lines.popitem(last=False)
    return made


def _made(one: Seen, span: Span, ports: Ports) -> OpenLine:
    builder = OpenOrders(span[0])
    node_of = builder.add_tour(0, one.done, one.ahead)
    visits: list[Visit] = []
    job_of: list[int] = []
    aboard = np.zeros(3, dtype=np.int64)
    for j, job in enumerate(builder.jobs):
        visits += [*job.pickups, job.drop]
        job_of += [j] * (len(job.pickups) + 1)
        if not job.pickups:
            aboard += job.drop.load
    nodes = [node_of[stop.stop_id] for stop in one.ahead]
    own = [visits[node] for node in nodes]
    fetches = [visits[node] is not builder.jobs[job_of[node]].drop for node in nodes]
    vehicle = one.courier.vehicle
    sizes = (
        vehicle.max_weight_g,
        vehicle.max_volume_cm3,
        MANY_COLD_PLACES if vehicle.cold else 0,
    )
    capacity = [max(0, c - b) for c, b in zip(sizes, builder.on_board[0], strict=True)]
    line = line_of(own, [job_of[node] for node in nodes], fetches, capacity, aboard.tolist())
    places = (one.here, *(stop.place for stop in one.ahead))
    end = one.courier.end
    there = (*places[1:], places[-1] if end is None else end)
    points = {point(place): place for place in (*places, there[-1])}
    row_of = {key: row for row, key in enumerate(points)}
    here, next_ = (np.array([row_of[point(place)] for place in some]) for some in (places, there))
    ways_s = ports.streets.durations_s(list(points.values()), vehicle.kind.value, at=span)
    setup_s = np.array([*(visit.setup_s for visit in own), 0], dtype=np.int64)
    next_s = ways_s[here, next_] + np.where(here != next_, setup_s, 0)
    waits = all(stop.over for stop in one.tour.manifest)
    return OpenLine(one, span, ports.streets, line, places, points, setup_s, next_s, waits)


def point(place: Place) -> Point:
    return place.lat_deg, place.lon_deg
