"""Spans of time.

Instants are UTC everywhere inside; local time exists only in ``core.civil``
and on the pages.  (Python's ``datetime`` counts wall-clock hours between two
instants that share a zone: on 29 March 2026 a "4 h" window would last 3 h.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_NONE: Final = timedelta(0)
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, order=True)
class TimeWindow:
    """A half-open span ``[opens_at, closes_at)`` between two UTC instants.

    Raises
    ------
    ValueError
        When an instant is not UTC, or the window would be empty.
    """

    opens_at: datetime
    closes_at: datetime

    def __post_init__(self) -> None:
        if self.opens_at.tzinfo is not UTC or self.closes_at.tzinfo is not UTC:
            if self.opens_at.utcoffset() != _NONE or self.closes_at.utcoffset() != _NONE:
                raise ValueError(f"window is not UTC: {self.opens_at} to {self.closes_at}")
            # One tzinfo object for all, so that arithmetic and equality never meet a look-alike.
            object.__setattr__(self, "opens_at", self.opens_at.replace(tzinfo=UTC))
            object.__setattr__(self, "closes_at", self.closes_at.replace(tzinfo=UTC))
        if self.closes_at <= self.opens_at:
            raise ValueError(f"window is empty: {self.opens_at} to {self.closes_at}")

    def __contains__(self, instant: datetime) -> bool:
        return self.opens_at <= instant < self.closes_at

    def covers(self, other: TimeWindow) -> bool:
        """True when all of *other* lies in this window."""
        return self.opens_at <= other.opens_at and other.closes_at <= self.closes_at

    def meet(self, other: TimeWindow) -> TimeWindow | None:
        """Return the part both share, or None when they share no instant."""
        opens_at = max(self.opens_at, other.opens_at)
        closes_at = min(self.closes_at, other.closes_at)
        return TimeWindow(opens_at, closes_at) if opens_at < closes_at else None


def seconds_between(origin: datetime, instant: datetime) -> int:
    """Whole seconds from *origin* to *instant*, rounded down (negative if before)."""
    return (instant - origin) // _SECOND
