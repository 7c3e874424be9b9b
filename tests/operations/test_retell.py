"""What is given up is listed, and what anybody asks for is told again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dispatch.core.errors import NotFound
from dispatch.core.ids import StorefrontId
from dispatch.operations.letters import Answer
from dispatch.operations.mailroom import deliver_next
from dispatch.operations.ports import Ports
from dispatch.operations.retell import dead_letters, replay_event, replay_since
from dispatch.operations.webhook_rules import WebhookRules
from dispatch.operations.webhooks import Endpoint
from dispatch.orders.shipments import State
from tests.adapters.storage_samples import NOON, event, minutes, shipment
from tests.fakes.postbox import HOOK, Postbox, an_endpoint, booked, emptied, house_with

FAIR = StorefrontId("fair")


@pytest.fixture
def post() -> Postbox:
    return Postbox()


@pytest.fixture
def ports(post: Postbox) -> Ports:
    return house_with(post)


def dead(ports: Ports, post: Postbox, **rules: Any) -> Endpoint:
    """An endpoint that refused one event to the last."""
    last = replace(ports.parameters, webhooks=WebhookRules(retry_after_s=(0,), **rules))
    endpoint = an_endpoint(ports)
    post.answers[HOOK] = lambda letter: Answer(500)
    booked(ports)
    deliver_next(endpoint.endpoint_id, replace(ports, parameters=last))
    post.answers.clear()
    return endpoint


def test_what_is_dead_is_listed_with_its_event_and_told_again_on_demand(
    ports: Ports, post: Postbox
) -> None:
    endpoint = dead(ports, post)
    (letter,) = dead_letters(ports)
    assert (letter.message_id, letter.delivery.error) == ("evt_s1_0", "500")
    assert emptied(endpoint, ports) == 0
    assert replay_event("evt_s1_0", ports) == 1
    assert emptied(endpoint, ports) == 1
    assert dead_letters(ports) == ()
    assert post.letters[0].message_id == post.letters[1].message_id


def test_an_event_is_told_again_to_those_who_want_to_hear_of_it(ports: Ports) -> None:
    booked(ports)
    every = an_endpoint(ports)
    an_endpoint(ports, f"{HOOK}/2", "order.completed")
    an_endpoint(ports, f"{HOOK}/3", whose=FAIR)
    assert replay_event("evt_s1_0", ports) == 1
    assert replay_event("evt_s1_0", ports, only=every.endpoint_id) == 1
    assert emptied(every, ports) == 1


@pytest.mark.parametrize("message", ["evt_s1_1", "evt_s2_0", "s1", "", "evt_test_00001"])
def test_an_id_that_names_no_event_is_told(message: str, ports: Ports) -> None:
    booked(ports)
    with pytest.raises(NotFound, match=f"no event {message}"):
        replay_event(message, ports)


def test_everything_since_an_instant_is_told_again(ports: Ports, post: Postbox) -> None:
    booked(ports, 1)
    booked(ports, 2)
    with ports.store.writing() as tx:
        tx.put_shipment(replace(shipment(2), storefront_id=FAIR))
        tx.add_event(replace(event(1, 1, State.READY), at_server=NOON + minutes(5)))
    endpoint = an_endpoint(ports)
    assert replay_since(NOON + minutes(6), ports) == 0
    assert replay_since(NOON, ports, only=endpoint.endpoint_id) == 2
    assert emptied(endpoint, ports) == 2
    assert [letter.message_id for letter in post.letters] == ["evt_s1_0", "evt_s1_1"]
    with pytest.raises(NotFound):
        replay_since(NOON, ports, only="wh_none")
