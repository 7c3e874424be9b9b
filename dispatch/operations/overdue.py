"""Does anybody hand out tours?  Told by what should be on the road by now, and is not.

Decides that from the tours alone: each booked stop knows the hand-out it counts on, and one
that is past means that nobody looks, whatever became of who should.  What is done about it
is the callers': no express is sold, the planner reads it and may hand out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.civil import local_day
from dispatch.core.ids import QuoteId
from dispatch.core.reasons import Refusal
from dispatch.core.remembered import remembered
from dispatch.operations.ports import Ports
from dispatch.operations.standing import tours_of
from dispatch.operations.timetable import lease
from dispatch.tracking.tours import Tour

#: What is answered to who wants express as long as nobody hands out tours.
PAUSED: Final = Refusal("express_paused", binding=("wave",))


@dataclass(frozen=True, slots=True)
class Overdue:
    """So many *orders* should have been handed out, the first of them by *since*."""

    since: datetime
    orders: int


def overdue(tours: Iterable[Tour], ports: Ports) -> Overdue | None:
    """Return what nobody hands out, by today's *tours*; None: nothing, as far as can be told.

    A wave whose process died is taken over when its lease is over: until then somebody might.
    """
    now = ports.clock.now()
    patience = lease(ports) + timedelta(seconds=ports.parameters.dispatching.tick_s)
    late = {
        quote_id: release_at
        for tour in tours
        for quote_id, release_at in _counted_on(tour).items()
        if release_at + patience < now
    }
    return Overdue(min(late.values()), len(late)) if late else None


@remembered
def _counted_on(tour: Tour) -> dict[QuoteId, datetime]:
    """By which hand-out each order of *tour* should be given that was not."""
    return {
        stop.quote_id: stop.release_at
        for stop in tour.stops
        if stop.is_to_give and stop.release_at is not None
    }


def overdue_today(ports: Ports) -> Overdue | None:
    """Return what nobody hands out today; None: nothing, as far as can be told."""
    with ports.store.reading() as tx:
        return overdue(tours_of(tx, local_day(ports.clock.now()), ports), ports)
