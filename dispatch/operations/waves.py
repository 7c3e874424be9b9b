"""A wave: the moment at which everything booked is solved together and handed out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from dispatch.core.ids import QuoteId, WaveId
from dispatch.core.reasons import Refusal
from dispatch.tracking.tours import Stop


class WaveState(StrEnum):
    OPEN = "open"
    RUNNING = "running"
    PUBLISHED = "published"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class WaveResult:
    """What a wave did.  ``cost``: the plan's price by term, in weighted units."""

    orders: int
    tours: int
    unserved: int
    cost: tuple[tuple[str, int], ...]
    engine: str
    solve_s: float
    kept_standing: bool = False


@dataclass(frozen=True, slots=True)
class Wave:
    """One row of the day's timetable.  ``leased_until``: a running wave may be taken over after."""

    wave_id: WaveId
    day: date
    cut_off_at: datetime
    state: WaveState = WaveState.OPEN
    leased_until: datetime | None = None
    published_at: datetime | None = None
    result: WaveResult | None = None
    error: str | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class LooseOrder:
    """A booked order that no tour holds: the planner sees it, with the reason.

    retry : the next wave tries again; False: only a wave that a person asks for does
    """

    quote_id: QuoteId
    day: date
    stops: tuple[Stop, ...]
    refusal: Refusal
    since: datetime
    retry: bool = True
