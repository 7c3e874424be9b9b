"""The words of ``dispatch-problem/1`` and ``dispatch-plan/1``, the house's own JSON.

Decides which fields there are, their types and bounds.  What they mean is said in
``work``, ``problem`` and ``plan``, and for readers in docs/solve.md; how they become
those is ``house_reading``'s and ``house_writing``'s question.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from dispatch.core.places import UNREACHABLE_S
from dispatch.routing.formats.strict import MOST_JOBS, MOST_PLACES, MOST_VEHICLES, Strict
from dispatch.routing.problem import Weights
from dispatch.routing.work import FOREVER_S

PROBLEM: Final = "dispatch-problem/1"
PLAN: Final = "dispatch-plan/1"

Instant = Annotated[int, Field(ge=-FOREVER_S, le=FOREVER_S)]
Span = Annotated[int, Field(ge=0, le=FOREVER_S)]
Amount = Annotated[int, Field(ge=0, le=10**12)]
Price = Annotated[int, Field(ge=0, le=10**15)]
Index = Annotated[int, Field(ge=0, lt=MOST_PLACES)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
_USUAL: Final = Weights()

#: Seconds between two places; null: no road.
Leg = Annotated[int, Field(ge=0, lt=UNREACHABLE_S)] | None
Spans = Annotated[tuple[tuple[Instant, Instant], ...], Field(min_length=1, max_length=100)]
Amounts = Annotated[tuple[Amount, ...], Field(max_length=20)]


class HaltSaid(Strict):
    """A ``Visit``."""

    place: Index
    windows: Spans
    service_s: Span = 0
    load: Amounts = ()
    due_s: Instant | None = None
    setup_s: Span = 0


class JobSaid(Strict):
    """A ``Job``; ``vehicles`` by id, null for all."""

    id: Name
    pickups: Annotated[tuple[HaltSaid, ...], Field(max_length=100)] = ()
    drop: HaltSaid
    vehicles: tuple[Name, ...] | None = None
    priority: Annotated[int, Field(ge=0, le=10**9)] = 1
    max_aboard_s: Span | None = None


class BreakSaid(Strict):
    """A ``Break``."""

    id: Name
    windows: Spans
    duration_s: Span


class VehicleSaid(Strict):
    """A ``Vehicle``; ``profile`` by its name in ``travel_s``."""

    id: Name
    start: Index
    end: Index | None = None
    from_s: Instant
    until_s: Instant
    capacity: Amounts = ()
    profile: Name
    travel_price: Annotated[int, Field(ge=0, le=10**9)] = 1
    breaks: Annotated[tuple[BreakSaid, ...], Field(max_length=20)] = ()
    lifo: bool = False
    fair_s: Span | None = None


class WeightsSaid(Strict):
    """``Weights``, with its defaults."""

    unserved: Price = _USUAL.unserved
    late_per_s: Price = _USUAL.late_per_s
    travel_per_s: Price = _USUAL.travel_per_s
    paid_per_s: Price = _USUAL.paid_per_s
    vehicle_used: Price = _USUAL.vehicle_used
    churn_per_stop: Price = _USUAL.churn_per_stop
    unfair_per_s: Price = _USUAL.unfair_per_s


class HaltNamed(Strict):
    """One visit of a job: its drop, or its pickup number ``pickup``, counted from 0."""

    job: Name
    kind: Literal["pickup", "drop"]
    pickup: Annotated[int, Field(ge=0, lt=100)] | None = None


HaltsOf = dict[Name, tuple[HaltNamed, ...]]


class ProblemSaid(Strict):
    """The whole document."""

    format: Literal["dispatch-problem/1"]
    name: Annotated[str, Field(max_length=200)] = ""
    places: Annotated[tuple[str | None, ...], Field(max_length=MOST_PLACES)] | None = None
    travel_s: Annotated[dict[Name, tuple[tuple[Leg, ...], ...]], Field(min_length=1)]
    vehicles: Annotated[tuple[VehicleSaid, ...], Field(max_length=MOST_VEHICLES)]
    jobs: Annotated[tuple[JobSaid, ...], Field(max_length=MOST_JOBS)]
    weights: WeightsSaid = WeightsSaid()
    frozen: HaltsOf = Field(default_factory=dict)
    pinned: HaltsOf = Field(default_factory=dict)
    published: HaltsOf = Field(default_factory=dict)


class StopSaid(HaltNamed):
    """A ``PlannedStop``, with its place."""

    place: Index
    arrive_s: Instant
    begin_s: Instant
    leave_s: Instant


class PauseSaid(Strict):
    """A ``PlannedBreak``: taken before stop number ``before``, counted from 0."""

    id: Name
    begin_s: Instant
    end_s: Instant
    before: Annotated[int, Field(ge=0)]


class TourSaid(Strict):
    """A ``PlannedTour``; ``vehicle`` by id."""

    vehicle: Name
    stops: tuple[StopSaid, ...]
    breaks: tuple[PauseSaid, ...] = ()
    end_s: Instant


class UnservedSaid(Strict):
    """An ``Unserved``: the reason's stable code, its English sentence, what decided it.

    ``unlock``: changes that would serve it, where they were tried and found true.
    """

    job: Name
    reason: str
    sentence: str
    binding: tuple[str, ...] = ()
    unlock: dict[str, str] = Field(default_factory=dict)


class CostSaid(Strict):
    """A ``Cost`` by term, in price units, and their sum."""

    unserved: int
    late: int
    travel: int
    paid: int
    vehicles: int
    churn: int
    unfair: int
    total: int


class CertificateSaid(Strict):
    """What a proof found: no allowed plan costs less than ``bound``.

    ``gap``: the share of the plan's ``cost`` that could be saved at most;
    ``relaxed``: the rules the bound does not know, or not in full
    """

    cost: int
    bound: int
    gap: float | None = None
    optimal: bool
    method: str
    relaxed: tuple[str, ...] = ()
    seconds: Annotated[float, Field(ge=0)]


class PlanSaid(Strict):
    """The whole answer.

    ``checked``: the independent checker found no broken rule; ``broken``: those it found;
    ``certificate``: only where a proof was asked for
    """

    format: Literal["dispatch-plan/1"]
    name: str = ""
    engine: str
    seconds: Annotated[float, Field(ge=0)]
    checked: bool
    cost: CostSaid
    tours: tuple[TourSaid, ...]
    unserved: tuple[UnservedSaid, ...]
    broken: tuple[str, ...] = ()
    certificate: CertificateSaid | None = None
