"""Each figure on a day of four orders that can be counted on one hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from dispatch.core.ids import CourierId, MerchantId, QuoteId, ShipmentId, TourId
from dispatch.core.places import Place
from dispatch.core.windows import TimeWindow
from dispatch.operations.report import DayReport, Line
from dispatch.orders.shipments import State
from dispatch.replay.churn import Churn
from dispatch.replay.customers import Parcel, Taken
from dispatch.replay.day import Day, DayLine, DayOrder
from dispatch.replay.kpis import Kpis, kpis_of, minutes_late
from dispatch.replay.mishaps import Wrong
from dispatch.replay.riders import Moved, Visit
from dispatch.replay.run import Lived
from dispatch.slots.service_levels import Mode
from dispatch.tracking.tours import StopKind, Tour

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
DOOR = Place(44.5, 0.16)
LEA = CourierId("lea")


def at(minute: int) -> datetime:
    return NINE + timedelta(minutes=minute)


def order(number: int) -> DayOrder:
    return DayOrder(number, NINE, DOOR, (DayLine("m_one", 1_000, 100, 600),))


def express(number: int) -> Taken:
    """Promised from 9:00 to 10:00."""
    parcel = Parcel(ShipmentId(f"shp_{number}"), MerchantId("m_one"), NINE)
    return Taken(
        order(number),
        Mode.EXPRESS,
        (),
        TimeWindow(NINE, at(60)),
        QuoteId(f"qte_{number}"),
        (parcel,),
    )


def line(number: int, outcome: str, why: str = "") -> Line:
    return Line("REF", f"shp_{number}", Mode.EXPRESS, State.DELIVERED, outcome, why, 0)


def visit(number: int, kind: StopKind, *minutes: int, failed: str | None = None) -> Visit:
    """Left, there, begun and over at these minutes; one kilometre, 200 g."""
    left_at, arrived_at, begun_at, ended_at = (at(minute) for minute in minutes)
    return Visit(number, kind, LEA, left_at, arrived_at, begun_at, ended_at, 1_000, 200.0, failed)


@pytest.fixture
def figures(four: Lived) -> Kpis:
    return kpis_of(four)


@pytest.fixture
def four() -> Lived:
    """Order 1 in time, 2 half an hour late, 3 not at home, 4 collected; nobody came for 5."""
    taken = (
        express(1),
        express(2),
        express(3),
        Taken(order(4), Mode.COLLECT, ("no_feasible_insertion",)),
        express(5),
        Taken(order(6), None, ("merchant_closed", "holiday")),
    )
    visits = (
        visit(1, StopKind.PICKUP, 0, 10, 14, 16),
        visit(1, StopKind.DROP, 16, 26, 26, 30),
        visit(2, StopKind.PICKUP, 30, 36, 36, 40),
        visit(2, StopKind.DROP, 40, 85, 85, 90),
        visit(3, StopKind.DROP, 90, 95, 95, 98, failed="not_at_home"),
    )
    lines = (
        line(1, "delivered"),
        line(2, "late", "30 min"),
        line(3, "failed", "not_at_home"),
        line(5, "failed"),
    )
    day = date(2026, 11, 24)
    shift = TimeWindow(NINE, at(196))
    return Lived(
        day=Day(day, "town", tuple(order(n) for n in range(1, 7))),
        taken=taken,
        visits=visits,
        moves=(),
        report=DayReport(day, 5, lines),
        churn=Churn(silent=0, next_stops=1, moved=2),
        shifts=(Tour(TourId("t"), day, LEA, shift, DOOR),),
        booked=(),
        packed_at={},
        wrong=Wrong(handed_over=2, told_late=1),
        sold=(),
        journal=(),
    )


def test_every_order_is_counted_once(figures: Kpis) -> None:
    assert (figures.asked, figures.express, figures.other_modes, figures.left) == (6, 4, 1, 1)
    assert (figures.absent, figures.late, figures.unserved) == (1, 1, 1)


def test_on_time_is_of_those_who_were_at_home(figures: Kpis) -> None:
    assert figures.on_time_pct == pytest.approx(100 / 3)
    assert figures.worst_late_min == 30


def test_minutes_are_of_all_visits_and_drops_of_doors_that_opened(figures: Kpis) -> None:
    assert figures.drops == 2
    assert figures.min_per_drop == 49  # 98 minutes without a pause
    assert figures.wait_per_drop == 2
    assert figures.courier_use_pct == 50
    assert (figures.km_per_drop, figures.g_per_drop) == (2.5, 500.0)


def test_waits_are_at_counters_and_clicks_end_at_doors(figures: Kpis) -> None:
    assert figures.shop_wait_min == 2
    assert figures.shop_wait_p90_min == pytest.approx(3.6)
    assert (figures.click_to_door_min, figures.promise_min) == (60, 60)


def test_a_way_to_a_place_to_wait_is_driven_like_any_other(four: Lived) -> None:
    some = kpis_of(replace(four, moves=(Moved(LEA, at(98), 2 * 60, 1_000, 200.0),)))

    assert some.sent_to_wait == 1
    assert some.min_per_drop == 50
    assert (some.km_per_drop, some.g_per_drop) == (3.0, 600.0)


def test_reasons_are_counted_by_code(figures: Kpis) -> None:
    assert figures.refused == {"no_feasible_insertion": 1, "merchant_closed": 1}
    assert figures.unserved_by_reason == {"not_at_home": 1, "not_given": 1}


def test_changes_are_told_as_they_were_counted(figures: Kpis) -> None:
    counted = (figures.silent_changes, figures.next_stop_changes, figures.moved_stops)
    assert counted == (0, 1, 2)
    assert (figures.handed_over, figures.told_late) == (2, 1)


def test_who_cancelled_is_in_no_share(four: Lived) -> None:
    """Without order 5, which nobody came for, one of two that were due was in time."""
    without = kpis_of(replace(four, wrong=Wrong(cancelled={5})))
    assert (without.cancelled, without.unserved, without.on_time_pct) == (1, 0, 50)


def test_lateness_is_told_of_whoever_got_something(four: Lived) -> None:
    """Promised within the hour of asking: the first after half an hour, the second after 1:30."""
    assert minutes_late(four) == (-30, 30)


def test_all_of_it_is_json(figures: Kpis) -> None:
    told = json.loads(json.dumps(figures.as_json()))
    assert told["on_time_pct"] == 33.333
    assert set(figures.numbers()) | {"refused", "unserved_by_reason"} == set(told)
    assert replace(figures, drops=0).as_json()["drops"] == 0
