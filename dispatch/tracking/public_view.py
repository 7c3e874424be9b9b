"""What a customer may see: their own parcels, a time window, and the courier only when next.

Decides what is shown, not where it comes from.  Nothing here names another
customer, another stop, or the courier.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.core.places import Place
from dispatch.core.windows import TimeWindow
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour

#: A forecast is shown as a window this wide on each side.  First guess until the
#: error of past forecasts is measured.
ETA_MARGIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class CourierView:
    """The courier, seen from the doorstep that is next.

    eta      : when the bell should ring; None before the wave is handed out
    you_next : the courier is on the way to this door
    position : where the courier was last seen; only when ``you_next``
    """

    eta: TimeWindow | None
    you_next: bool
    position: Place | None


def courier_view(tour: Tour | None, drop_id: str | None, now: datetime) -> CourierView:
    """Return what the customer of *drop_id* may know of *tour*."""
    stop = _drop(tour, drop_id)
    if tour is None or stop is None or stop.published_at is None or stop.over:
        return CourierView(None, False, None)
    you_next = _is_next(tour, stop)
    eta = None
    if stop.eta_at is not None:
        opens_at = max(stop.eta_at - ETA_MARGIN, now)
        eta = TimeWindow(opens_at, max(stop.eta_at + ETA_MARGIN, opens_at + ETA_MARGIN))
    return CourierView(eta, you_next, tour.seen if you_next else None)


def _drop(tour: Tour | None, drop_id: str | None) -> Stop | None:
    if tour is None:
        return None
    return next((s for s in tour.stops if s.stop_id == drop_id and s.kind is StopKind.DROP), None)


def _is_next(tour: Tour, stop: Stop) -> bool:
    return tour.next_stop is stop or stop.state is StopState.ARRIVED
