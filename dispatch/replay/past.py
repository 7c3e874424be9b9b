"""The past of a day that nobody lived: other days that nobody lived, of the same town.

Decides which: generated ones of a seed that no study takes for its own days, so that nothing of a
day is in its past.  Like the day itself, it is made up.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from dispatch.core.ids import MerchantId
from dispatch.operations.past_orders import Past, PastOrder, past_of
from dispatch.replay.day import Day
from dispatch.replay.demand import PILOT, Demand
from dispatch.replay.generate import generated_day
from dispatch.slots.calendar import Calendar
from geodata.town import Town

#: Beyond every seed that a study counts up to from a seed a person would write.
HELD_OUT_SEED: Final = 2**31


class GeneratedHistory:
    """The ``History`` port of generated days of *town*; made once for each day asked about."""

    def __init__(
        self, town: Town, calendar: Calendar, *, weeks: int, demand: Demand = PILOT
    ) -> None:
        self._town, self._calendar, self._weeks, self._demand = town, calendar, weeks, demand
        self._known: dict[date, Past] = {}

    def before(self, day: date) -> Past:
        """Return what the weeks before *day* would have taught, had they been like it."""
        if day not in self._known:
            count = 7 * self._weeks
            days = (day - timedelta(days=n) for n in range(count, 0, -1))
            lived = ((one, _orders(self._generated(one))) for one in days)
            self._known[day] = past_of(lived, self._calendar)
        return self._known[day]

    def _generated(self, day: date) -> Day:
        return generated_day(self._town, day, seed=HELD_OUT_SEED, demand=self._demand)


def _orders(day: Day) -> list[PastOrder]:
    return [
        PastOrder(
            order.asked_at,
            tuple(sorted(MerchantId(line.merchant_id) for line in order.lines)),
            order.place,
        )
        for order in day.orders
    ]
