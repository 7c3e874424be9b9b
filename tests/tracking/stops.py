"""One courier's morning in small numbers: minutes after ten o'clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from dispatch.core.ids import CourierId, QuoteId, TourId
from dispatch.core.places import Place
from dispatch.core.windows import TimeWindow
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour

TEN = datetime(2026, 11, 24, 9, tzinfo=UTC)  # on the wall in Marmande: 10:00
DEPOT = Place(44.5, 0.16, "depot")


def at(minute: float) -> datetime:
    """The instant *minute* minutes after ten."""
    return TEN + timedelta(minutes=minute)


def window(opens: float, closes: float) -> TimeWindow:
    return TimeWindow(at(opens), at(closes))


def stop(
    name: str,
    kind: StopKind = StopKind.DROP,
    *,
    quote: str | None = None,
    windows: tuple[TimeWindow, ...] = (window(-60, 600),),
    service_min: int = 2,
    published: float | None = 0,
    state: StopState = StopState.OPEN,
    ended: float | None = None,
    held_until: float | None = None,
    eta: float | None = None,
    departed: float | None = None,
) -> Stop:
    """A stop given to the courier at ten unless told otherwise, each of its own order."""
    return Stop(
        stop_id=name,
        quote_id=QuoteId(quote or f"q_{name}"),
        kind=kind,
        place=DEPOT,
        windows=windows,
        service_s=60 * service_min,
        load=(0, 0, 0),
        published_at=None if published is None else at(published),
        departed_at=None if departed is None else at(departed),
        state=state,
        ended_at=None if ended is None else at(ended),
        held_until=None if held_until is None else at(held_until),
        eta_at=None if eta is None else at(eta),
    )


def tour(*stops: Stop) -> Tour:
    return Tour(TourId("t1"), date(2026, 11, 24), CourierId("anna"), window(-60, 180), DEPOT, stops)
