"""When will the rest happen?  The tour's stops re-timed from what is known now.

Decides forecasts only: a promise never moves because an ETA does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.core.windows import TimeWindow
from dispatch.tracking.tours import Stop, StopState

#: How long before a window opens a courier means to be there.  First guess.
EARLY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The courier leaves for a stop, begins service there, and leaves it.

    leg_s : seconds of way and setup that this counts on
    """

    depart_at: datetime
    begin_at: datetime
    leave_at: datetime
    leg_s: int


def forecast(
    stops: Sequence[Stop], legs_s: Sequence[int], *, leaves_at: datetime, now: datetime
) -> tuple[Forecast, ...]:
    """Time *stops*, none of them over, for a courier free at *leaves_at*.

    Nobody leaves for a stop before it is published (or, if it is not yet,
    before ``now``).

    legs_s : seconds of way and setup to each stop from the one before it (k,); the
             first from where the courier is at *leaves_at*
    now    : nothing that has not happened yet can have happened before this

    A courier leaves in time to be there ``EARLY`` before the window opens, and no
    sooner: until then a wave may find something better to do than to wait at a door.
    """
    answer: list[Forecast] = []
    free_at = leaves_at
    for stop, leg_s in zip(stops, legs_s, strict=True):
        if stop.state is StopState.ARRIVED:
            # There already: the way took until now at most, and nobody serves two doors at once.
            depart_at = max(free_at, stop.departed_at or free_at)
            arrive_at = max(free_at, min(depart_at + timedelta(seconds=leg_s), now))
        else:
            leg = timedelta(seconds=leg_s)
            depart_at = stop.departed_at or _departure(
                max(free_at, stop.published_at or now), leg, stop
            )
            arrive_at = max(depart_at + leg, now)
        begin_at = _opening_after(arrive_at, stop.windows)
        leave_at = max(begin_at + timedelta(seconds=stop.service_s), now)
        answer.append(Forecast(depart_at, begin_at, leave_at, leg_s))
        free_at = leave_at
    return tuple(answer)


def _departure(earliest_at: datetime, leg: timedelta, stop: Stop) -> datetime:
    opens_at = _opening_after(earliest_at + leg, stop.windows)
    return max(earliest_at, opens_at - EARLY - leg)


def _opening_after(instant: datetime, windows: Sequence[TimeWindow]) -> datetime:
    """The first instant from *instant* on that a window allows; itself when all are past."""
    for window in windows:
        if instant < window.closes_at:
            return max(instant, window.opens_at)
    return instant
