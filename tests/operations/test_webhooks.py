"""Who is told, by which signatures, and what is told again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.core.ids import StorefrontId
from dispatch.operations.letters import Answer
from dispatch.operations.mailroom import deliver_next
from dispatch.operations.ports import Ports
from dispatch.operations.webhook_rules import WebhookRules
from dispatch.operations.webhooks import (
    MOST_ENDPOINTS,
    Backlog,
    Endpoint,
    add_endpoint,
    check_url,
    dead_letters,
    list_endpoints,
    remove_endpoint,
    replay_event,
    replay_since,
    rotate_secret,
    secret_mark,
    try_endpoint,
)
from dispatch.orders.shipments import EventType, State
from tests.adapters.storage_samples import MARKET, NOON, book, event, minutes, shipment
from tests.fakes.house import clock_of, house
from tests.fakes.postbox import Postbox, read

FAIR = StorefrontId("fair")
HOOK = "https://shop.example/hook"


@pytest.fixture
def post() -> Postbox:
    return Postbox()


@pytest.fixture
def ports(post: Postbox) -> Ports:
    return replace(house("2026-11-24T12:00+01:00"), post=post)


def an_endpoint(
    ports: Ports, url: str = HOOK, *types: str, whose: StorefrontId = MARKET
) -> Endpoint:
    return add_endpoint(whose, url, types, ports)[0]


def booked(ports: Ports, n: int = 1) -> None:
    with ports.store.writing() as tx:
        book(tx, n)


def emptied(endpoint: Endpoint, ports: Ports) -> int:
    """Send the endpoint all that is due; return how much it was."""
    return sum(1 for _ in iter(lambda: deliver_next(endpoint.endpoint_id, ports), None))


def test_a_secret_is_shown_once_and_is_not_in_the_database(ports: Ports) -> None:
    endpoint, secret = add_endpoint(MARKET, HOOK, [], ports)
    assert endpoint.secret_mark == secret_mark(secret)
    assert secret not in repr(list_endpoints(ports))
    assert len(endpoint.secret_mark) == 8


def test_what_a_shop_reads_is_the_event_as_the_api_lists_it(ports: Ports, post: Postbox) -> None:
    endpoint = an_endpoint(ports)
    booked(ports)
    assert emptied(endpoint, ports) == 1
    (letter,) = post.letters
    assert letter.message_id == "evt_s1_0"
    assert read(letter) == {
        "type": "shipment.state",
        "timestamp": "2026-11-24T12:00:00+01:00",
        "data": {
            "position": 1,
            "type": "shipment.state",
            "shipment_id": "s1",
            "seq": 0,
            "state": "booked",
            "at_device": "2026-11-24T12:00:00+01:00",
            "at_server": "2026-11-24T12:00:00+01:00",
            "actor": "storefront",
        },
    }


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://shop.example/", "begins with https"),
        ("http://shop.example/", "begins with https"),
        ("https:///hook", "begins with https"),
        ("https://shop.example:0/", "begins with https"),
        ("https://shop.example:99999/", "does not read"),
        ("https://[::1/", "does not read"),
        ("https://me:secret@shop.example/", "without a user"),
        ("https://shop.example/#part", "without a user"),
        ("https://shop.example/a b", "plain characters"),
        ("https://bücher.example/", "plain characters"),
        ("https://shop.example/" + "x" * 2000, "at most 2000"),
        ("https://localhost/", "not on the public network"),
        ("https://shop.local/", "not on the public network"),
        ("https://127.0.0.1/", "not on the public network"),
        ("https://10.0.0.1:8443/", "not on the public network"),
        ("https://169.254.169.254/latest", "not on the public network"),
        ("https://[fd00::1]/", "not on the public network"),
    ],
)
def test_an_address_that_nobody_should_be_told_at_is_refused(
    url: str, why: str, ports: Ports
) -> None:
    with pytest.raises(Invalid, match=why):
        an_endpoint(ports, url)
    assert list_endpoints(ports) == ()


def test_a_planner_may_allow_this_machine_and_its_network(ports: Ports) -> None:
    for url in ("http://127.0.0.1:9000/", "https://localhost/", "http://10.1.2.3/hook"):
        assert check_url(url, private=True).hostname
    allowed = replace(ports.parameters, webhooks=WebhookRules(private_addresses=True))
    assert an_endpoint(replace(ports, parameters=allowed), "http://localhost:9000/").url


def test_a_type_that_is_none_is_told_with_those_there_are(ports: Ports) -> None:
    with pytest.raises(Invalid, match=r"'shipment\.lost'; known: shipment\.state"):
        an_endpoint(ports, HOOK, "shipment.state", "shipment.lost")
    assert an_endpoint(ports, HOOK, "order.completed", "order.completed").types == (
        EventType.COMPLETED,
    )


def test_a_storefront_is_told_once_at_one_address(ports: Ports) -> None:
    first = an_endpoint(ports)
    with pytest.raises(Conflict, match=first.endpoint_id):
        an_endpoint(ports)
    assert an_endpoint(ports, whose=FAIR) != first


def test_a_storefront_has_so_many_endpoints(ports: Ports) -> None:
    for n in range(MOST_ENDPOINTS):
        an_endpoint(ports, f"{HOOK}/{n}")
    with pytest.raises(Conflict, match="remove one first"):
        an_endpoint(ports)
    an_endpoint(ports, whose=FAIR)


def test_while_it_is_replaced_the_old_secret_signs_too(ports: Ports, post: Postbox) -> None:
    endpoint, old = add_endpoint(MARKET, HOOK, [], ports)
    rotated, new = rotate_secret(endpoint.endpoint_id, timedelta(hours=24), ports)
    assert old != new
    assert rotated.secret_mark == secret_mark(new)
    try_endpoint(endpoint.endpoint_id, ports)
    clock_of(ports).advance(minutes=24 * 60)
    try_endpoint(endpoint.endpoint_id, ports)
    assert [letter.secrets for letter in post.letters] == [(new, old), (new,)]


def test_a_secret_of_another_key_signs_nothing(ports: Ports, post: Postbox) -> None:
    endpoint = an_endpoint(ports)
    booked(ports)
    post.key = "made anew"
    with pytest.raises(Invalid, match="made of another key"):
        deliver_next(endpoint.endpoint_id, ports)
    assert post.letters == []
    rotate_secret(endpoint.endpoint_id, timedelta(), ports)
    assert emptied(endpoint, ports) == 1


def test_a_removed_endpoint_is_told_nothing(ports: Ports) -> None:
    endpoint = an_endpoint(ports)
    booked(ports)
    assert remove_endpoint(endpoint.endpoint_id, ports) == endpoint
    assert emptied(endpoint, ports) == 0
    with pytest.raises(NotFound):
        remove_endpoint(endpoint.endpoint_id, ports)


def test_a_trial_goes_out_at_once_and_into_no_outbox(ports: Ports, post: Postbox) -> None:
    endpoint = an_endpoint(ports, HOOK, "order.completed")
    post.answers[HOOK] = lambda letter: Answer(500)
    assert try_endpoint(endpoint.endpoint_id, ports) == Answer(500)
    (letter,) = post.letters
    assert read(letter)["type"] == "webhook.test"
    assert list_endpoints(ports)[0][1] == Backlog(0, 0, 0)


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
    assert replay_since(NOON + minutes(6), MARKET, ports) == 0
    assert replay_since(NOON, MARKET, ports, only=endpoint.endpoint_id) == 2
    assert emptied(endpoint, ports) == 2
    assert [letter.message_id for letter in post.letters] == ["evt_s1_0", "evt_s1_1"]
    with pytest.raises(NotFound):
        replay_since(NOON, MARKET, ports, only="wh_none")


def test_where_nothing_carries_letters_nobody_is_promised_any(ports: Ports) -> None:
    with pytest.raises(Invalid, match="nothing carries"):
        an_endpoint(replace(ports, post=None))
