"""What the road really took: legs and stays, read from a tour's facts.

Decides which pairs of facts measure something.  A leg counts when the courier set out at
once and reported the arrival when it happened; a stay when it ended with a handover.  Does
not know the streets, nor what was expected.

The instants are the phone's: a fact that was sent late still happened when it happened.
Where facts contradict each other the one that counts is measured (``tracking.facts``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.places import Place
from dispatch.core.windows import seconds_between
from dispatch.tracking.facts import Fact, FactKind, happened_at, verdicts
from dispatch.tracking.tours import Stop, Tour

#: Who pressed "arrived" and "done" within this pressed both when it was all over.
PRESSED_TOGETHER_S: Final = 10
#: Who was to leave later than this after the last stop has waited; nobody knows where.
WAITED: Final = timedelta(seconds=60)
#: Longer than this is a lunch, not a leg, and not a handover.
LONGEST_S: Final = 2 * 3600


@dataclass(frozen=True, slots=True)
class Leg:
    """From one stop to the next, ``took_s`` with parking and reaching the door (*setup_s*)."""

    start: Place
    end: Place
    left_at: datetime
    took_s: int
    setup_s: int


@dataclass(frozen=True, slots=True)
class Stay:
    """One stop, from the bell (or the opening, if that came later) to the handover."""

    stop: Stop
    ended_at: datetime
    took_s: int

    @property
    def began_at(self) -> datetime:
        return self.ended_at - timedelta(seconds=self.took_s)


@dataclass(frozen=True, slots=True)
class _Visit:
    """A stop with what was reported there, by the phone's time."""

    stop: Stop
    arrived_at: datetime
    ended_at: datetime
    handed_over: bool


def legs_and_stays(tour: Tour, facts: Sequence[Fact]) -> tuple[tuple[Leg, ...], tuple[Stay, ...]]:
    """Return what *facts* measured of *tour*, in order of time.

    The way to the first stop is never a leg: nobody reports leaving home.
    """
    legs: list[Leg] = []
    stays: list[Stay] = []
    ends = _ends(tour, facts)
    for visit in _visits(tour, facts):
        earlier = [(at, stop) for at, stop in ends if at <= visit.arrived_at]
        before = max(earlier, key=lambda end: end[0]) if earlier else None
        # Whoever reports the next stop before this one is over is at neither.
        disturbed = any(visit.arrived_at < at < visit.ended_at for at, _ in ends)
        if disturbed or seconds_between(visit.arrived_at, visit.ended_at) < PRESSED_TOGETHER_S:
            continue
        if before is not None and (leg := _leg(*before, visit)) is not None:
            legs.append(leg)
        if visit.handed_over and (stay := _stay(visit)) is not None:
            stays.append(stay)
    return tuple(legs), tuple(stays)


def _visits(tour: Tour, facts: Sequence[Fact]) -> list[_Visit]:
    at, told = happened_at(facts), verdicts(tour, facts)
    arrived: dict[str, datetime] = {}
    for fact in facts:
        if fact.kind is FactKind.ARRIVED:
            when = at[fact.fact_id]
            arrived[fact.stop_id] = min(when, arrived.get(fact.stop_id, when))
    visits = [
        _Visit(stop, arrived[stop.stop_id], end.at, end.fact.kind is FactKind.DONE)
        for stop in tour.stops
        if stop.stop_id in arrived
        and (end := told.get(stop.stop_id)) is not None
        and end.fact.kind is not FactKind.ARRIVED
    ]
    in_order = [visit for visit in visits if visit.arrived_at <= visit.ended_at]
    return sorted(in_order, key=lambda visit: visit.arrived_at)


def _ends(tour: Tour, facts: Sequence[Fact]) -> list[tuple[datetime, Stop]]:
    """When the courier was free to leave each stop, whatever came of it."""
    told = verdicts(tour, facts)
    return [
        (end.at, stop)
        for stop in tour.stops
        if (end := told.get(stop.stop_id)) is not None and end.fact.kind is not FactKind.ARRIVED
    ]


def _leg(left_at: datetime, before: Stop, visit: _Visit) -> Leg | None:
    stop = visit.stop
    meant_to_leave = [at for at in (stop.published_at, stop.departed_at) if at is not None]
    if before.place == stop.place or max(meant_to_leave, default=left_at) > left_at + WAITED:
        return None
    took_s = seconds_between(left_at, visit.arrived_at)
    if not stop.setup_s < took_s <= LONGEST_S:
        return None
    return Leg(before.place, stop.place, left_at, took_s, stop.setup_s)


def _stay(visit: _Visit) -> Stay | None:
    openings = [w.opens_at for w in visit.stop.windows if w.closes_at > visit.arrived_at]
    begun_at = max(visit.arrived_at, min(openings, default=visit.arrived_at))
    took_s = seconds_between(begun_at, visit.ended_at)
    if not PRESSED_TOGETHER_S <= took_s <= LONGEST_S:
        return None
    return Stay(visit.stop, visit.ended_at, took_s)
