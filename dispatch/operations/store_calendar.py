"""The store's words about exceptional closings.

One that was taken back is kept, so that somebody can say what counted when.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from dispatch.slots.closures import Closure


class StoredCalendar(Protocol):
    """Who stays closed on which days."""

    def add_closure(self, closure: Closure) -> None: ...
    def put_closure(self, closure: Closure) -> None: ...
    def closure(self, closure_id: str) -> Closure: ...
    def closures(self, since: date) -> Sequence[Closure]:
        """Return those in force whose last day is *since* or later, by first day."""
        ...
