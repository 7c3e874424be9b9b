"""Hours of the week when the streets are slower, or faster, than when they are empty.

Decides which slice an instant falls into.  Does not know streets, nor how much slower: that
is the planner's settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from dispatch.core.civil import clock_text, local_day, minute_of_day
from dispatch.core.errors import Invalid
from dispatch.streets.profiles import ROAD_CLASSES

#: The slice of all other hours: nobody else on the road.
FREE_FLOW: Final = ""

_NAMES: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")

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
        if set(self.name) - _NAMES:
            # It names a file as well.
            raise Invalid(f"{key}: a name is of a-z, 0-9, _ and -", field=key)
        object.__setattr__(self, "factor", MappingProxyType(dict(self.factor)))


def slices_of(tables: Mapping[str, Any]) -> tuple[Slice, ...]:
    """Read the tables ``[streets.slices.NAME]`` of the settings, in the order they are written.

    Each has ``from`` and ``until`` (``"07:30"``), ``factor`` (a table by road class) and may
    have ``days`` (``["mon", "sat"]``; default Monday to Friday) and ``motor_only``.
    Raises ``Invalid`` naming the key.
    """
    return tuple(_slice(name, table) for name, table in tables.items())


def _slice(name: str, table: Any) -> Slice:
    key = f"streets.slices.{name}"
    if not isinstance(table, Mapping) or not isinstance(table.get("factor"), Mapping):
        raise Invalid(
            f"{key} is a table with from, until and a table factor, such as "
            '{from = "07:30", until = "09:00", factor = {primary = 1.3}}',
            field=key,
        )
    known = ("from", "until", "factor", "days", "motor_only")
    if strange := sorted(set(table) - set(known)):
        raise Invalid(f"[{key}] has no {strange[0]!r} (known: {', '.join(known)})", field=key)
    days, motor_only = table.get("days", list(DAYS[:5])), table.get("motor_only", True)
    if not isinstance(days, list) or not set(map(str, days)) <= set(DAYS):
        raise Invalid(f"{key}.days are of {', '.join(DAYS)}, not {days!r}", field=f"{key}.days")
    numbers = [kmh for kmh in table["factor"].values() if type(kmh) not in (int, float)]
    if numbers or not isinstance(motor_only, bool):
        raise Invalid(f"{key}: a factor is a number, motor_only true or false", field=key)
    try:
        from_min, until_min = (minute_of_day(str(table.get(end))) for end in ("from", "until"))
    except ValueError as why:
        raise Invalid(f"{key}: {why}", field=key) from why
    weekdays = frozenset(DAYS.index(day) for day in days)
    return Slice(name, from_min, until_min, table["factor"], weekdays, motor_only)


def slices_in(slices: Sequence[Slice], begins: datetime, ends: datetime) -> tuple[str, ...]:
    """Return ``FREE_FLOW`` and the names of the slices that the span touches.

    Raises ``Invalid`` when it ends before it begins.
    """
    if ends < begins:
        raise Invalid(f"a span ends at {ends}, before it begins at {begins}", field="at")
    if not slices:
        return (FREE_FLOW,)
    day, last = local_day(begins), local_day(ends)
    found = {FREE_FLOW: None}
    while day <= last:
        first = minute_of_day(clock_text(begins)) if day == local_day(begins) else 0
        final = minute_of_day(clock_text(ends)) if day == last else 24 * 60
        for one in slices:
            if day.weekday() in one.weekdays and one.from_min <= final and first < one.until_min:
                found[one.name] = None
        day += timedelta(days=1)
    return tuple(found)


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
