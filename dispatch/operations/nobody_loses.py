"""Does anybody lose by a change of the tours?  Asked of every hand-out that somebody counts on.

Decides who would be later than promised, or fall, and was not before.  What is changed is the
caller's: an order more, others moved for it, a wave's plan.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.core.ids import QuoteId
from dispatch.operations.carry_over import begins_s
from dispatch.operations.ports import Ports
from dispatch.operations.standing import standing
from dispatch.operations.timetable import planned_release, release_of
from dispatch.tracking.tours import Tour


def nobody_loses(
    before: Sequence[Tour],
    after: Sequence[Tour],
    ports: Ports,
    *,
    strangers: Container[QuoteId] = (),
) -> bool:
    """Is everybody on time in the tours *after*, or no later than *before*?

    Asked as of now and of each hand-out that a place in *after* was found for: a hold that is
    paid at its last second is to be honoured, and one that is paid at once breaks nothing.

    before, after : all tours that change
    strangers     : orders without a place before, who may be late
    """
    for at in counted_on(after, ports):
        then = _as_of(after, at, ports)
        if then.is_well or _unharmed(_as_of(before, at, ports), then, strangers):
            continue
        return False
    return True


def counted_on(tours: Iterable[Tour], ports: Ports) -> list[datetime]:
    """Return now, the next hand-out, and those that places in *tours* were found for, in order."""
    now = ports.clock.now()
    moments = {now}
    for tour in tours:
        open_stops = (stop for stop in tour.stops if not stop.over and stop.published_at is None)
        moments |= {at for stop in open_stops if (at := release_of(stop, tour.day, now, ports))}
        if (next_at := planned_release(now, ports, tour.day)) is not None:
            moments.add(next_at)
    return sorted(moments)


@dataclass(frozen=True, slots=True)
class _AsOf:
    """Tours at one instant.

    late   : when each late stop begins, in seconds after that instant, and whose it is
    fallen : orders that no longer fit where they stood
    """

    late: dict[str, tuple[int, QuoteId]]
    fallen: frozenset[QuoteId]

    @property
    def is_well(self) -> bool:
        return not self.late and not self.fallen


def _as_of(tours: Sequence[Tour], at: datetime, ports: Ports) -> _AsOf:
    day = standing(tours, at, ports)
    due_s = [visit.due_s for visit in day.problem.visits]
    late = {
        day.stops[node].stop_id: (begin_s, day.stops[node].quote_id)
        for node, begin_s in begins_s(day, day.sequences).items()
        if (by_s := due_s[node]) is not None and begin_s > by_s
    }
    return _AsOf(late, frozenset(stops[0].quote_id for stops, _ in day.fallen if stops))


def _unharmed(before: _AsOf, after: _AsOf, strangers: Container[QuoteId]) -> bool:
    if after.fallen - before.fallen:
        return False
    return all(
        quote_id in strangers or (stop_id in before.late and begin_s <= before.late[stop_id][0])
        for stop_id, (begin_s, quote_id) in after.late.items()
    )
