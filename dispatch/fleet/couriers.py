"""Who rides, when, and from where.

Decides whether a courier is on shift.  Does not know what the courier is doing:
tours are ``dispatch.routing``'s, positions ``dispatch.tracking``'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from dispatch.core.errors import Invalid
from dispatch.core.ids import CourierId
from dispatch.core.places import Place
from dispatch.core.windows import TimeWindow
from dispatch.fleet.vehicles import Vehicle
from dispatch.slots.calendar import METROPOLE, Calendar, OpeningHours


@dataclass(frozen=True, slots=True)
class Courier:
    """One courier and the week they agreed to.

    phone    : E.164, such as +33612345678
    shift    : OpenStreetMap ``opening_hours`` syntax, read as ``hours``; a public holiday
               is off unless the text mentions ``PH``
    start    : where each shift begins
    end      : where it must end; None: anywhere
    away_on  : local days off
    calendar : whose public holidays apply

    Raises ``Invalid`` naming the courier when the shift cannot be read or never comes.
    """

    courier_id: CourierId
    name: str
    phone: str
    vehicle: Vehicle
    shift: str
    start: Place
    end: Place | None = None
    away_on: frozenset[date] = frozenset()
    calendar: Calendar = METROPOLE

    hours: OpeningHours = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        who = f"courier {self.name!r} ({self.courier_id})"
        if not self.name.strip():
            raise Invalid(f"courier {self.courier_id} has no name", field="name")
        if not re.fullmatch(r"\+[1-9]\d{6,14}", self.phone):
            # The number itself stays out of the message: messages end up in logs.
            raise Invalid(f"{who}: write the phone number as +33612345678", field="phone")
        if not self.shift.strip():
            raise Invalid(f"{who} has no shift", field="shift")
        try:
            hours = OpeningHours(self.shift, self.away_on, self.calendar)
        except Invalid as error:
            raise Invalid(f"{who}: shift: {error}", field="shift", **error.facts) from None
        if not hours.ever_open:
            raise Invalid(f"{who} has no shift: {self.shift!r} is never on", field="shift")
        object.__setattr__(self, "hours", hours)


def shifts_on(courier: Courier, day: date) -> tuple[TimeWindow, ...]:
    """Return the shifts that begin on local *day*, in order; the last may end after midnight."""
    return courier.hours.windows(day)
