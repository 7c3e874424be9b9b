"""The orders still open as a solver sees them: jobs, nodes, and the stop behind each node.

Decides which parcels are on board, and so whose job they are.  What is open is
``standing``'s question; where it goes next, the solver's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from dispatch.core.ids import QuoteId
from dispatch.core.places import Place
from dispatch.core.windows import seconds_between
from dispatch.routing.problem import Job, Visit
from dispatch.routing.work import Windows
from dispatch.tracking.tours import Stop, StopKind, StopState

#: One entry per capacity dimension: grams, cubic centimetres, cold places.
Load = tuple[int, int, int]

#: More cold boxes than anybody carries.
MANY_COLD_PLACES: Final = 1_000


class OpenOrders:
    """Gathers places, jobs and the stop behind each node, second 0 being *at*.

    on_board : per vehicle, the load that no job of the problem carries: the fetched
               half of orders whose other half still waits at a shop
    known    : stops laid out before and their visits, by stop; of those taken over the place
               is another problem's, so it is for callers to whom places are no matter
    """

    def __init__(
        self, at: datetime, known: Mapping[str, tuple[Stop, Visit]] = MappingProxyType({})
    ) -> None:
        self.at, self.known = at, known
        self.places: list[Place] = []
        self.jobs: list[Job] = []
        self.stops: list[Stop] = []
        self.on_board: dict[int, Load] = {}
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
        self.on_board[v] = (0, 0, 0)
        orders: dict[QuoteId, tuple[Stop, ...]] = {}
        for stop in ahead:
            orders[stop.quote_id] = (*orders.get(stop.quote_id, ()), stop)
        for order in orders.values():
            aboard = _aboard(order, done)
            pickups_ahead = any(stop.kind is StopKind.PICKUP for stop in order)
            if aboard is not None and pickups_ahead:
                # Half fetched: that half stays on board whatever happens next.
                self.on_board[v] = _plus(self.on_board[v], aboard)
            first = len(self.stops)
            ordered = self.add_order(
                order, vehicle=v if aboard is not None else None, aboard=aboard or (0, 0, 0)
            )
            node_of |= {stop.stop_id: first + i for i, stop in enumerate(ordered)}
        return node_of

    def add_order(
        self,
        order: tuple[Stop, ...],
        *,
        vehicle: int | None,
        aboard: Load = (0, 0, 0),
    ) -> tuple[Stop, ...]:
        """Add one order as a job; return its stops in the order of the nodes."""
        pickups = tuple(stop for stop in order if stop.kind is StopKind.PICKUP)
        (drop,) = (stop for stop in order if stop.kind is StopKind.DROP)
        load = (0, 0, 0)
        for stop in pickups:
            load = _plus(load, stop.load)
        self.jobs.append(
            Job(
                job_id=drop.quote_id,
                pickups=tuple(self._visit(stop, stop.load) for stop in pickups),
                drop=self._visit(drop, load if pickups else aboard),
                vehicles=None if vehicle is None else frozenset({vehicle}),
            )
        )
        self.stops += [*pickups, drop]
        return (*pickups, drop)

    def _visit(self, stop: Stop, load: Load) -> Visit:
        before = self.known.get(stop.stop_id)
        if before is not None and before[1].load == load and before[0] == stop:
            return before[1]
        windows, due_s = _times(stop, self.at)
        return Visit(self.place(stop.place), windows, stop.service_s, load, due_s, stop.setup_s)


def _aboard(order: Sequence[Stop], done: Sequence[Stop]) -> Load | None:
    """What was fetched for the order's doorstep already; None: nothing.

    Told by the shipments: an earlier visit to the same door may have taken its own.
    """
    carried = {shipment_id for stop in order for shipment_id in stop.shipment_ids}
    loads = [
        stop.load
        for stop in done
        if stop.kind is StopKind.PICKUP
        and stop.state is not StopState.FAILED
        and carried & set(stop.shipment_ids)
    ]
    if not loads:
        return None
    load = (0, 0, 0)
    for part in loads:
        load = _plus(load, part)
    return load


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


def _plus(a: Load, b: Load) -> Load:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]
