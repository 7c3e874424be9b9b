"""A clock whose stopwatch moves only when told: a rest of half a minute takes no time in a test."""

from __future__ import annotations

from datetime import datetime, timedelta

from dispatch.core.civil import parse_instant


class HandWound:
    """``seconds``: what the stopwatch shows; the day began at ten."""

    pace = 1.0

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return parse_instant("2026-11-24T10:00+01:00") + timedelta(seconds=self.seconds)

    def stopwatch_s(self) -> float:
        return self.seconds
