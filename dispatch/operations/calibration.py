"""What couriers' and shops' facts taught, as it is kept: for each vehicle, shop, kind of door
one factor, and how far things stray from it; for each shop, when its parcels are really packed.

Decides nothing; ``operations.calibrate`` learns it and ``operations.learnt`` puts it to use.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from math import isfinite

#: Wider than any bounds a factor was learnt within: a stored one beyond them is damage.
_LEAST, _MOST = 0.1, 10.0


class Subject(StrEnum):
    """What a lesson is about: the ways of a vehicle, the stays at a shop, at a kind of door.

    READY: when a shop's parcels are packed, beside the promised minute.  CHANCE: how often
    promises of a mode were kept, beside what the tours said when they were sold.  WET: what the
    ways of a vehicle take on a wet day, of what they take on a dry one.
    """

    WAYS = "ways"
    WET = "wet"
    SHOP = "shop"
    DOOR = "door"
    READY = "ready"
    CHANCE = "chance"


@dataclass(frozen=True, slots=True)
class Lesson:
    """One factor, and what it rests on.

    key        : the vehicle, the merchant's id, the kind of door, or the mode
    facts      : legs, stays or parcels measured, or promises that ended
    factor     : what the first guess is multiplied by; 1 where there is nothing to multiply;
                 wet: of a dry day
    before_pct : by how much a typical forecast misses with the first guess, per cent
    after_pct  : the same with what the other half of the facts taught (learnt from each half,
                 judged on the other); None: too few facts to judge
    spread     : standard deviation of the logarithm of a leg or stay over what is expected with
                 the factor, of parcels in seconds; None: learnt before spreads were
    shared     : the part of it that all legs of a tour have in common
    late_s     : parcels: packed so many seconds after the promised minute
    shift, slope : chances: ``tracking.reliability.Correction``
    beside       : chances: the source of the made-up days that they were learnt beside
    """

    subject: Subject
    key: str
    facts: int
    factor: float
    before_pct: float | None = None
    after_pct: float | None = None
    spread: float | None = None
    shared: float = 0.0
    late_s: float = 0.0
    shift: float = 0.0
    slope: float = 1.0
    beside: str = ""

    def __post_init__(self) -> None:
        if self.facts < 0:
            raise ValueError(f"{self.subject} {self.key}: {self.facts} facts")
        if not (isfinite(self.factor) and _LEAST <= self.factor <= _MOST):
            raise ValueError(f"{self.subject} {self.key}: no factor: {self.factor}")


@dataclass(frozen=True, slots=True)
class Calibration:
    """All lessons of some past days.

    first_day, last_day : the days looked at
    deliveries : handed over at a door on them
    applied_at : since when it counts; before that it is only a proposal
    undone_at  : since when it does not count any more
    """

    calibration_id: str
    first_day: date
    last_day: date
    deliveries: int
    lessons: tuple[Lesson, ...]
    applied_at: datetime
    undone_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise ValueError(f"days run backwards: {self.first_day} to {self.last_day}")

    def lesson(self, subject: Subject, key: str) -> Lesson | None:
        """Return what was learnt about *key*; None: nobody measured it."""
        found = (one for one in self.lessons if (one.subject, one.key) == (subject, key))
        return next(found, None)

    def factor(self, subject: Subject, key: str) -> float:
        """Return the factor of *key*; 1 for what nobody measured."""
        found = self.lesson(subject, key)
        return 1.0 if found is None else found.factor

    @property
    def facts(self) -> int:
        return sum(lesson.facts for lesson in self.lessons)
