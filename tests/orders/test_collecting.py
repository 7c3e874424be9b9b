"""How long a parcel waits, and how often its code may be guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.ids import ShipmentId
from dispatch.core.windows import TimeWindow
from dispatch.orders.collecting import CollectRules, Handover, remind_at, unclaimed_at
from dispatch.orders.shipments import Shipment, State
from dispatch.slots.promises import Promise
from dispatch.slots.service_levels import Mode
from tests.adapters.storage_samples import NOON, shipment

RULES = CollectRules()


def packed(promised_days: int = 1) -> Shipment:
    promise = Promise(Mode.COLLECT, TimeWindow(NOON, NOON + timedelta(days=promised_days)))
    one = shipment(state=State.READY, mode=Mode.COLLECT)
    return replace(one, prepared_at=NOON, promise=promise)


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ({"remind_after_days": 0}, "at least 1 day"),
        ({"remind_after_days": 7, "unclaimed_after_days": 7}, "before the parcel is unclaimed"),
        ({"unclaimed_after_days": 91}, "by day 90"),
        ({"wrong_codes": 0}, "wrong_codes is out of 1 to 20"),
        ({"wait_min": 1441}, "wait_min is out of 1 to 1440"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rules: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        CollectRules(**rules)


def test_a_customer_is_reminded_on_the_third_day_and_the_parcel_unclaimed_on_the_seventh() -> None:
    assert remind_at(NOON, RULES) == NOON + timedelta(days=3)
    assert unclaimed_at(packed(), RULES) == NOON + timedelta(days=7)


def test_a_parcel_is_never_unclaimed_while_its_promise_still_holds() -> None:
    assert unclaimed_at(packed(promised_days=10), RULES) == NOON + timedelta(days=10)


def test_what_is_not_packed_waits_for_nobody() -> None:
    one = shipment(state=State.BOOKED, mode=Mode.COLLECT)
    assert remind_at(one.prepared_at, RULES) is unclaimed_at(one, RULES) is None


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 20), st.integers(1, 60))
def test_no_more_codes_are_looked_at_in_a_while_than_the_rules_allow(
    pauses: list[bool], most: int, wait_min: int
) -> None:
    """Whoever guesses, now and then waiting for the end of a wait, guesses *most* a wait."""
    rules = CollectRules(wrong_codes=most, wait_min=wait_min)
    counter, now, looked_at, waits = Handover(ShipmentId("s1")), NOON, 0, 0
    for pause in pauses:
        if counter.waits(now) and pause:
            now += timedelta(minutes=wait_min)
        if not counter.waits(now):
            counter, looked_at = counter.wrong(now, rules), looked_at + 1
            waits += counter.waits(now)
    assert looked_at == waits * most + counter.wrong_codes
    assert counter.wrong_codes < most


def test_the_right_code_forgets_the_wrong_ones() -> None:
    counter = Handover(ShipmentId("s1")).wrong(NOON, RULES).handed_to("Odile")
    assert counter == Handover(ShipmentId("s1"), received_by="Odile")
