"""Somebody looks out of the window: in the morning of a wet day a planner says that it is one.

Decides when: before the first customer, and never the evening before.  A generated day is wet from
its beginning to its end, so nothing is told that could not be seen by then.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dispatch.core.civil import instant_at
from dispatch.operations.ports import Ports
from dispatch.operations.weather import say_wet
from dispatch.replay.day import Day
from dispatch.replay.journal import Journal

#: When planners come in, in minutes of the day.
_MORNING_MIN: Final = 7 * 60


class WeatherWord:
    """What is said of the weather on *day*: once, or never.  ``said``: anybody says it."""

    def __init__(self, day: Day, ports: Ports, journal: Journal, *, said: bool) -> None:
        self._day, self._ports, self._journal = day.day, ports, journal
        self._at = instant_at(day.day, _MORNING_MIN) if said and day.rain else None

    def next_at(self) -> datetime | None:
        return self._at

    def act(self) -> None:
        """Say it."""
        now, self._at = self._ports.clock.now(), None
        say_wet(self._day, self._ports)
        self._journal.note(now, "wet")
