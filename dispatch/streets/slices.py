"""Hours of the week when the streets are slower, or faster, than when they are empty.

Decides which slice an instant falls into.  Does not know streets, nor how much slower: that
is the planner's settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from dispatch.core.civil import clock_text, local_day, minute_of_day
from dispatch.core.errors import Invalid
from dispatch.streets.profiles import ROAD_CLASSES

#: The slice of all other hours: nobody else on the road.
FREE_FLOW: Final = ""

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Slice:
    """Hours of some weekdays in which classes of road take *factor* times as long.

    from_min, until_min : minutes after midnight, Paris time; the end is not in it
    weekdays            : 0 is Monday
    factor              : by road class, 0.5 to 5; a class left out is as fast as ever
    motor_only          : True: bicycles and people on foot are not held up

    Raises ``Invalid`` naming what makes no sense.
    """

    name: str
    from_min: int
    until_min: int
    factor: Mapping[str, float]
    weekdays: frozenset[int] = field(default=frozenset(range(5)))
    motor_only: bool = True

    def __post_init__(self) -> None:
        if not self.name:
            raise Invalid("a slice needs a name", field="streets.slices")
        key = f"streets.slices.{self.name}"
        if not 0 <= self.from_min < self.until_min <= 24 * 60:
            raise Invalid(
                f"{key}: minutes {self.from_min} to {self.until_min} are no part of a day",
                field=key,
            )
        if not self.weekdays or not self.weekdays <= set(range(7)):
            raise Invalid(f"{key}: weekdays are 0 to 6, not {sorted(self.weekdays)}", field=key)
        for road, factor in self.factor.items():
            if road not in ROAD_CLASSES:
                raise Invalid(
                    f"{key}: no road class {road!r}; known: {', '.join(ROAD_CLASSES)}", field=key
                )
            if not 0.5 <= factor <= 5:
                raise Invalid(f"{key}: {road} takes {factor} times as long; 0.5 to 5", field=key)
        object.__setattr__(self, "factor", MappingProxyType(dict(self.factor)))


def slice_at(slices: Sequence[Slice], at: datetime | str | None) -> str:
    """Return the name of the first of *slices* that *at* falls into, else ``FREE_FLOW``.

    ``at``: an instant, the name of a slice, or None.  Raises ``Invalid`` for a name that
    none of them has.
    """
    if at is None:
        return FREE_FLOW
    if isinstance(at, str):
        if at != FREE_FLOW and at not in {one.name for one in slices}:
            known = ", ".join(one.name for one in slices) or "none"
            raise Invalid(f"unknown time slice {at!r}; known: {known}", field="at")
        return at
    if not slices:
        return FREE_FLOW
    weekday, minute = local_day(at).weekday(), minute_of_day(clock_text(at))
    for one in slices:
        if weekday in one.weekdays and one.from_min <= minute < one.until_min:
            return one.name
    return FREE_FLOW
