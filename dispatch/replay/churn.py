"""What a policy's act changed for couriers who had a tour already.

Decides what counts: a stop moved is one that another courier has now, or that comes before
one it came after.  A next stop changed *silently* when the courier had left for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dispatch.tracking.tours import Stop, StopState, Tour


@dataclass(frozen=True, slots=True)
class Churn:
    """How often, on one day.

    silent     : a courier's next stop was another while on the way to it, or there
    next_stops : it was another before the courier had left: the page shows it
    moved      : stops that couriers had been given, given to others or in another order
    """

    silent: int = 0
    next_stops: int = 0
    moved: int = 0

    def __add__(self, other: Churn) -> Churn:
        return Churn(
            self.silent + other.silent,
            self.next_stops + other.next_stops,
            self.moved + other.moved,
        )


def churn_between(before: Sequence[Tour], after: Sequence[Tour]) -> Churn:
    """Return what changed from *before* to *after* one act; the tours are of the same day."""
    now = {tour.tour_id: tour for tour in after}
    silent = next_stops = 0
    for tour in before:
        had, has = tour.next_stop, now[tour.tour_id].next_stop
        if had is None or (has is not None and has.stop_id == had.stop_id):
            continue
        left_for = had.departed_at is not None or had.state is StopState.ARRIVED
        silent, next_stops = silent + left_for, next_stops + (not left_for)
    return Churn(silent, next_stops, sum(_moved(tour, after) for tour in before))


def _moved(tour: Tour, after: Sequence[Tour]) -> int:
    rank = {stop.stop_id: n for n, stop in enumerate(_open(tour))}
    if not rank:
        return 0
    here = next(other for other in after if other.tour_id == tour.tour_id)
    kept = [rank[stop.stop_id] for stop in _open(here) if stop.stop_id in rank]
    elsewhere = {s.stop_id for other in after if other is not here for s in _open(other)}
    highest, overtaken = -1, 0
    for n in kept:
        overtaken += n < highest
        highest = max(highest, n)
    return overtaken + sum(stop_id in elsewhere for stop_id in rank)


def _open(tour: Tour) -> Iterator[Stop]:
    return (stop for stop in tour.manifest if not stop.over)
