"""The answer to a problem: one sequence of timed stops per vehicle, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.core.reasons import Refusal


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """One visit in time: ``arrive_s`` ≤ ``begin_s`` (waiting between); service ends ``leave_s``."""

    node: int
    arrive_s: int
    begin_s: int
    leave_s: int


@dataclass(frozen=True, slots=True)
class PlannedTour:
    """What vehicle *vehicle* does, in order; ``end_s`` is when it is free (back, if it must be)."""

    vehicle: int
    stops: tuple[PlannedStop, ...]
    end_s: int

    @property
    def nodes(self) -> tuple[int, ...]:
        return tuple(stop.node for stop in self.stops)


@dataclass(frozen=True, slots=True)
class Unserved:
    """A job nobody does, and why: ``refusal`` is for the planner to read."""

    job_id: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Cost:
    """The plan's price by term, in the units of ``Weights`` already applied."""

    unserved: int = 0
    late: int = 0
    travel: int = 0
    paid: int = 0
    vehicles: int = 0

    @property
    def total(self) -> int:
        return self.unserved + self.late + self.travel + self.paid + self.vehicles


@dataclass(frozen=True, slots=True)
class Plan:
    """One tour per vehicle that moves (order of vehicles), the jobs left out, and the price."""

    tours: tuple[PlannedTour, ...]
    unserved: tuple[Unserved, ...]
    cost: Cost
    engine: str
