"""What a day may not be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from dispatch.core.places import Place
from dispatch.replay.day import Day, DayLine, DayOrder
from dispatch.slots.service_levels import Mode

TEN = datetime(2026, 11, 24, 9, tzinfo=UTC)
LINE = DayLine("m_one", 2_000, 500, 3_000)
ORDER = DayOrder(1, TEN, Place(44.5, 0.16), (LINE,))
DAY = Day(date(2026, 11, 24), "town", (ORDER,))


def test_orders_are_numbered_as_they_come() -> None:
    with pytest.raises(ValueError, match="numbered"):
        replace(DAY, orders=(replace(ORDER, number=2),))
    later = replace(ORDER, asked_at=TEN.replace(hour=10))
    with pytest.raises(ValueError, match="order of asking"):
        replace(DAY, orders=(later, replace(ORDER, number=2)))


def test_an_order_is_asked_on_its_day() -> None:
    with pytest.raises(ValueError, match="not asked on 2026-11-25"):
        replace(DAY, day=date(2026, 11, 25))


def test_a_door_carries_no_name() -> None:
    with pytest.raises(ValueError, match="no name"):
        replace(ORDER, place=Place(44.5, 0.16, "Camille Essai, 12 rue des Lilas"))


def test_nonsense_in_an_order_is_refused() -> None:
    with pytest.raises(ValueError, match="buys from nobody"):
        replace(ORDER, lines=())
    with pytest.raises(ValueError, match="a shop twice"):
        replace(ORDER, lines=(LINE, LINE))
    with pytest.raises(ValueError, match="no way out"):
        replace(ORDER, otherwise=Mode.EXPRESS)
    with pytest.raises(ValueError, match="weight_g is negative"):
        replace(LINE, weight_g=-1)
    with pytest.raises(ValueError, match="more than a day"):
        replace(LINE, late_s=90_000)
