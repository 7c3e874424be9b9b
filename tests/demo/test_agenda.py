from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.demo.agenda import Agenda
from tests.demo.play import JumpingClock

NINE = "2026-11-24T09:00+01:00"


def agenda_at_nine() -> tuple[Agenda, JumpingClock]:
    clock = JumpingClock(NINE)

    def wait(seconds: float) -> bool:
        clock.advance(seconds=seconds * clock.pace)
        return False

    return Agenda(clock, wait), clock


@given(st.lists(st.integers(0, 600), max_size=20))
def test_acts_are_done_in_order_of_time_and_none_too_early(minutes: list[int]) -> None:
    agenda, clock = agenda_at_nine()
    nine = clock.now()
    done: list[datetime] = []

    def act(at: datetime) -> None:
        assert at <= clock.now()
        done.append(at)

    for minute in minutes:
        agenda.add(nine + timedelta(minutes=minute), act)
    assert agenda.live(lambda: not agenda.errands)
    assert done == sorted(nine + timedelta(minutes=minute) for minute in minutes)


def test_an_act_that_comes_late_is_told_the_instant_it_was_meant_for() -> None:
    agenda, clock = agenda_at_nine()
    nine = clock.now()
    told: list[datetime] = []
    agenda.add(nine, lambda at: clock.advance(minutes=30))  # a long talk at the counter
    agenda.add(nine + timedelta(minutes=1), told.append)
    agenda.live(lambda: bool(told))
    assert told == [nine + timedelta(minutes=1)]


def test_what_follows_from_an_errand_is_an_errand_too() -> None:
    agenda, clock = agenda_at_nine()
    done: list[str] = []

    def ask(at: datetime) -> None:
        agenda.add(at + timedelta(hours=2), lambda at: done.append("collected"))

    agenda.add(clock.now(), ask)
    agenda.live(lambda: not agenda.errands)
    assert done == ["collected"]


def test_looking_at_a_phone_keeps_no_day_open() -> None:
    agenda, clock = agenda_at_nine()

    def look(at: datetime) -> None:
        agenda.add(at + timedelta(minutes=1), look, errand=False)

    agenda.add(clock.now(), look, errand=False)
    assert agenda.live(lambda: not agenda.errands)


def test_an_interrupted_day_says_so() -> None:
    clock = JumpingClock(NINE)
    assert not Agenda(clock, lambda _: True).live(lambda: False)
