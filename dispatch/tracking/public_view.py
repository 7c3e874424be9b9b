"""What a customer may see: their own parcels, a time window, and the courier only when next.

Decides what is shown, not where it comes from.  Nothing here names another
customer, another stop, or the courier.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from dispatch.core.places import Place
from dispatch.core.windows import TimeWindow
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour

#: What is shown begins and ends on these minutes: a forecast that moves by one shows the same.
_STEP: Final = timedelta(minutes=5)
#: Nobody is told less: a telephone lies in a pocket for some minutes.
_NARROWEST: Final = timedelta(minutes=10)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CourierView:
    """The courier, seen from the doorstep that is next.

    eta      : when the bell should ring, eight times in ten; None before the wave is handed out
    you_next : the courier is on the way to this door
    position : where the courier was last seen on the way; only when ``you_next``, and
               never another customer's door
    """

    eta: TimeWindow | None
    you_next: bool
    position: Place | None


def courier_view(
    tour: Tour | None,
    drop_id: str | None,
    now: datetime,
    likely: tuple[datetime, datetime] | None,
) -> CourierView:
    """Return what the customer of *drop_id* may know of *tour*.

    likely : when service begins there, from early to late; None: nobody has timed it
    """
    stop = _drop(tour, drop_id)
    if tour is None or stop is None or stop.published_at is None or stop.over:
        return CourierView(None, False, None)
    you_next = _is_next(tour, stop)
    eta = None
    if likely is not None:
        opens_at = max(_step_before(likely[0]), now, stop.windows[0].opens_at)
        eta = TimeWindow(opens_at, max(_step_after(likely[1]), opens_at + _NARROWEST))
    return CourierView(eta, you_next, _on_the_way(tour) if you_next else None)


def _step_before(instant: datetime) -> datetime:
    return instant - (instant - _EPOCH) % _STEP


def _step_after(instant: datetime) -> datetime:
    return instant + (_EPOCH - instant) % _STEP


def _drop(tour: Tour | None, drop_id: str | None) -> Stop | None:
    if tour is None:
        return None
    return next((s for s in tour.stops if s.stop_id == drop_id and s.kind is StopKind.DROP), None)


def _is_next(tour: Tour, stop: Stop) -> bool:
    on_the_way = stop.departed_at is not None or stop.state is StopState.ARRIVED
    return on_the_way and tour.next_stop is stop


def _on_the_way(tour: Tour) -> Place | None:
    """Where the courier was seen since the last stop; a shop's counter is no secret, a door is."""
    behind = [stop for stop in tour.stops if stop.over and stop.ended_at is not None]
    if not behind or tour.seen_at is None:
        return tour.seen
    last = behind[-1]
    left_it = last.ended_at is not None and tour.seen_at > last.ended_at
    return tour.seen if left_it or last.kind is StopKind.PICKUP else None
