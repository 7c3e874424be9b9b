"""Is a courier falling behind?  What a look finds to save where nothing new is to be given out.

Decides which tours are worth a look for that, and whether a plan helps: it saves promises that
would be late nine times in ten, or one in ten, and makes nobody's later.  What is at risk is
``arrivals``' word, of all stops that couriers have; when to look, ``looks``'.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.windows import seconds_between
from dispatch.operations.arrivals import outlooks, packed_stops
from dispatch.operations.ports import Ports
from dispatch.tracking.tours import StopState, Tour

#: While nobody says anything, tours under way are looked at this often: who is still not there
#: is later than was thought.  First guess.
AGAIN: Final = timedelta(minutes=10)
#: Couriers are told another order of things for no less than this, all promises together.
#: First guess.
LEAST_GAIN_S: Final = 300


def can_change(tours: Sequence[Tour]) -> bool:
    """True where somebody has a promise ahead, and something to do that another could do first.

    Nobody is moved who has left for a stop.
    """
    given = [stop for tour in tours for stop in tour.manifest if not stop.over]
    open_stops = [s for s in given if s.state is StopState.OPEN and s.departed_at is None]
    return bool(open_stops) and any(stop.due_at is not None for stop in given)


def is_behind(tours: Sequence[Tour], ports: Ports) -> bool:
    """Does something that couriers of *tours* have to bring lack time?

    Raises ``StreetsUnavailable`` when nobody tells travel times.
    """
    if not can_change(tours):
        return False
    with ports.store.reading() as tx:
        packed = packed_stops(tours, tx)
    return any(shortfalls_s(tours, packed, ports).values())


def shortfalls_s(tours: Sequence[Tour], packed: Collection[str], ports: Ports) -> dict[str, int]:
    """Return for each promise that couriers have to keep what it lacks, in seconds, by stop.

    By so much the promise would have to end later to be kept nine times in ten; 0: it is.

    packed : ids of stops whose parcels are known to be ready

    Raises ``StreetsUnavailable`` when nobody tells travel times.
    """
    now = ports.clock.now()
    return {
        seen.stop.stop_id: _beyond_s(seen.over_late_at, seen.stop.promised_until)
        for tour in tours
        for seen in outlooks(tour, packed, now, ports)
        if seen.stop.promised_until is not None
    }


def helps(before: Mapping[str, int], after: Mapping[str, int]) -> bool:
    """Does a plan take off what promises lack, without any that lacks more by it?

    before, after : ``shortfalls_s`` of all tours; who has none after is in none of them any more
    """
    if any(after.get(name, lacks_s + 1) > lacks_s for name, lacks_s in before.items()):
        return False
    return sum(lacks_s - after[name] for name, lacks_s in before.items()) >= LEAST_GAIN_S


def _beyond_s(over_late_at: datetime, promised_until: datetime) -> int:
    return max(0, seconds_between(promised_until, over_late_at))
