"""Anticipating on days lived again: it looks at other days, never at what is still to come."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

from dispatch.core.civil import local_text
from dispatch.operations.past_orders import Past
from dispatch.replay.day import Day
from dispatch.replay.past import GeneratedHistory
from dispatch.replay.policies import parameters_under, policy
from dispatch.replay.run import Lived, live
from dispatch.slots.calendar import Calendar
from geodata import load
from tests.fakes.house import embedded_town
from tests.replay.small_days import PLAIN, TUESDAY, small_day


@cache
def generated() -> GeneratedHistory:
    return GeneratedHistory(load.town("val_de_garonne"), Calendar(), weeks=2)


class Nobody:
    """A town in which nobody ever ordered."""

    def before(self, day: date) -> Past:
        return Past()


DAY = small_day(orders=10)


def lived(day: Day, name: str, history: GeneratedHistory | Nobody | None) -> Lived:
    parameters = parameters_under(name, PLAIN)
    few = replace(parameters, dispatching=replace(parameters.dispatching, futures=3))
    return live(day, embedded_town(), few, policy(name), history=history)


@cache
def rolling() -> Lived:
    return lived(DAY, "rolling", None)


@cache
def anticipating() -> Lived:
    return lived(DAY, "anticipating", generated())


def test_the_past_is_of_other_days_and_the_same_each_time() -> None:
    past = generated().before(TUESDAY)
    again = GeneratedHistory(load.town("val_de_garonne"), Calendar(), weeks=2)

    assert sum(past.days.values()) == 14
    assert sum(past.orders.values()) > 14 * 20
    assert again.before(TUESDAY) == past
    assert again.before(TUESDAY + timedelta(days=1)) != past


def test_where_nobody_ever_ordered_it_is_rolling_to_the_last_event() -> None:
    assert lived(DAY, "anticipating", Nobody()).digest == rolling().digest


def test_the_same_day_is_lived_the_same_again_and_not_as_rolling_has_it() -> None:
    assert lived(DAY, "anticipating", generated()).digest == anticipating().digest
    assert anticipating().digest != rolling().digest


def test_what_is_ordered_later_changes_nothing_before() -> None:
    asked_at = DAY.orders[6].asked_at
    shorter = replace(DAY, orders=DAY.orders[:6])
    some = anticipating().journal, lived(shorter, "anticipating", generated()).journal

    before, without = ([line for line in one if line < local_text(asked_at)] for one in some)
    assert before == without
    assert len(before) > 10
    assert some[0] != some[1]
