"""Days that somebody said are wet; what that does to ways is ``operations.learnt``'s."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import bindparam, select

from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema import wet_days
from dispatch.streets.wet_days import WetDay

_WET_DAYS = Shelf(WetDay, wet_days)
#: Asked at every quote and booking: put together once, here.
_IN_FORCE: Final = (
    select(wet_days)
    .where(wet_days.c.taken_back_at.is_(None), wet_days.c.day >= bindparam("since"))
    .order_by(wet_days.c.day, wet_days.c.number)
)


class WetDayRows(Rows):
    """The Transaction's words about wet days."""

    def add_wet_day(self, wet: WetDay) -> None:
        self._add(_WET_DAYS, wet)

    def put_wet_day(self, wet: WetDay) -> None:
        self._put(_WET_DAYS, "wet_day_id", wet)

    def wet_days(self, since: date) -> Sequence[WetDay]:
        """Return those in force on *since* or later, in order."""
        return self._all(_WET_DAYS, _IN_FORCE, since=since)
