"""What goes wrong on a generated day: cancellations, breakdowns, holes in the signal, shops' words.

Decides what is drawn; how often is ``demand``'s.  What the house makes of it is not: that is
what the day is lived for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from dispatch.core.civil import day_window, instant_at
from dispatch.replay.day import Day, DayOrder, Mishap, MishapKind
from dispatch.replay.demand import Demand

#: Between these minutes of the day, whatever the shift.
_FROM_MIN, _TO_MIN = 10 * 60, 18 * 60
#: No phone is offline for less, or for more.
_LEAST_MIN: Final = 5.0
_MOST_MIN: Final = 180.0


def eventful(day: Day, couriers: Sequence[str], demand: Demand, rng: np.random.Generator) -> Day:
    """Return *day* with what goes wrong on it; the same day where nothing ever does."""
    orders = tuple(_order(order, day, demand, rng) for order in day.orders)
    drawn = (_mishap(courier_id, day, demand, rng) for courier_id in couriers)
    mishaps = tuple(mishap for mishap in drawn if mishap is not None)
    return replace(day, orders=orders, mishaps=mishaps)


def _order(order: DayOrder, day: Day, demand: Demand, rng: np.random.Generator) -> DayOrder:
    cancels, after_min = rng.random() < demand.cancels, rng.uniform(1.0, demand.cancels_min)
    then = _whole(order.asked_at + timedelta(minutes=after_min))
    cancels_at = then if cancels and then < day_window(day.day).closes_at else None
    lines = tuple(
        replace(line, told=bool(rng.random() < demand.told and line.late_s > 0))
        for line in order.lines
    )
    return replace(order, lines=lines, cancels_at=cancels_at)


def _mishap(courier_id: str, day: Day, demand: Demand, rng: np.random.Generator) -> Mishap | None:
    which, minute = rng.random(), rng.uniform(_FROM_MIN, _TO_MIN)
    lasts_min = min(_MOST_MIN, max(_LEAST_MIN, rng.exponential(demand.offline_min)))
    at = _whole(instant_at(day.day, int(minute)) + timedelta(minutes=minute % 1))
    if which < demand.breakdowns:
        return Mishap(MishapKind.BREAKDOWN, courier_id, at)
    if which < demand.breakdowns + demand.offline:
        until = _whole(at + timedelta(minutes=lasts_min))
        return Mishap(MishapKind.OFFLINE, courier_id, at, until)
    return None


def _whole(instant: datetime) -> datetime:
    """A file keeps whole seconds."""
    return instant.replace(microsecond=0)
