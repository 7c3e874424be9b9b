"""Facts from the road: what a courier's phone says happened, applied to the tour once.

A fact carries the phone's time and the server's: a phone without signal tells
the truth late.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from dispatch.core.errors import Conflict, NotFound
from dispatch.core.ids import CourierId, TourId
from dispatch.core.places import Place
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour


class FactKind(StrEnum):
    ARRIVED = "arrived"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened at one stop.

    fact_id : made by the phone: sent twice, counted once
    """

    fact_id: str
    tour_id: TourId
    courier_id: CourierId
    stop_id: str
    kind: FactKind
    at_device: datetime
    at_server: datetime
    reason: str | None = None
    position: Place | None = None

    def __post_init__(self) -> None:
        if (self.kind is FactKind.FAILED) != (self.reason is not None):
            raise ValueError(f"a failed stop has a reason and no other does: {self.kind}")


def apply(tour: Tour, fact: Fact) -> Tour:
    """Return *tour* after *fact*.

    The order of the list stays the order of the road, whatever the courier chose and
    however late the phone told it: first what is over, by the time it ended, then the
    stop the courier stands at, then the rest.

    Raises
    ------
    NotFound
        When the stop is not in the courier's manifest.
    Conflict
        When the stop is over already and the fact says otherwise, or when it is a
        doorstep and a shop of its order has not been reported yet.
    """
    stop = next((s for s in tour.manifest if s.stop_id == fact.stop_id), None)
    if stop is None:
        raise NotFound(f"no stop {fact.stop_id} in tour {tour.tour_id}", stop_id=fact.stop_id)
    after = _after(stop, fact)
    if after is stop:
        return tour
    if stop.kind is StopKind.DROP and (missing := _not_fetched(tour, stop)):
        raise Conflict(
            f"stop {stop.stop_id} comes after its pickup {missing.stop_id}, still open",
            stop_id=stop.stop_id,
        )
    rest = [s for s in tour.stops if s.stop_id != stop.stop_id]
    before = sum(1 for s in rest if s.over and not _ended_later(s, after))
    return replace(tour, stops=(*rest[:before], after, *rest[before:]))


def _not_fetched(tour: Tour, drop: Stop) -> Stop | None:
    """The first shop of the same order where nothing was reported over yet."""
    return next(
        (
            s
            for s in tour.stops
            if s.quote_id == drop.quote_id and s.kind is StopKind.PICKUP and not s.over
        ),
        None,
    )


def _ended_later(other: Stop, stop: Stop) -> bool:
    if other.ended_at is None or stop.ended_at is None:
        return False
    return other.ended_at > stop.ended_at


def _after(stop: Stop, fact: Fact) -> Stop:
    if fact.kind is FactKind.ARRIVED:
        return stop if stop.state is not StopState.OPEN else replace(stop, state=StopState.ARRIVED)
    state = StopState.DONE if fact.kind is FactKind.DONE else StopState.FAILED
    if stop.over:
        if stop.state is state:
            return stop
        raise Conflict(f"stop {stop.stop_id} is already {stop.state}", stop_id=stop.stop_id)
    return replace(stop, state=state, ended_at=fact.at_device, reason=fact.reason)
