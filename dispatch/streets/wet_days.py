"""Days of which somebody said that it rains: ways take longer on them.

Decides nothing: how much longer is a setting's word, and then the town's own facts'.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dispatch.core.ids import WetDayId


@dataclass(frozen=True, slots=True)
class WetDay:
    """One day, as it was said.

    taken_back_at : since when it does not count any more; kept, so that somebody can say what
                    counted when
    """

    wet_day_id: WetDayId
    day: date
    said_at: datetime
    taken_back_at: datetime | None = None
