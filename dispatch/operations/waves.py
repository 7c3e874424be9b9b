"""A wave: the moment at which everything booked is solved together and handed out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from dispatch.core.ids import QuoteId, TourId, WaveId
from dispatch.core.reasons import Refusal
from dispatch.tracking.tours import Stop, StopKind, Tour


class WaveState(StrEnum):
    OPEN = "open"
    RUNNING = "running"
    PUBLISHED = "published"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class WaveResult:
    """What a wave did.

    cost  : the solver's plan's price by term, in weighted units
    bound : no allowed plan of that day would have cost less; None: nobody looked
    proof : how the bound was found
    """

    orders: int
    tours: int
    unserved: int
    cost: tuple[tuple[str, int], ...]
    engine: str
    solve_s: float
    kept_standing: bool = False
    bound: int | None = None
    proof: str = ""

    @property
    def gap(self) -> float | None:
        """At most this share of the price could have been saved; 0: the plan was optimal.

        None: nobody looked, or another plan than the solver's was handed out.
        """
        total = sum(amount for _, amount in self.cost)
        if self.bound is None or self.kept_standing:
            return None
        return (total - self.bound) / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Look:
    """What a rolling dispatch saw when it last looked at the day, and when it has to again.

    seen    : a fingerprint of the open orders as the look left them
    next_at : the cut-off of the first tour that waits; None: none does
    """

    at: datetime
    seen: str
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wave:
    """One row of the day's timetable.

    cut_off_at   : of a rolling dispatch's open one, when something has to leave by
    leased_until : a running wave may be taken over after
    error        : what went wrong, ``code: words``
    look         : the last one of a rolling dispatch that ended here
    """

    wave_id: WaveId
    day: date
    cut_off_at: datetime
    state: WaveState = WaveState.OPEN
    leased_until: datetime | None = None
    published_at: datetime | None = None
    result: WaveResult | None = None
    error: str | None = None
    by_hand: bool = False
    look: Look | None = None

    @property
    def is_idle(self) -> bool:
        """True for a rolling dispatch's next hand-out as long as nothing waits for it."""
        return self.state is WaveState.OPEN and self.look is not None and self.look.next_at is None

    @property
    def error_code(self) -> str | None:
        """The stable part of ``error``: the words behind it are English, and for the log."""
        return None if self.error is None else self.error.partition(":")[0]


@dataclass(frozen=True, slots=True)
class WayOut:
    """One change that would serve a loose order, solved again and found true.

    change  : what, in the words of ``routing.unlocks.Unlock``
    by      : how much of it at least, in seconds or in the unit of a capacity
    tour_id : whose tour is longer or vehicle bigger; whose like one courier more would be
    from_at, until_at : the new beginning, and the new end, of what the change makes longer
    """

    change: str
    by: int
    tour_id: TourId | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LooseOrder:
    """A booked order that no tour holds: the planner sees it, with the reason.

    retry    : the next wave tries again; False: only a wave that a person asks for does
    decide_by : from then on the next wave tries it although nobody decided; None: never
    ways_out : the nearest first; none was found, or there was no time to look, when empty
    """

    quote_id: QuoteId
    day: date
    stops: tuple[Stop, ...]
    refusal: Refusal
    since: datetime
    retry: bool = True
    ways_out: tuple[WayOut, ...] = ()
    decide_by: datetime | None = None

    def is_tried(self, now: datetime) -> bool:
        """Does a wave try it that nobody asked for?"""
        return self.retry or (self.decide_by is not None and self.decide_by <= now)

    def can_be_sent(self, tours: Sequence[Tour]) -> bool:
        """True for a whole order, none of which is on the road: its other half comes first."""
        whole = any(stop.kind is StopKind.DROP for stop in self.stops)
        on_the_road = any(
            stop.quote_id == self.quote_id and not stop.over
            for tour in tours
            for stop in tour.stops
        )
        return whole and not on_the_road
