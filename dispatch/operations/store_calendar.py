"""The store's words about exceptional closings and wet days.

One that was taken back is kept, so that somebody can say what counted when.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from dispatch.slots.closures import Closure
from dispatch.streets.wet_days import WetDay


class StoredCalendar(Protocol):
    """Who stays closed on which days, and which of them are wet."""

    def add_closure(self, closure: Closure) -> None: ...
    def put_closure(self, closure: Closure) -> None: ...
    def closure(self, closure_id: str) -> Closure: ...
    def closures(self, since: date) -> Sequence[Closure]:
        """Return those in force whose last day is *since* or later, by first day."""
        ...

    def add_wet_day(self, wet: WetDay) -> None: ...
    def put_wet_day(self, wet: WetDay) -> None: ...
    def wet_days(self, since: date) -> Sequence[WetDay]:
        """Return those in force on *since* or later, in order."""
        ...
