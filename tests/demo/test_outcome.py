from __future__ import annotations

from collections import Counter

from dispatch.demo.orders import DAY
from dispatch.demo.outcome import Outcome
from dispatch.demo.storefront import Tally
from dispatch.operations.report import DayReport, Line
from dispatch.orders.shipments import State
from dispatch.slots.service_levels import Mode


def line(ref: str, mode: Mode, outcome: str, why: str = "") -> Line:
    return Line(ref, f"shp_{ref}", mode, State.BOOKED, outcome, why, 0)


def outcome_of(*lines: Line) -> Outcome:
    tally = Tally(quotes=9, bookings=len(lines), refused_by_code=Counter(too_heavy=1))
    return Outcome(DayReport(DAY, len(lines), lines), tally, (), 12.34)


GOOD = (
    line("AAAAA", Mode.EXPRESS, "delivered"),
    line("BBBBB", Mode.EXPRESS, "late", "4 min"),
    line("CCCCC", Mode.EXPRESS, "failed", "not_at_home"),
    line("DDDDD", Mode.COLLECT, "open", "customer_collects"),
)


def test_a_day_is_good_when_what_failed_says_why() -> None:
    assert outcome_of(*GOOD).good
    assert not outcome_of(*GOOD, line("EEEEE", Mode.EXPRESS, "failed")).good


def test_the_figures_add_up_and_modes_nobody_took_are_left_out() -> None:
    told = outcome_of(*GOOD).as_json()
    assert told == {
        "bookings": 4,
        "by_mode": {
            "collect": {
                "booked": 1, "delivered": 0, "late": 0, "failed": 0, "open": 1, "cancelled": 0,
            },
            "express": {
                "booked": 3, "delivered": 1, "late": 1, "failed": 1, "open": 0, "cancelled": 0,
            },
        },
        "late": 1,
        "failed": 1,
        "failed_by_reason": {"not_at_home": 1},
        "open_by_reason": {"customer_collects": 1},
        "unexplained": 0,
        "quotes": 9,
        "refused_by_code": {"too_heavy": 1},
        "waves": 0,
        "seconds": 12.3,
    }  # fmt: skip


def test_people_read_what_waits_what_failed_and_which_order_nobody_can_explain() -> None:
    text = outcome_of(*GOOD).as_text()
    assert "failed: 1 not_at_home" in text
    assert "open: 1 customer_collects" in text
    assert "Every booked order is delivered or explained." in text
    bad = outcome_of(*GOOD, line("EEEEE", Mode.EXPRESS, "failed")).as_text()
    assert "NOT EXPLAINED: EEEEE" in bad
