"""What happens to a shipment and what is told of it are one log, without gaps."""

from __future__ import annotations

import pytest

from dispatch.core.errors import Broken
from dispatch.operations.ports import Ports
from dispatch.operations.steps import step, tell
from dispatch.orders.shipments import EventType, State
from dispatch.slots.service_levels import Mode
from tests.fakes.house import clock_of
from tests.fakes.town import express_shops
from tests.operations.test_prepare import order_by


def test_what_is_told_between_two_states_has_its_own_number_in_the_log(ports: Ports) -> None:
    (booked,) = order_by(Mode.COLLECT, express_shops(ports)[0], ports).shipments
    clock_of(ports).advance(minutes=1)
    with ports.store.writing() as tx:
        ready = step(booked, State.READY, tx, ports, actor="merchant")
        told = tell(ready, EventType.REMINDED, tx, ports, actor="jobs", data={"days": 3})
        step(told, State.COLLECTED, tx, ports, actor="merchant")
    with ports.store.reading() as tx:
        log = tx.events_of(booked.shipment_id)
        assert tx.shipment(booked.shipment_id).seq == 4
    assert [(event.seq, event.type, event.state) for event in log] == [
        (0, EventType.STATE, State.BOOKED),
        (1, EventType.STATE, State.READY),
        (2, EventType.REMINDED, State.READY),
        (3, EventType.STATE, State.COLLECTED),
        (4, EventType.COMPLETED, State.COLLECTED),
    ]
    assert [event.data for event in log[:4]] == [None, None, {"days": 3}, None]
    assert log[2].at_server == clock_of(ports).now()


def test_a_state_is_stepped_to_and_never_only_told(ports: Ports) -> None:
    (booked,) = order_by(Mode.COLLECT, express_shops(ports)[0], ports).shipments
    with ports.store.writing() as tx, pytest.raises(Broken, match="stepped to, not told"):
        tell(booked, EventType.STATE, tx, ports, actor="merchant")
