"""How a day is told: one booking of each kind, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.core.ids import QuoteId
from dispatch.core.reasons import Refusal
from dispatch.operations.ports import Ports
from dispatch.operations.report import DayReport, Line, day_report
from dispatch.operations.waves import LooseOrder
from dispatch.orders.shipments import State
from dispatch.slots.service_levels import Mode
from tests.adapters import storage_samples as sample
from tests.fakes.house import clock_of
from tests.operations.drawn import drawn_house

DAY = sample.DAY
OPENS_AT, CLOSES_AT = sample.AFTERNOON.opens_at, sample.AFTERNOON.closes_at
DURING, AFTER = OPENS_AT + timedelta(hours=1), CLOSES_AT + timedelta(hours=1)


@pytest.fixture
def ports() -> Ports:
    return drawn_house(now=DURING)


def put(
    ports: Ports,
    state: State,
    *,
    n: int = 1,
    mode: Mode = Mode.EXPRESS,
    ended_s: int | None = None,
    reasons: tuple[str | None, ...] = (),
    loose: str | None = None,
) -> None:
    """Booking *n* with its one shipment in *state*.

    ended_s : when it ended, seconds after the promise's end
    """
    ended_at = None if ended_s is None else CLOSES_AT + timedelta(seconds=ended_s)
    with ports.store.writing() as tx:
        sample.book(tx, n)
        tx.put_shipment(replace(sample.shipment(n, state, mode), ended_at=ended_at))
        for seq, reason in enumerate(reasons, start=1):
            tx.add_event(replace(sample.event(n, seq, state), reason=reason))
        if loose is not None:
            quote_id = QuoteId(f"q{n}")
            tx.put_loose(LooseOrder(quote_id, DAY, (sample.stop(n),), Refusal(loose), sample.NOON))


def only(report: DayReport) -> Line:
    (line,) = report.lines
    return line


@pytest.mark.parametrize(
    ("ended_s", "outcome", "why", "late_s"),
    [
        (-3600, "delivered", "", 0),
        (0, "delivered", "", 0),
        (1, "late", "1 min", 1),
        (59, "late", "1 min", 59),
        (60, "late", "1 min", 60),
        (61, "late", "2 min", 61),
        (7200, "late", "120 min", 7200),
    ],
)
@pytest.mark.parametrize("state", [State.DELIVERED, State.COLLECTED])
def test_what_was_delivered_is_on_time_or_late_by_so_much(
    ports: Ports, state: State, ended_s: int, outcome: str, why: str, late_s: int
) -> None:
    put(ports, state, ended_s=ended_s)
    clock_of(ports).move_to(CLOSES_AT + timedelta(days=1))
    line = only(day_report(DAY, ports))
    assert (line.outcome, line.why, line.late_s) == (outcome, why, late_s)


@pytest.mark.parametrize(
    ("mode", "state", "waits_for"),
    [
        (Mode.EXPRESS, State.BOOKED, "on_its_way"),
        (Mode.EXPRESS, State.TO_DROPOFF, "on_its_way"),
        (Mode.COLLECT, State.READY, "customer_collects"),
        (Mode.STANDARD, State.READY, "to_be_posted"),
        (Mode.STANDARD, State.TO_DROPOFF, "with_the_post"),
        (Mode.MERCHANT, State.TO_DROPOFF, "merchant_delivers"),
    ],
)
def test_while_the_promise_runs_an_order_is_open_and_says_what_it_waits_for(
    ports: Ports, mode: Mode, state: State, waits_for: str
) -> None:
    put(ports, state, mode=mode)
    line = only(day_report(DAY, ports))
    assert (line.outcome, line.why, line.late_s) == ("open", waits_for, 0)


@pytest.mark.parametrize(
    "state",
    [
        State.ATTEMPTED,
        State.PICKUP_FAILED,
        State.HELD_FOR_PICKUP,
        State.RETURNING,
        State.RETURNED,
    ],
)
@pytest.mark.parametrize("now", [DURING, AFTER])
def test_a_failure_is_told_with_the_last_reason_given(
    ports: Ports, state: State, now: object
) -> None:
    put(ports, state, reasons=("not_ready", "not_at_home", None))
    clock_of(ports).move_to(now)  # type: ignore[arg-type]
    line = only(day_report(DAY, ports))
    assert (line.outcome, line.why) == ("failed", "not_at_home")


def test_an_order_no_tour_holds_has_failed_for_that_reason(ports: Ports) -> None:
    put(ports, State.BOOKED, loose="merchant_closed")
    line = only(day_report(DAY, ports))
    assert (line.outcome, line.why) == ("failed", "merchant_closed")


def test_a_cancelled_order_is_neither_late_nor_failed(ports: Ports) -> None:
    put(ports, State.CANCELLED, ended_s=-60, loose="merchant_closed")
    clock_of(ports).move_to(AFTER)
    report = day_report(DAY, ports)
    assert (only(report).outcome, only(report).why) == ("cancelled", "cancelled")
    assert report.unexplained == ()


def test_an_express_order_past_its_promise_without_a_word_is_unexplained(ports: Ports) -> None:
    put(ports, State.TO_DROPOFF)
    clock_of(ports).move_to(AFTER)
    report = day_report(DAY, ports)
    assert report.unexplained == report.lines
    assert (only(report).outcome, only(report).late_s) == ("failed", 3600)


@pytest.mark.parametrize(
    ("mode", "state", "why"),
    [
        (Mode.COLLECT, State.READY, "customer_collects"),
        (Mode.STANDARD, State.BOOKED, "to_be_posted"),
        (Mode.MERCHANT, State.TO_DROPOFF, "merchant_delivers"),
    ],
)
def test_what_was_out_of_our_hands_is_explained_by_who_did_not_come(
    ports: Ports, mode: Mode, state: State, why: str
) -> None:
    put(ports, state, mode=mode)
    clock_of(ports).move_to(AFTER)
    report = day_report(DAY, ports)
    assert (only(report).outcome, only(report).why) == ("failed", why)
    assert report.unexplained == ()


def test_the_post_tells_nobody_so_a_posted_parcel_is_never_called_failed(ports: Ports) -> None:
    put(ports, State.TO_DROPOFF, mode=Mode.STANDARD)
    clock_of(ports).move_to(AFTER)
    line = only(day_report(DAY, ports))
    assert (line.outcome, line.why) == ("open", "with_the_post")


def test_every_shipment_is_counted_once_by_mode_and_outcome(ports: Ports) -> None:
    put(ports, State.DELIVERED, n=1, ended_s=-1)
    put(ports, State.DELIVERED, n=2, ended_s=-1)
    put(ports, State.CANCELLED, n=3, ended_s=-1)
    put(ports, State.COLLECTED, n=4, mode=Mode.COLLECT, ended_s=-1)
    report = day_report(DAY, ports)
    assert (report.bookings, len(report.lines)) == (4, 4)
    assert report.count("delivered") == 3
    assert report.count("delivered", Mode.EXPRESS) == 2
    assert report.by_mode() == {
        Mode.EXPRESS: {"delivered": 2, "cancelled": 1},
        Mode.COLLECT: {"delivered": 1},
    }


def test_another_day_s_bookings_are_another_day_s_report(ports: Ports) -> None:
    put(ports, State.BOOKED)
    assert day_report(DAY + timedelta(days=1), ports) == DayReport(DAY + timedelta(days=1), 0, ())
