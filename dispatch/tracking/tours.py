"""A tour: one courier's ordered stops in one shift, with what is done and what is still open.

The tour is the *standing plan*: it holds published stops, booked stops that the
next wave will publish, and stops held for quotes that are still alive.  It is
always an allowed tour, so each of its drops is the witness of a promise.  The
courier sees the published part only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from dispatch.core.ids import CourierId, MerchantId, QuoteId, ShipmentId, TourId, WaveId
from dispatch.core.places import Place
from dispatch.core.remembered import remembered
from dispatch.core.windows import TimeWindow
from dispatch.tracking.news import News
from dispatch.tracking.waiting import Waiting


class StopKind(StrEnum):
    PICKUP = "pickup"
    DROP = "drop"
    RETURN = "return"


class StopState(StrEnum):
    OPEN = "open"
    ARRIVED = "arrived"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Stop:
    """One halt of one order: a pickup at one merchant, the drop at the doorstep, or a parcel's
    return to its merchant.

    stop_id   : ``<quote>:<n>``, n-th visit of the order, ``<quote>:<n>r2`` when it is tried
                again; stable from quote to delivery.  ``b<n>`` brings parcels back, ``x<n>``
                fetches them from another courier
    quote_id  : the order this stop belongs to, by the quote it was born from
    windows   : when service may begin
    due_at    : latest begin that still keeps the promise (drops); later is late
    load      : (weight_g, volume_cm3, cold places); a drop carries its order's sum
    held_until: the quote's expiry while nobody has booked it; None once booked
    release_at: the hand-out that its place was found for; an earlier one gives it out only if
                nobody loses by that
    published_at: since when the courier has it; None: not handed out yet
    departed_at: when the courier left for it; from then on it is frozen
    target_at : when the published plan meant service to begin
    eta_at    : forecast of that same instant, moved by facts
    setup_s   : parking and reaching the door, unless the stop before was here too
    held_s    : what keeping the order's place took of the courier's time when it was found
                (drops, while held)
    """

    stop_id: str
    quote_id: QuoteId
    kind: StopKind
    place: Place
    windows: tuple[TimeWindow, ...]
    service_s: int
    load: tuple[int, int, int]
    due_at: datetime | None = None
    merchant_id: MerchantId | None = None
    shipment_ids: tuple[ShipmentId, ...] = ()
    held_until: datetime | None = None
    published_at: datetime | None = None
    departed_at: datetime | None = None
    target_at: datetime | None = None
    eta_at: datetime | None = None
    state: StopState = StopState.OPEN
    ended_at: datetime | None = None
    reason: str | None = None
    setup_s: int = 0
    held_s: int = 0
    release_at: datetime | None = None

    @property
    def promised_until(self) -> datetime | None:
        """The end of the promise: handed over by then, not only rung."""
        if self.due_at is None:
            return None
        return self.due_at + timedelta(seconds=self.service_s + 1)

    @property
    def over(self) -> bool:
        """True when nothing more happens at this stop."""
        return self.state in (StopState.DONE, StopState.FAILED)

    @property
    def is_to_give(self) -> bool:
        """True for what somebody booked and no courier was given."""
        return not self.over and self.held_until is None and self.published_at is None

    @property
    def errand(self) -> str:
        """What this stop belongs to in a tour: its order, or the one return that it is part of."""
        number, _ = self.visit
        if not number.startswith("b"):
            return self.quote_id
        return f"{self.quote_id}:{number.partition('x')[0]}"

    @property
    def visit(self) -> tuple[str, int]:
        """Which visit of its order this is, and for the how-manieth time (from 1)."""
        return visit_of(self.stop_id)

    def at_turn(self, turn: int) -> Stop:
        """Return the stop as its *turn*-th try: open, given to nobody, with an id of its own.

        The first is ``…:0``, the second ``…:0r2``: the tries before it stay in their tours as
        history, and reports on two of them must not be taken for each other.
        """
        number, _ = self.visit
        return replace(
            self,
            stop_id=f"{self.quote_id}:{number}{f'r{turn}' if turn > 1 else ''}",
            state=StopState.OPEN,
            ended_at=None,
            reason=None,
            published_at=None,
            departed_at=None,
            target_at=None,
            eta_at=None,
        )

    def given(self, at: datetime) -> Stop:
        """Return the stop as its courier is given it at *at*: what is expected is the target."""
        return replace(self, published_at=at, target_at=self.eta_at)


def visit_of(stop_id: str) -> tuple[str, int]:
    """Return which visit of its order a stop's id names, and for the how-manieth time (from 1)."""
    number, _, turn = stop_id.partition(":")[2].partition("r")
    return number, int(turn) if turn.isdecimal() and len(turn) < 4 else 1


@dataclass(frozen=True, slots=True)
class Tour:
    """One courier, one shift.  ``version`` grows with each write; a stale write is refused.

    seen, seen_at : where and when the courier's phone last reported, if it did
    news : what changed that the courier had to be told, oldest first
    waiting : where the courier was last told to wait, having nothing to do
    settled : facts that a person has answered for: they leave no question
    """

    tour_id: TourId
    day: date
    courier_id: CourierId
    shift: TimeWindow
    start: Place
    stops: tuple[Stop, ...] = ()
    version: int = 0
    wave_id: WaveId | None = None
    seen: Place | None = None
    seen_at: datetime | None = None
    news: tuple[News, ...] = ()
    waiting: Waiting | None = None
    settled: tuple[str, ...] = ()

    @property
    def unread(self) -> News | None:
        """The word on what comes next that the courier has not read yet."""
        return next((news for news in reversed(self.news) if news.read_at is None), None)

    @property
    def manifest(self) -> tuple[Stop, ...]:
        """What the courier has been given, in order."""
        return tuple(stop for stop in self.stops if stop.published_at is not None)

    @property
    def next_stop(self) -> Stop | None:
        return next((stop for stop in self.manifest if not stop.over), None)

    def without_expired_holds(self, now: datetime) -> Tour:
        """Drop the stops of quotes that died unbooked."""
        first_until = _first_hold_until(self)
        if first_until is None or first_until > now:
            return self
        alive = [s for s in self.stops if (until := s.held_until) is None or until > now]
        return replace(self, stops=tuple(alive))

    def without_order(self, quote_id: QuoteId) -> Tour:
        """Drop the open stops of one order (cancelled, released or planned again)."""
        kept = tuple(s for s in self.stops if s.quote_id != quote_id or s.over)
        return self if len(kept) == len(self.stops) else replace(self, stops=kept)

    def with_stop(self, stop: Stop) -> Tour:
        """Replace the stop of the same id."""
        return replace(
            self, stops=tuple(stop if s.stop_id == stop.stop_id else s for s in self.stops)
        )


@remembered
def _first_hold_until(tour: Tour) -> datetime | None:
    """When the first of a tour's holds dies; None: it has none.  Asked at every quote."""
    return min((until for stop in tour.stops if (until := stop.held_until)), default=None)
