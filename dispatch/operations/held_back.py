"""Refused only because other quotes hold the places: say so, and when to ask again.

Decides by trying: the same window in the same tours without any hold, and then as they
will be when the next holds expire.  A place that is booked meanwhile is gone all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.civil import local_text, whole_minute
from dispatch.core.ids import TourId
from dispatch.core.reasons import Refusal, Way
from dispatch.core.remembered import remembered
from dispatch.core.windows import TimeWindow
from dispatch.operations.express import Desk, find_places, stops_of, takers, which_work
from dispatch.operations.fit import Fit
from dispatch.operations.holds import held_drops
from dispatch.operations.ports import Ports
from dispatch.operations.quote_ask import Ask, promised
from dispatch.operations.timetable import planned_release
from dispatch.orders.quotes import Option
from dispatch.slots.promises import Promise, is_express_slot
from dispatch.slots.service_levels import Mode
from dispatch.tracking.tours import Stop, Tour

#: Refusals that a place more could undo.
_FULL: Final = frozenset({"no_feasible_insertion", "capacity_full"})


def told_of_holds(
    ask: Ask, options: Sequence[Option], table: Desk, ports: Ports
) -> tuple[list[Option], bool]:
    """Return the express *options*, and whether one of them is refused because of holds alone.

    The first that is says when to ask again, if trying finds such a time; the others only why.
    """
    full = [n for n, option in enumerate(options) if _is_full(option)]
    # By whole minutes: four questions tell which, and nobody asks again to the second.
    expiries = sorted(frozenset().union(*map(_expiries, table.tours)))
    if not full or not expiries:
        return list(options), False
    windows = [window for n in full if (window := options[n].window) is not None]
    envelope = promised(Mode.EXPRESS, ask.merchants, ask, ports)
    if isinstance(envelope, Refusal):
        return list(options), False
    order = stops_of(ask.quote_id, ask.request, envelope, ports, held_until=ask.expires_at)
    works = which_work(order, windows, table, ports, freed_at=expiries[-1])
    answer, told = list(options), False
    for n, free in zip(full, works, strict=True):
        if not free:
            continue
        at = None if told else _first_retry(ask, n == 0, answer[n].window, expiries, table, ports)
        answer[n] = _held_by_others(answer[n], at)
        told = True
    return answer, told


@remembered
def _expiries(tour: Tour) -> frozenset[datetime]:
    held = (stop.held_until for stop in held_drops([tour]))
    return frozenset(whole_minute(until) for until in held if until is not None)


def _is_full(option: Option) -> bool:
    return option.window is not None and any(r.code in _FULL for r in option.refusals)


def _held_by_others(option: Option, at: datetime | None) -> Option:
    (refusal,) = option.refusals
    unlock = refusal.unlock if at is None else {**refusal.unlock, "retry_at": local_text(at)}
    ways = refusal.ways if at is None else (*refusal.ways, Way("retry_at", at=at))
    told = replace(refusal, code="held_by_others", binding=("holds",), unlock=unlock, ways=ways)
    return replace(option, refusals=(told,))


@dataclass(frozen=True, slots=True)
class _LaterClock:
    """The house's clock, set to an instant still to come."""

    at: datetime
    pace: float
    stopped_s: float

    def now(self) -> datetime:
        return self.at

    def stopwatch_s(self) -> float:
        return self.stopped_s


def _first_retry(
    ask: Ask,
    soonest: bool,
    window: TimeWindow | None,
    expiries: Sequence[datetime],
    table: Desk,
    ports: Ports,
) -> datetime | None:
    """Return the first of *expiries* at which the question gets a yes, halving; None: never.

    soonest : "as soon as possible", whatever its window is by then
    """

    # A tour that is too full with fewer holds is too full with more: it is not tried again.
    among = frozenset(tour.tour_id for tour in table.tours)

    def asked(n: int) -> _Later | None:
        return _asked_at(expiries[n], ask, soonest, window, table, ports)

    def works(n: int) -> bool:
        nonlocal among
        later = asked(n)
        found = frozenset[TourId]() if later is None else later.takers(among)
        among = found or among
        return bool(found)

    first, last = 0, len(expiries) - 1
    if not works(last):
        return None
    while first < last:
        middle = (first + last) // 2
        if works(middle):
            last = middle
        else:
            first = middle + 1
    answer = asked(last)
    return expiries[last] if answer is not None and answer.is_sold else None


@dataclass(frozen=True, slots=True)
class _Later:
    """The same question asked *at* an instant still to come, in the day of then."""

    at: datetime
    order: tuple[Stop, ...]
    window: TimeWindow
    table: Desk
    ports: Ports

    def takers(self, among: frozenset[TourId]) -> frozenset[TourId]:
        """Return the tours of *among* that have the room, whoever pays for it."""
        return takers(
            self.order, self.window, self.table, self.ports, among=among, freed_at=self.at
        )

    @property
    def is_sold(self) -> bool:
        """True where nobody loses by it either: asked once, of the answer, as it costs more."""
        tours = tuple(tour.without_expired_holds(self.at) for tour in self.table.tours)
        freed = replace(self.table, tours=tours)
        (found,) = find_places(self.order, [self.window], freed, self.ports)
        return isinstance(found, Fit)


def _asked_at(
    at: datetime,
    ask: Ask,
    soonest: bool,
    window: TimeWindow | None,
    table: Desk,
    ports: Ports,
) -> _Later | None:
    """Ask the same at *at*: in the calendar, hours and waves of that moment; None: no promise."""
    clock = _LaterClock(at, ports.clock.pace, ports.clock.stopwatch_s())
    then = replace(ports, clock=clock)
    expires_at = at + timedelta(minutes=ports.parameters.quote_life_min)
    later = replace(ask, now=at, expires_at=expires_at)
    envelope = promised(Mode.EXPRESS, ask.merchants, later, then)
    if not isinstance(envelope, Promise):
        return None
    wanted = envelope.window if soonest or window is None else window
    level = ports.parameters.levels[Mode.EXPRESS]
    if not soonest and not is_express_slot(wanted, envelope, level):
        return None
    desk = replace(table, release_at=planned_release(expires_at, ports))
    order = stops_of(later.quote_id, later.request, envelope, then, held_until=later.expires_at)
    return _Later(at, order, wanted, desk, then)
