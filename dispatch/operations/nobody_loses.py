"""Does anybody lose by a change of the tours?  Asked of every hand-out that somebody counts on.

Decides who would be later than promised, or fall, and was not before.  What is changed is the
caller's: an order more, others moved for it, a wave's plan.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import datetime

from dispatch.core.ids import QuoteId
from dispatch.core.remembered import remembered
from dispatch.operations.lateness import Lateness, lateness
from dispatch.operations.ports import Ports
from dispatch.operations.standing import standing
from dispatch.operations.timetable import planned_release, release_of
from dispatch.tracking.tours import Stop, Tour


def nobody_loses(
    before: Sequence[Tour],
    after: Sequence[Tour],
    ports: Ports,
    *,
    strangers: Container[QuoteId] = (),
) -> bool:
    """Is everybody on time in the tours *after*, or no later than *before*?"""
    return not any(_losers(before, after, ports, strangers))


def who_loses(
    before: Sequence[Tour],
    after: Sequence[Tour],
    ports: Ports,
    *,
    strangers: Container[QuoteId] = (),
) -> frozenset[QuoteId]:
    """Return whose orders are later in the tours *after* than promised, and than *before*.

    Asked as of now and of each hand-out that a place in *after* was found for: a hold that is
    paid at its last second is to be honoured, and one that is paid at once breaks nothing.

    before, after : all tours that change
    strangers     : orders without a place before, who may be late
    """
    return frozenset().union(*_losers(before, after, ports, strangers))


def _losers(
    before: Sequence[Tour], after: Sequence[Tour], ports: Ports, strangers: Container[QuoteId]
) -> Iterator[frozenset[QuoteId]]:
    """Who loses as of each instant, one after the other."""
    for at in counted_on(after, ports):
        then = _as_of(after, at, ports)
        if not then.is_well:
            yield then.losers(_as_of(before, at, ports), strangers=strangers)


def counted_on(tours: Iterable[Tour], ports: Ports) -> list[datetime]:
    """Return now, the next hand-out, and those that places in *tours* were found for, in order."""
    now = ports.clock.now()
    moments = {now}
    for tour in tours:
        moments |= {at for stop in _waiting(tour) if (at := release_of(stop, tour.day, now, ports))}
        if (next_at := planned_release(now, ports, tour.day)) is not None:
            moments.add(next_at)
    return sorted(moments)


@remembered
def _waiting(tour: Tour) -> tuple[Stop, ...]:
    """Return a stop for each hand-out that stops of *tour* count on: of many there are few."""
    open_stops = (stop for stop in tour.stops if not stop.over and stop.published_at is None)
    return tuple({(stop.release_at, stop.held_until): stop for stop in open_stops}.values())


def _as_of(tours: Sequence[Tour], at: datetime, ports: Ports) -> Lateness:
    day = standing(tours, at, ports)
    return lateness(day, day.sequences)
