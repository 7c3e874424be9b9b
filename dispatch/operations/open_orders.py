"""The orders still open as a solver sees them: jobs, nodes, and the stop behind each node.

Decides which parcels are on board, and so whose job they are; and what each stop ahead then
takes on or gives up, also for who needs the stops of a tour without their jobs.  What is open is
``standing``'s question; where it goes next, the solver's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from dispatch.core.places import Place
from dispatch.core.windows import seconds_between
from dispatch.routing.problem import Job, Visit
from dispatch.routing.work import Windows
from dispatch.tracking.tours import Stop, StopKind, StopState

#: One entry per capacity dimension: grams, cubic centimetres, cold places.
Load = tuple[int, int, int]

#: More cold boxes than anybody carries.
MANY_COLD_PLACES: Final = 1_000


_NOTHING: Final[Load] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Ahead:
    """The stops ahead of one tour, second 0 being an instant of the caller's.

    visits : one per stop, in order; their places are no matter
    brought: what is on board from the beginning and is dropped by one of *visits*
    """

    visits: tuple[Visit, ...]
    brought: Load


def laid_out(
    done: Sequence[Stop],
    ahead: Sequence[Stop],
    at: datetime,
    known: Mapping[str, tuple[Stop, Visit]],
) -> Ahead:
    """Return the stops *ahead* of a tour as visits, its stops *done* being behind.

    known : stops laid out before for *at*, and their visits, by stop
    """
    aboard = _aboard(done, ahead)
    fetched: dict[str, Load] = {}
    for stop in ahead:
        if stop.kind is StopKind.PICKUP:
            fetched[stop.errand] = plus(fetched.get(stop.errand, _NOTHING), stop.load)
    visits: list[Visit] = []
    for stop in ahead:
        load, name = stop.load, stop.errand
        if stop.kind is not StopKind.PICKUP:
            load = plus(fetched.get(name, _NOTHING), aboard.get(name, _NOTHING))
        old, visit = known.get(stop.stop_id, _UNKNOWN)
        if visit is None or visit.load != load or not (old is stop or old == stop):
            visit = visit_of(0, stop, load, at)
        visits.append(visit)
    brought = _NOTHING
    for load in aboard.values():
        brought = plus(brought, load)
    return Ahead(tuple(visits), brought)


_UNKNOWN: Final[tuple[Stop | None, Visit | None]] = (None, None)


class OpenOrders:
    """Gathers places, jobs and the stop behind each node, second 0 being *at*."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.places: list[Place] = []
        self.jobs: list[Job] = []
        self.stops: list[Stop] = []
        self._row: dict[tuple[float, float], int] = {}

    def place(self, place: Place) -> int:
        key = (place.lat_deg, place.lon_deg)
        if key not in self._row:
            self._row[key] = len(self.places)
            self.places.append(place)
        return self._row[key]

    def add_tour(self, v: int, done: Sequence[Stop], ahead: Sequence[Stop]) -> dict[str, int]:
        """Add every order still ahead in the tour of vehicle *v*; return the node of each stop."""
        node_of: dict[str, int] = {}
        parts = _aboard(done, ahead)
        orders: dict[str, tuple[Stop, ...]] = {}
        for stop in ahead:
            orders[stop.errand] = (*orders.get(stop.errand, ()), stop)
        for name, order in orders.items():
            aboard = parts.get(name)
            first = len(self.stops)
            ordered = self.add_order(
                order, vehicle=v if aboard is not None else None, aboard=aboard or _NOTHING
            )
            node_of |= {stop.stop_id: first + i for i, stop in enumerate(ordered)}
        return node_of

    def add_order(
        self,
        order: tuple[Stop, ...],
        *,
        vehicle: int | None,
        aboard: Load = _NOTHING,
    ) -> tuple[Stop, ...]:
        """Add one order as a job; return its stops in the order of the nodes."""
        pickups = tuple(stop for stop in order if stop.kind is StopKind.PICKUP)
        (drop,) = (stop for stop in order if stop.kind is not StopKind.PICKUP)
        load = aboard
        for stop in pickups:
            load = plus(load, stop.load)
        self.jobs.append(
            Job(
                job_id=drop.errand,
                pickups=tuple(self._visit(stop, stop.load) for stop in pickups),
                drop=self._visit(drop, load),
                vehicles=None if vehicle is None else frozenset({vehicle}),
            )
        )
        self.stops += [*pickups, drop]
        return (*pickups, drop)

    def _visit(self, stop: Stop, load: Load) -> Visit:
        return visit_of(self.place(stop.place), stop, load, self.at)


def visit_of(place: int, stop: Stop, load: Load, at: datetime) -> Visit:
    """Return *stop* as a visit of *place* that takes on or gives up *load*, second 0 being *at*."""
    windows, due_s = _times(stop, at)
    return Visit(place, windows, stop.service_s, load, due_s, stop.setup_s)


def _aboard(done: Sequence[Stop], ahead: Sequence[Stop]) -> dict[str, Load]:
    """What was fetched for doorsteps *ahead* already, by order; an order without any is not there.

    Told by the shipments: an earlier visit to the same door may have taken its own.
    """
    fetched = [
        stop for stop in done if stop.kind is StopKind.PICKUP and stop.state is not StopState.FAILED
    ]
    if not fetched:
        return {}
    order_of = {shipment_id: stop.errand for stop in ahead for shipment_id in stop.shipment_ids}
    waiting = {stop.errand for stop in ahead}
    aboard: dict[str, Load] = {}
    for stop in fetched:
        names = {order_of[s] for s in stop.shipment_ids if s in order_of}
        # What is only held has no shipments yet, and one visit.
        for name in names if stop.shipment_ids else {stop.errand} & waiting:
            aboard[name] = plus(aboard.get(name, _NOTHING), stop.load)
    return aboard


def timed_visit(visit: Visit, stop: Stop, at: datetime) -> Visit:
    """The visit with the stop's windows and promise, in seconds after *at*."""
    windows, due_s = _times(stop, at)
    return replace(visit, windows=windows, due_s=due_s)


def _times(stop: Stop, at: datetime) -> tuple[Windows, int | None]:
    spans = (
        (max(0, seconds_between(at, w.opens_at)), seconds_between(at, w.closes_at) - 1)
        for w in stop.windows
    )
    # A window wholly in the past is kept as one that nobody can meet.
    windows = tuple((a, b) for a, b in spans if a <= b) or ((0, 0),)
    return windows, None if stop.due_at is None else seconds_between(at, stop.due_at)


def plus(a: Load, b: Load) -> Load:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]
