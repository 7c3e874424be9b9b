"""The answer to a problem: one sequence of timed stops per vehicle, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass, fields

from dispatch.core.reasons import Refusal


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """One visit in time: at the counter ``arrive_s``, served from ``begin_s``, gone ``leave_s``.

    Setting up is over at ``arrive_s``; between ``arrive_s`` and ``begin_s`` the courier waits.
    """

    node: int
    arrive_s: int
    begin_s: int
    leave_s: int


@dataclass(frozen=True, slots=True)
class PlannedBreak:
    """One pause, from ``begin_s`` to ``end_s``, on the way to stop ``before`` or on arrival there.

    ``before`` is the number of stops when it is taken on the way home.
    """

    break_id: str
    begin_s: int
    end_s: int
    before: int


@dataclass(frozen=True, slots=True)
class PlannedTour:
    """What vehicle *vehicle* does, in order; ``end_s`` is when it is free (back, if it must be)."""

    vehicle: int
    stops: tuple[PlannedStop, ...]
    end_s: int
    breaks: tuple[PlannedBreak, ...] = ()

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
    churn: int = 0
    unfair: int = 0

    @property
    def total(self) -> int:
        return sum(self.by_term().values())

    def by_term(self) -> dict[str, int]:
        """Return every term by its name, in the order of this class."""
        return {term.name: getattr(self, term.name) for term in fields(self)}


@dataclass(frozen=True, slots=True)
class Plan:
    """One tour per vehicle that moves (order of vehicles), the jobs left out, and the price."""

    tours: tuple[PlannedTour, ...]
    unserved: tuple[Unserved, ...]
    cost: Cost
    engine: str
