"""In a replayed day somebody says that it rains, in the morning; or nobody does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dispatch.core.civil import local_text
from dispatch.operations.weather import is_wet
from dispatch.replay.day import Day
from dispatch.replay.journal import Journal
from dispatch.replay.weather import WeatherWord
from tests.fakes.house import clock_of, house

WET = Day(date(2026, 11, 24), "val_de_garonne", (), rain=True)


def test_it_is_said_at_seven_and_once() -> None:
    ports = house("2026-11-24T00:00+01:00")
    word = WeatherWord(WET, ports, journal := Journal(), said=True)

    at = word.next_at()
    assert at is not None
    assert local_text(at).startswith("2026-11-24T07:00")
    assert not is_wet(WET.day, ports)
    clock_of(ports).move_to("2026-11-24T07:00+01:00")
    word.act()

    assert is_wet(WET.day, ports)
    assert word.next_at() is None
    assert len(journal.lines) == 1


@pytest.mark.parametrize(("day", "said"), [(WET, False), (replace(WET, rain=False), True)])
def test_nobody_says_so_of_a_dry_day_or_when_nobody_is_asked_to(day: Day, said: bool) -> None:
    ports = house("2026-11-24T00:00+01:00")

    assert WeatherWord(day, ports, Journal(), said=said).next_at() is None
