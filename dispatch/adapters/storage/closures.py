"""Exceptional closings; which days of a shop they close is ``slots.closures``'."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import bindparam, select

from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema import closures
from dispatch.slots.closures import Closure

_CLOSURES = Shelf(Closure, closures)
#: Asked at every quote and booking: put together once, here.
_IN_FORCE: Final = (
    select(closures)
    .where(closures.c.removed_at.is_(None), closures.c.last_day >= bindparam("since"))
    .order_by(closures.c.first_day, closures.c.number)
)


class ClosureRows(Rows):
    """The Transaction's words about exceptional closings."""

    def add_closure(self, closure: Closure) -> None:
        self._add(_CLOSURES, closure)

    def put_closure(self, closure: Closure) -> None:
        self._put(_CLOSURES, "closure_id", closure)

    def closure(self, closure_id: str) -> Closure:
        return self._one(_CLOSURES, "closure_id", closure_id)

    def closures(self, since: date) -> Sequence[Closure]:
        """Return those in force whose last day is *since* or later, by first day."""
        return self._all(_CLOSURES, _IN_FORCE, since=since)
