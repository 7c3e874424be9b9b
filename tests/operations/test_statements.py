"""Which promises judge what was stated of them, and which judge nothing."""

from __future__ import annotations

import pytest

from dispatch.core.errors import Invalid
from dispatch.operations.cancel import cancel
from dispatch.operations.ports import Ports
from dispatch.operations.statements import Reliability, stated_and_kept
from dispatch.tracking.facts import FactKind
from tests.fakes.house import SHOP, clock_of
from tests.operations.test_progress import given_tour, report
from tests.operations.test_run_wave import order


def outcome(told: Reliability) -> tuple[int, float | None, dict[str, int]]:
    kept = told.bands[0].kept if told.bands else None
    return told.judged, kept, dict(told.left_out)


def test_what_is_handed_over_in_time_was_kept(ports: Ports) -> None:
    order(ports)
    assert outcome(stated_and_kept(ports)) == (0, None, {"open": 1})
    tour = report(report(given_tour(ports), ports), ports)
    assert tour.next_stop is None
    assert outcome(stated_and_kept(ports)) == (1, 1.0, {})


def test_what_is_handed_over_too_late_was_not_and_what_never_was_neither(ports: Ports) -> None:
    order(ports)
    order(ports)
    tour = given_tour(ports)
    clock_of(ports).advance(minutes=400)
    assert outcome(stated_and_kept(ports)) == (2, 0.0, {})
    while tour.next_stop is not None:
        tour = report(tour, ports)
    assert outcome(stated_and_kept(ports)) == (2, 0.0, {})


def test_a_customer_who_was_out_in_time_and_one_who_cancelled_judge_nothing(ports: Ports) -> None:
    order(ports)
    gone = order(ports)
    cancel(gone.booking.booking_id, SHOP, ports)
    tour = report(given_tour(ports), ports)
    report(tour, ports, FactKind.FAILED, "not_at_home")
    clock_of(ports).advance(minutes=400)

    assert outcome(stated_and_kept(ports)) == (0, None, {"cancelled": 1, "customer_not_met": 1})


def test_a_year_is_the_longest_look_back(ports: Ports) -> None:
    with pytest.raises(Invalid, match="1 to 366"):
        stated_and_kept(ports, 367)
