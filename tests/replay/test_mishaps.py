"""Days on which things go wrong: by the operations of every day, the same each time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.replay.day import Day, Mishap, MishapKind
from dispatch.replay.demand import EVENTFUL, PILOT
from dispatch.replay.generate import generated_day
from dispatch.replay.kpis import kpis_of
from dispatch.replay.run import Lived
from dispatch.slots.service_levels import Mode
from geodata import load
from tests.fakes.house import house
from tests.fakes.town import express_shops
from tests.replay.small_days import TUESDAY, lived, one_order, small_day

NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
COURIERS = ("c_lea", "c_malik", "c_jeanne")


@pytest.fixture(scope="module")
def shop() -> str:
    return express_shops(house())[0]


def told(day: Lived, what: str) -> list[str]:
    return [line for line in day.journal if f" {what} " in line]


def cancelled(day: Day, after: timedelta) -> Day:
    (order,) = day.orders
    return replace(day, orders=(replace(order, cancels_at=order.asked_at + after),))


def test_who_cancels_before_a_courier_has_it_is_brought_nothing_and_in_no_share(shop: str) -> None:
    day = lived(cancelled(one_order(shop), timedelta(minutes=5)))
    done = kpis_of(day)
    assert (done.express, done.cancelled, done.unserved, done.drops) == (1, 1, 0, 0)
    assert done.on_time_pct is None and done.unserved_by_reason == {"cancelled": 1}
    assert day.visits == () and not told(day, "packed"), "nobody packs what nobody wants"


def test_who_cancels_too_late_gets_it_all_the_same(shop: str) -> None:
    day = lived(cancelled(one_order(shop), timedelta(hours=3)))
    done = kpis_of(day)
    assert (done.cancelled, done.drops, done.on_time_pct) == (0, 1, 100)
    assert "why=too_late" in told(day, "cancels")[0]


def test_a_shop_that_says_so_is_late_by_the_operation_and_the_others_are_not(shop: str) -> None:
    quiet = one_order(shop, late_s=1800)
    (order,) = quiet.orders
    says = replace(order, lines=(replace(order.lines[0], told=True),))
    day, other = lived(replace(quiet, orders=(says,))), lived(quiet)
    assert (kpis_of(day).told_late, kpis_of(other).told_late) == (1, 0)
    assert "why=-" in told(day, "says_late")[0]
    # The courier comes when it is packed, and does not wait at the counter.
    assert (kpis_of(day).shop_wait_min or 0) < (kpis_of(other).shop_wait_min or 0)
    a_little = replace(says, lines=(replace(says.lines[0], late_s=200),))
    assert kpis_of(lived(replace(quiet, orders=(a_little,)))).told_late == 0


def test_others_take_over_from_who_breaks_down(shop: str) -> None:
    day = small_day(orders=10)
    (busiest, at) = max(
        ((v.courier_id, v.begun_at) for v in lived(day).visits if v.kind == "pickup"),
        key=lambda pair: pair[1],
    )
    ends = Mishap(MishapKind.BREAKDOWN, busiest, at + timedelta(seconds=30))
    broken = lived(replace(day, mishaps=(ends,)))
    done = kpis_of(broken)
    assert done.handed_over == 1 and done.unserved == 0, "the parcel in the bag changes hands"
    assert all(v.begun_at <= ends.at for v in broken.visits if v.courier_id == busiest)
    assert "moved=1" in told(broken, "breaks_down")[0]


def test_who_has_nothing_to_do_any_more_breaks_down_unnoticed(shop: str) -> None:
    evening = Mishap(MishapKind.BREAKDOWN, "c_lea", NOON + timedelta(hours=9))
    day = lived(replace(one_order(shop), mishaps=(evening,)))
    assert kpis_of(day).handed_over == 0 and "why=conflict" in told(day, "breaks_down")[0]


def test_a_phone_without_signal_tells_it_all_afterwards(shop: str) -> None:
    plain = one_order(shop)
    begins = plain.orders[0].asked_at + timedelta(minutes=26)  # the wave of half past has come
    holes = tuple(
        Mishap(MishapKind.OFFLINE, courier, begins, begins + timedelta(hours=3))
        for courier in COURIERS
    )
    day, usual = lived(replace(plain, mishaps=holes)), lived(plain)
    assert [v.ended_at for v in day.visits] == [v.ended_at for v in usual.visits]
    assert "facts=4" in told(day, "catches_up")[0], "there and gone, at the shop and at the door"
    assert kpis_of(day).on_time_pct == 100
    told_at = [line.split()[0] for line in day.journal if " catches_up " in line]
    assert told_at == ["2026-11-24T13:31:00+01:00"]


def test_on_a_day_with_everything_nobody_is_lost_and_it_is_the_same_each_time() -> None:
    town = load.town("val_de_garonne")
    often = replace(EVENTFUL, cancels=0.2, breakdowns=0.4, offline=0.6, told=1.0, late=0.4)
    day = generated_day(town, TUESDAY, seed=5, orders=16, demand=often)
    once, again = lived(day), lived(day)
    assert once.digest == again.digest
    done = kpis_of(once)
    express = sum(taken.mode is Mode.EXPRESS for taken in once.taken)
    assert express == done.express == done.drops + sum(done.unserved_by_reason.values())
    assert "open" not in [line.outcome for line in once.report.lines if line.mode is Mode.EXPRESS]
    assert done.silent_changes == 0


def test_what_goes_wrong_changes_nothing_else_of_a_day() -> None:
    town = load.town("val_de_garonne")
    plain = generated_day(town, TUESDAY, seed=3, orders=40, demand=PILOT)
    rough = generated_day(town, TUESDAY, seed=3, orders=40, demand=EVENTFUL)
    mended = (
        replace(o, cancels_at=None, lines=tuple(replace(one, told=False) for one in o.lines))
        for o in rough.orders
    )
    assert replace(rough, orders=tuple(mended), mishaps=()) == plain
    assert plain.mishaps == ()


def test_mishaps_come_about_as_often_as_they_are_said_to() -> None:
    town = load.town("val_de_garonne")
    days = [
        generated_day(town, TUESDAY, seed=seed, orders=10, demand=EVENTFUL) for seed in range(100)
    ]
    kinds = [mishap.kind for day in days for mishap in day.mishaps]
    assert 20 <= kinds.count(MishapKind.OFFLINE) <= 42, "one in ten of 300"
    assert 1 <= kinds.count(MishapKind.BREAKDOWN) <= 14, "one in fifty of 300"
    cancelling = sum(order.cancels_at is not None for day in days for order in day.orders)
    assert 8 <= cancelling <= 35, "one in fifty of 1,000"


@pytest.mark.parametrize(
    ("kind", "until", "why"),
    [
        (MishapKind.OFFLINE, None, "a phone is offline until some time"),
        (MishapKind.BREAKDOWN, NOON, "a phone is offline until some time"),
        (MishapKind.OFFLINE, NOON, "a phone is offline until"),
    ],
)
def test_a_mishap_that_cannot_be_is_refused(
    kind: MishapKind, until: datetime | None, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        Mishap(kind, "c_lea", NOON, until)


def test_a_courier_has_one_mishap_a_day(shop: str) -> None:
    twice = (Mishap(MishapKind.BREAKDOWN, "c_lea", NOON),) * 2
    with pytest.raises(ValueError, match="one mishap a day"):
        replace(one_order(shop), mishaps=twice)
