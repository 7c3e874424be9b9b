"""Who is told, at which addresses, and by which signatures."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.core.ids import StorefrontId
from dispatch.operations.access import create_key, fingerprint, revoke_key
from dispatch.operations.letters import Answer
from dispatch.operations.mailroom import deliver_next
from dispatch.operations.ports import Ports
from dispatch.operations.webhook_rules import WebhookRules
from dispatch.operations.webhooks import (
    MOST_ENDPOINTS,
    Backlog,
    add_endpoint,
    check_url,
    list_endpoints,
    remove_endpoint,
    rotate_secret,
    secret_mark,
    storefront_of_key,
    try_endpoint,
)
from dispatch.orders.shipments import EventType
from tests.adapters.storage_samples import MARKET
from tests.fakes.house import clock_of
from tests.fakes.postbox import HOOK, Postbox, an_endpoint, booked, emptied, house_with, read

FAIR = StorefrontId("fair")


@pytest.fixture
def post() -> Postbox:
    return Postbox()


@pytest.fixture
def ports(post: Postbox) -> Ports:
    return house_with(post)


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
            "booking_id": "b1",
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


def test_a_keys_name_stands_for_its_storefront_while_it_lives(ports: Ports) -> None:
    name = fingerprint(create_key("fair", ["bookings"], ports))[:8]
    assert storefront_of_key(name, ports) == FAIR
    revoke_key(name, ports)
    for unknown in (name, "", "0000"):
        with pytest.raises(NotFound, match="no living key"):
            storefront_of_key(unknown, ports)


def test_where_nothing_carries_letters_nobody_is_promised_any(ports: Ports) -> None:
    with pytest.raises(Invalid, match="nothing carries"):
        an_endpoint(replace(ports, post=None))
