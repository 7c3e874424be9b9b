from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.ids import ShipmentId
from dispatch.operations.event_words import as_told, message_id, named_event
from dispatch.orders.shipments import EventType
from tests.adapters.storage_samples import event


@given(st.from_regex(r"[a-z]{1,4}_[a-z0-9]{1,8}", fullmatch=True), st.integers(0, 10**9 - 1))
def test_a_messages_id_names_its_event(shipment_id: str, seq: int) -> None:
    told = replace(event(), shipment_id=ShipmentId(shipment_id), seq=seq)
    assert named_event(message_id(told)) == (shipment_id, seq)
    assert "." not in message_id(told)


@pytest.mark.parametrize(
    "text", ["", "evt_", "evt__1", "evt_s1", "evt_s1_", "evt_s1_-1", "evt_s1_²", "msg_s1_0"]
)
def test_another_text_names_none(text: str) -> None:
    assert named_event(text) is None


def test_a_number_that_no_shipment_reaches_names_none() -> None:
    assert named_event("evt_s1_" + "9" * 5000) is None


def test_what_an_event_does_not_say_is_left_out() -> None:
    assert as_told(replace(event(), position=7), "b1") == {
        "position": 7,
        "type": "shipment.state",
        "shipment_id": "s1",
        "booking_id": "b1",
        "seq": 0,
        "state": "booked",
        "at_device": "2026-11-24T12:00:00+01:00",
        "at_server": "2026-11-24T12:00:00+01:00",
        "actor": "storefront",
    }
    labelled = replace(event(), reason="refused", type=EventType.LABEL, data={"pages": 1})
    more = as_told(labelled, "b1")
    assert (more["reason"], more["type"], more["data"]) == (
        "refused",
        "shipment.label",
        {"pages": 1},
    )
