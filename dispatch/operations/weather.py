"""A planner says that a day is wet, or takes it back: ways of that day are longer, or not.

Decides of which days that can be said, and that expected times are told anew at once.  Nobody is
moved by it: tours keep their order, promises stay what they were, and what will be late by now
is a promise at risk like any other.  What rain does to ways is ``operations.learnt``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from dispatch.core.civil import local_day
from dispatch.core.errors import Invalid, StreetsUnavailable
from dispatch.core.ids import WetDayId
from dispatch.operations.audit import Change, note
from dispatch.operations.calibration import Calibration
from dispatch.operations.learnt import corrected
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.progress import retimed
from dispatch.operations.standing import adopt, standing, tours_of
from dispatch.operations.steady import on_one_engine
from dispatch.operations.think_first import think_first
from dispatch.operations.timetable import next_release
from dispatch.streets.wet_days import WetDay
from dispatch.tracking.tours import Tour

Said = TypeVar("Said")

#: Farther ahead nobody knows.  What is over can still be said: it teaches (``calibrate``).
MOST_AHEAD: Final = timedelta(days=10)
MOST_BACK: Final = timedelta(days=28)


def say_wet(day: date, ports: Ports) -> WetDay:
    """Note that *day* is wet and return what is noted; a second time nothing changes.

    Raises ``Invalid`` (field ``day``) for a day more than 10 days ahead or 28 days ago.
    """
    if not may_be_said(day, ports):
        raise Invalid(
            f"{day} is not within {MOST_BACK.days} days ago and {MOST_AHEAD.days} ahead",
            field="day",
        )

    def say(tx: Transaction) -> WetDay:
        known = _said(day, tx)
        if known is not None:
            return known
        wet = WetDay(WetDayId(ports.ids.new("wet")), day, ports.clock.now())
        tx.add_wet_day(wet)
        note(Change.WET_SAID, day.isoformat(), tx, ports)
        return wet

    return _with_other_ways(day, say, lambda days: days | {day}, ports)


def take_back_wet(day: date, ports: Ports) -> WetDay | None:
    """Note that *day* is not wet after all; return what was noted, None: nothing was."""

    def take_back(tx: Transaction) -> WetDay | None:
        known = _said(day, tx)
        if known is None:
            return None
        known = replace(known, taken_back_at=ports.clock.now())
        tx.put_wet_day(known)
        note(Change.WET_TAKEN_BACK, day.isoformat(), tx, ports)
        return known

    return _with_other_ways(day, take_back, lambda days: days - {day}, ports)


def wet_days(ports: Ports) -> tuple[WetDay, ...]:
    """Return the days that are said to be wet: from as long ago as can be said, in order."""
    with ports.store.reading() as tx:
        return tuple(tx.wet_days(local_day(ports.clock.now()) - MOST_BACK))


def may_be_said(day: date, ports: Ports) -> bool:
    """True for a day of which somebody may say that it is wet."""
    today = local_day(ports.clock.now())
    return today - MOST_BACK <= day <= today + MOST_AHEAD


def is_wet(day: date, ports: Ports) -> bool:
    """True for a day that somebody said is wet."""
    with ports.store.reading() as tx:
        return _said(day, tx) is not None


def _said(day: date, tx: Transaction) -> WetDay | None:
    return next((wet for wet in tx.wet_days(day) if wet.day == day), None)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One day before it is said: ways as they were and will be, and the hand-out to come."""

    learnt: Calibration | None
    wet: frozenset[date]
    tours: tuple[Tour, ...]
    release_at: datetime


def _with_other_ways(
    day: date,
    write: Callable[[Transaction], Said],
    then: Callable[[frozenset[date]], frozenset[date]],
    ports: Ports,
) -> Said:
    """Return what *write* returns; the times of *day*'s tours are told anew in the same breath.

    then : the wet days, from those of before
    """

    def look(tx: Transaction) -> _Seen:
        now = ports.clock.now()
        wet = frozenset(one.day for one in tx.wet_days(local_day(now)))
        is_over = day < local_day(now)
        tours = () if is_over else tours_of(tx, day, ports)
        release_at = next_release(tx, now, ports, day) or now
        return _Seen(tx.calibration_in_force(), wet, tours, release_at)

    def think(seen: _Seen) -> tuple[Tour, ...]:
        def retold(steady: Ports) -> tuple[Tour, ...]:
            before = corrected(steady, seen.learnt, seen.wet)
            after = corrected(steady, seen.learnt, then(seen.wet))
            return _retold(seen.tours, seen.release_at, before, after)

        # While nobody tells travel times the word still counts: from the next time on.
        with suppress(StreetsUnavailable):
            return on_one_engine(retold, ports) if any(t.stops for t in seen.tours) else ()
        return ()

    def written(tours: tuple[Tour, ...], tx: Transaction) -> Said:
        said = write(tx)
        for tour in tours:
            tx.put_tour(tour)
        return said

    return think_first(look, think, written, ports)


def _retold(
    tours: Sequence[Tour], release_at: datetime, before: Ports, after: Ports
) -> tuple[Tour, ...]:
    """Return those of *tours* whose stops are expected at other times on the ways of *after*.

    What couriers have is forecast anew.  What waits for a hand-out comes by as much later as its
    plan does: it may have been told to wait for longer than the next one.
    """
    were, are = _expected(tours, release_at, before), _expected(tours, release_at, after)
    later = {stop_id: at - were[stop_id] for stop_id, at in are.items() if stop_id in were}
    retold: list[Tour] = []
    for tour in tours:
        stops = tuple(
            replace(stop, eta_at=stop.eta_at + later[stop.stop_id])
            if stop.stop_id in later and stop.eta_at is not None
            else stop
            for stop in tour.stops
        )
        told = retimed(replace(tour, stops=stops), after)
        if told.stops != tour.stops:
            retold.append(told)
    return tuple(retold)


def _expected(tours: Sequence[Tour], at: datetime, ports: Ports) -> dict[str, datetime]:
    """When each stop that no courier has begins, by the plan as it stands, handed out at *at*."""
    day = standing(tours, at, ports)
    return {
        stop.stop_id: stop.eta_at
        for tour in adopt(day, day.sequences)
        for stop in tour.stops
        if stop.published_at is None and stop.eta_at is not None
    }
