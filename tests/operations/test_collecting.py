"""A parcel at the counter: said, handed over, reminded of, given back to the shelf."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.core.errors import Invalid, InvalidTransition, TooManyTries
from dispatch.core.ids import MerchantId
from dispatch.operations.collecting import Looked, look_at_counters
from dispatch.operations.ports import Ports
from dispatch.operations.prepare import Act, act
from dispatch.orders.collecting import CollectRules, Handover
from dispatch.orders.shipments import EventType, Shipment, State
from dispatch.slots.service_levels import Mode
from tests.fakes.house import clock_of
from tests.fakes.town import express_shops
from tests.operations.test_prepare import order_by

DAY_MIN = 24 * 60


@pytest.fixture
def waiting(ports: Ports) -> Shipment:
    """A parcel packed on Tuesday at ten, that a customer should come for."""
    shop = MerchantId(express_shops(ports)[0])
    (shipment,) = order_by(Mode.COLLECT, shop, ports).shipments
    return act(Act.READY, shipment.shipment_id, shop, ports)


def say(code: str, shipment: Shipment, ports: Ports, by: str = "") -> Shipment:
    return act(Act.COLLECTED, shipment.shipment_id, shipment.merchant_id, ports, code=code, by=by)


def now(shipment: Shipment, ports: Ports) -> Shipment:
    with ports.store.reading() as tx:
        return tx.shipment(shipment.shipment_id)


def types(shipment: Shipment, ports: Ports) -> list[EventType]:
    with ports.store.reading() as tx:
        return [event.type for event in tx.events_of(shipment.shipment_id)]


def test_wrong_codes_are_counted_even_though_each_is_refused(
    ports: Ports, waiting: Shipment
) -> None:
    for _ in range(4):
        with pytest.raises(Invalid):
            say("none", waiting, ports)
    with ports.store.reading() as tx:
        assert tx.handover(waiting.shipment_id) == Handover(waiting.shipment_id, wrong_codes=4)
    with pytest.raises(TooManyTries, match="wait until 10:15"):
        say("none", waiting, ports)


def test_while_the_counter_waits_even_the_right_code_is_not_looked_at(
    ports: Ports, waiting: Shipment
) -> None:
    for _ in range(5):
        with pytest.raises((Invalid, TooManyTries)):
            say("none", waiting, ports)
    clock_of(ports).advance(minutes=14, seconds=59)
    with pytest.raises(TooManyTries):
        say(waiting.handover_code, waiting, ports)
    clock_of(ports).advance(seconds=1)
    assert say(waiting.handover_code, waiting, ports).state is State.COLLECTED


def test_another_parcel_s_counter_does_not_wait(ports: Ports, waiting: Shipment) -> None:
    rules = replace(ports.parameters, collect=CollectRules(wrong_codes=1))
    ports = replace(ports, parameters=rules)
    (other,) = order_by(Mode.COLLECT, waiting.merchant_id, ports).shipments
    act(Act.READY, other.shipment_id, other.merchant_id, ports)
    with pytest.raises(TooManyTries):
        say("none", waiting, ports)
    assert say(other.handover_code, other, ports).state is State.COLLECTED


def test_what_is_not_packed_is_not_handed_over_and_no_code_is_looked_at(ports: Ports) -> None:
    shop = express_shops(ports)[0]
    (shipment,) = order_by(Mode.COLLECT, shop, ports).shipments
    with pytest.raises(InvalidTransition):
        say("none", shipment, ports)
    with ports.store.reading() as tx:
        assert tx.handover(shipment.shipment_id) is None


def test_a_second_tap_hands_nothing_over_twice(ports: Ports, waiting: Shipment) -> None:
    first = say(waiting.handover_code, waiting, ports, by="Odile")
    assert now(first, ports) == say(waiting.handover_code, waiting, ports)
    with ports.store.reading() as tx:
        handover = tx.handover(waiting.shipment_id)
    assert handover is not None
    assert handover.received_by == "Odile"


def test_a_customer_is_reminded_once_on_the_third_day(ports: Ports, waiting: Shipment) -> None:
    clock_of(ports).advance(minutes=3 * DAY_MIN - 1)
    assert look_at_counters(ports) == Looked()
    clock_of(ports).advance(minutes=1)
    assert look_at_counters(ports) == Looked(reminded=1)
    assert look_at_counters(ports) == Looked()
    clock_of(ports).advance(minutes=DAY_MIN)
    assert look_at_counters(ports) == Looked()
    assert types(waiting, ports).count(EventType.REMINDED) == 1


def test_what_nobody_fetched_goes_back_to_the_shelf_and_pays_nobody(
    ports: Ports, waiting: Shipment
) -> None:
    clock_of(ports).move_to(max(waiting.promise.window.closes_at, ports.clock.now()))
    clock_of(ports).advance(minutes=7 * DAY_MIN)
    assert look_at_counters(ports) == Looked(unclaimed=1)
    assert look_at_counters(ports) == Looked()
    assert now(waiting, ports).state is State.RETURNING
    act(Act.TAKEN_BACK, waiting.shipment_id, waiting.merchant_id, ports)
    with ports.store.reading() as tx:
        log = tx.events_of(waiting.shipment_id)
    assert [event.reason for event in log if event.state is State.RETURNING] == ["unclaimed"]
    assert log[-1].type is EventType.COMPLETED
    assert log[-1].data is not None
    assert (log[-1].data["commission"], log[-1].data["delivered"]) == (0, [])


def test_what_a_customer_brings_back_is_taken_back_and_says_so(
    ports: Ports, waiting: Shipment
) -> None:
    say(waiting.handover_code, waiting, ports)
    back = act(Act.TAKEN_BACK, waiting.shipment_id, waiting.merchant_id, ports)
    assert back.state is State.RETURNED
    with ports.store.reading() as tx:
        log = tx.events_of(waiting.shipment_id)
    assert [event.reason for event in log if event.type is EventType.STATE][-1] == "brought_back"
    assert log[-1].type is EventType.CORRECTED


def test_a_parcel_fetched_while_the_house_looks_stays_fetched(
    ports: Ports, waiting: Shipment, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock_of(ports).advance(minutes=30 * DAY_MIN)
    with ports.store.reading() as tx:
        seen = tx.waiting_at_counters()
    say(waiting.handover_code, waiting, ports)
    with ports.store.reading() as tx:
        monkeypatch.setattr(type(tx), "waiting_at_counters", lambda self: seen)
    assert look_at_counters(ports) == Looked()
    assert now(waiting, ports).state is State.COLLECTED
