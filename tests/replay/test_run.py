"""A day lived again: the same every time, in the world as it is, by what the house decides."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from dispatch.core.errors import Invalid
from dispatch.replay.day import Day
from dispatch.replay.kpis import kpis_of
from dispatch.replay.policies import POLICIES, policy
from dispatch.replay.run import Lived
from dispatch.replay.world import AS_PLANNED
from dispatch.slots.service_levels import Mode
from tests.fakes.house import house
from tests.fakes.town import express_shops
from tests.replay.small_days import lived, one_order, small_day


@pytest.fixture(scope="module")
def shop() -> str:
    return express_shops(house())[0]


@pytest.fixture(scope="module")
def rolled() -> Lived:
    """The same day as ``busy``, each round given out when its time has come."""
    return lived(small_day(orders=16), "rolling")


@pytest.fixture(scope="module")
def busy() -> Lived:
    """On this day a wave changes what an idle courier does next."""
    return lived(small_day(orders=16))


def test_the_same_day_is_lived_the_same_to_the_last_event(busy: Lived) -> None:
    again = lived(small_day(orders=16))
    assert again.journal == busy.journal
    assert again.digest == busy.digest


def test_a_rolling_day_too(rolled: Lived) -> None:
    assert lived(small_day(orders=16), "rolling").journal == rolled.journal


def test_rolling_waits_where_a_wave_sends_somebody(busy: Lived, rolled: Lived) -> None:
    def first_leaves(day: Lived) -> datetime:
        return min(visit.left_at for visit in day.visits)

    def minutes(day: Lived) -> float:
        return sum((v.ended_at - v.left_at).total_seconds() for v in day.visits) / 60

    assert first_leaves(rolled) > first_leaves(busy)
    assert minutes(rolled) < minutes(busy)
    assert rolled.churn.silent == 0


def test_another_process_lives_the_same_day() -> None:
    """Sets are walked in another order there: no result may hang on that."""
    script = (
        "from tests.replay.small_days import lived, small_day;"
        "print(lived(small_day(orders=3)).digest)"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == lived(small_day(orders=3)).digest


def test_other_luck_is_another_day() -> None:
    few = small_day(orders=3)
    assert lived(replace(few, seed=99)).digest != lived(few).digest


def test_whoever_books_gets_it(busy: Lived) -> None:
    booked = [taken for taken in busy.taken if taken.mode is Mode.EXPRESS]
    assert len(booked) > 7
    assert {v.order for v in busy.visits if v.kind == "drop"} == {t.order.number for t in booked}


def test_a_courier_is_in_one_place_at_a_time(busy: Lived) -> None:
    for courier_id in {visit.courier_id for visit in busy.visits}:
        mine = [visit for visit in busy.visits if visit.courier_id == courier_id]
        for before, after in pairwise(mine):
            assert before.ended_at <= after.left_at


def test_nobody_leaves_for_a_stop_before_it_is_the_next_one(busy: Lived) -> None:
    told = [line.split()[0] for line in busy.journal if " stop=" in line]
    assert told == sorted(told) and busy.churn.next_stops > 0


def test_no_next_stop_changes_once_the_courier_has_left_for_it(busy: Lived) -> None:
    assert busy.churn.silent == 0


def test_as_planned_everybody_is_served_in_time() -> None:
    assert kpis_of(lived(small_day(orders=8), habits=AS_PLANNED)).late == 0


def test_an_order_is_fetched_once_it_is_packed(shop: str) -> None:
    day = lived(one_order(shop, late_s=20 * 60), habits=AS_PLANNED)
    pickup, drop = day.visits
    assert pickup.begun_at == max(pickup.arrived_at, *day.packed_at.values())
    assert drop.begun_at >= pickup.ended_at


def test_a_courier_waits_half_an_hour_for_a_parcel_and_comes_again(shop: str) -> None:
    day = lived(one_order(shop, late_s=100 * 60), habits=AS_PLANNED)
    first, *_, fetched, dropped = day.visits
    assert first.failed == "not_ready"
    assert first.begun_at - first.arrived_at == timedelta(minutes=30)
    assert fetched.begun_at >= max(day.packed_at.values())
    assert (fetched.kind, fetched.failed, dropped.kind) == ("pickup", None, "drop")


def test_nobody_at_home_is_told_as_such_and_in_no_share(shop: str) -> None:
    day = lived(one_order(shop, absent=True), habits=AS_PLANNED)
    *_, door, back = day.visits
    assert (door.failed, back.kind, back.failed) == ("not_at_home", "return", None)
    figures = kpis_of(day)
    assert (figures.absent, figures.on_time_pct, figures.unserved) == (1, None, 0)


def test_rain_takes_longer() -> None:
    dry = small_day(orders=4)
    wet = replace(dry, rain=True)

    def riding_s(day: Day) -> float:
        return sum((v.arrived_at - v.left_at).total_seconds() for v in lived(day).visits)

    assert riding_s(wet) > riding_s(dry)


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_under_every_policy_a_small_day_is_served(name: str) -> None:
    figures = kpis_of(lived(small_day(orders=5), name))
    assert (figures.drops, figures.unserved) == (figures.express, 0)
    assert figures.silent_changes == 0


def test_an_unknown_policy_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(Invalid, match="known: anticipating, one-by-one, rolling, waves"):
        policy("guessing")


def test_a_shop_that_the_town_has_not_is_named(shop: str) -> None:
    day = one_order(shop)
    line = replace(day.orders[0].lines[0], merchant_id="m_nobody")
    with pytest.raises(Invalid, match="m_nobody"):
        lived(replace(day, orders=(replace(day.orders[0], lines=(line,)),)))
