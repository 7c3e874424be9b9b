"""When each thing is told: at once, again at its times, in order, and nobody waits for a neighbour.

Two orders of one storefront, and three of the shop's endpoints at most: /a, /b and /c.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Event as Signal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.core.errors import StorageError
from dispatch.operations.letters import Answer, Letter
from dispatch.operations.mailroom import Mailroom, Told, deliver_next
from dispatch.operations.ports import Ports
from dispatch.operations.retell import dead_letters
from dispatch.operations.webhook_rules import WebhookRules
from dispatch.operations.webhooks import (
    list_endpoints,
    remove_endpoint,
)
from dispatch.orders.shipments import State
from tests.adapters.storage_samples import NOON, event
from tests.fakes.house import clock_of, house
from tests.fakes.postbox import OK, REFUSED, Postbox, an_endpoint, booked, emptied, house_with

SHOP = "https://shop.example/"


@pytest.fixture
def post() -> Postbox:
    return Postbox()


@pytest.fixture
def ports(post: Postbox) -> Ports:
    return house_with(post)


def test_a_refused_letter_is_tried_again_exactly_at_its_times_and_then_dead(
    ports: Ports, post: Postbox
) -> None:
    endpoint = an_endpoint(ports, SHOP + "a")
    booked(ports, 1)
    tried: list[int] = []

    def refuse(letter: Letter) -> Answer:
        tried.append(int((clock_of(ports).now() - NOON).total_seconds()))
        return REFUSED

    post.answers[SHOP + "a"] = refuse
    waits_s = [0, 5, 60, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600]
    for wait_s in waits_s:
        if wait_s:
            clock_of(ports).advance(seconds=wait_s - 1)
            assert deliver_next(endpoint.endpoint_id, ports) is None, "a second too early"
            clock_of(ports).advance(seconds=1)
        assert dead_letters(ports) == ()
        told = deliver_next(endpoint.endpoint_id, ports)
        assert told == Told(endpoint.endpoint_id, "evt_s1_0", REFUSED, given_up=len(tried) == 9)
    assert tried == [sum(waits_s[: n + 1]) for n in range(9)]
    (given_up,) = dead_letters(ports)
    assert (given_up.delivery.tries, given_up.delivery.error) == (9, "no_connection")
    assert given_up.delivery.due_at == NOON + timedelta(seconds=sum(waits_s))
    clock_of(ports).advance(minutes=60 * 24 * 365)
    assert deliver_next(endpoint.endpoint_id, ports) is None
    assert len({letter.message_id for letter in post.letters}) == 1
    assert len({letter.body for letter in post.letters}) == 1


def test_what_failed_once_and_then_arrives_is_told_no_more(ports: Ports, post: Postbox) -> None:
    endpoint = an_endpoint(ports, SHOP + "a")
    booked(ports, 1)
    post.answers[SHOP + "a"] = lambda letter: OK if len(post.letters) > 1 else Answer(503)
    emptied(endpoint, ports)
    ((_, backlog),) = list_endpoints(ports)
    assert (backlog.waiting, backlog.failing) == (1, 1)
    clock_of(ports).advance(seconds=5)
    emptied(endpoint, ports)
    ((told, backlog),) = list_endpoints(ports)
    assert (backlog.waiting, backlog.failing, backlog.dead) == (0, 0, 0)
    assert told.arrived_at == NOON + timedelta(seconds=5)


def test_events_of_one_order_arrive_in_order_though_one_has_to_be_tried_again(
    ports: Ports, post: Postbox
) -> None:
    endpoint = an_endpoint(ports, SHOP + "a")
    booked(ports, 1)
    with ports.store.writing() as tx:
        tx.add_event(event(1, 1, State.READY))
    booked(ports, 2)
    post.answers[SHOP + "a"] = lambda letter: OK if len(post.letters) > 1 else Answer(500)
    emptied(endpoint, ports)
    clock_of(ports).advance(seconds=5)
    emptied(endpoint, ports)
    told = [letter.message_id for letter in post.letters]
    assert told == ["evt_s1_0", "evt_s2_0", "evt_s1_0", "evt_s1_1"]


def test_who_dies_between_sending_and_crossing_out_sends_it_again_and_loses_nothing(
    ports: Ports, post: Postbox
) -> None:
    endpoint = an_endpoint(ports, SHOP + "a")
    booked(ports, 1, 2)

    def die(letter: Letter) -> Answer:
        raise KeyboardInterrupt  # the shop has it, and we do not know

    post.answers[SHOP + "a"] = die
    with pytest.raises(KeyboardInterrupt):
        emptied(endpoint, ports)
    post.answers.clear()
    emptied(endpoint, ports)
    assert [letter.message_id for letter in post.letters] == ["evt_s1_0", "evt_s1_0", "evt_s2_0"]


def test_no_transaction_is_open_while_a_letter_is_on_its_way(ports: Ports, post: Postbox) -> None:
    endpoint = an_endpoint(ports, SHOP + "a")
    booked(ports, 1)

    def book_meanwhile(letter: Letter) -> Answer:
        if len(post.letters) == 1:
            booked(ports, 2)  # in this very thread: it would wait for itself
        return OK

    post.answers[SHOP + "a"] = book_meanwhile
    emptied(endpoint, ports)
    assert [letter.message_id for letter in post.letters] == ["evt_s1_0", "evt_s2_0"]


def test_an_endpoint_removed_while_a_letter_is_on_its_way_is_no_trouble(
    ports: Ports, post: Postbox
) -> None:
    endpoint = an_endpoint(ports, SHOP + "a")
    booked(ports, 1)

    def remove(letter: Letter) -> Answer:
        remove_endpoint(endpoint.endpoint_id, ports)
        return REFUSED

    post.answers[SHOP + "a"] = remove
    emptied(endpoint, ports)
    assert list_endpoints(ports) == ()


def test_a_shop_that_does_not_answer_holds_up_neither_its_neighbours_nor_the_next_look(
    ports: Ports, post: Postbox
) -> None:
    an_endpoint(ports, SHOP + "a")
    an_endpoint(ports, SHOP + "b")
    there, go = Signal(), Signal()

    def hang(letter: Letter) -> Answer:
        there.set()
        go.wait(60)
        return OK

    post.answers[SHOP + "a"] = hang
    mailroom = Mailroom()
    try:
        booked(ports, 1)
        mailroom(ports)
        assert there.wait(60)
        booked(ports, 2)
        for _ in range(200):  # looks like those of the jobs process, while /a still hangs
            mailroom(ports)
            if not mailroom.wait(0.02) and ("b", "evt_s2_0") in post.told:
                break
        assert ("b", "evt_s2_0") in post.told
        assert post.told.count(("a", "evt_s1_0")) == 1, "one letter at a time to each"
    finally:
        go.set()
    assert mailroom.wait(60)
    assert [message for path, message in post.told if path == "a"] == ["evt_s1_0", "evt_s2_0"]


def test_what_breaks_in_a_lane_is_told_at_the_next_look_and_tried_again(
    ports: Ports, post: Postbox
) -> None:
    an_endpoint(ports, SHOP + "a")
    booked(ports, 1)

    def away(letter: Letter) -> Answer:
        raise StorageError("the database is out of reach")

    post.answers[SHOP + "a"] = away
    mailroom = Mailroom()
    mailroom(ports)
    assert mailroom.wait(60)
    post.answers.clear()
    with pytest.raises(StorageError):
        mailroom(ports)
    assert mailroom.wait(60)
    mailroom(ports)
    assert post.told == [("a", "evt_s1_0")] * 2


def test_what_is_given_up_is_told_once_to_whoever_looks(ports: Ports, post: Postbox) -> None:
    endpoint = an_endpoint(ports, SHOP + "a")
    once = replace(ports.parameters, webhooks=WebhookRules(retry_after_s=(0,)))
    hasty = replace(ports, parameters=once)
    booked(ports, 1)
    post.answers[SHOP + "a"] = lambda letter: Answer(500)
    mailroom = Mailroom()
    assert mailroom(hasty) == ()
    assert mailroom.wait(60)
    assert mailroom(hasty) == (Told(endpoint.endpoint_id, "evt_s1_0", Answer(500), True),)
    assert mailroom(hasty) == ()


@settings(max_examples=40, deadline=None)
@given(
    days=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 4)), max_size=25),
    refused=st.sets(st.integers(1, 40)),
    dies=st.sets(st.integers(1, 40)),
)
def test_whatever_fails_every_event_arrives_and_those_of_an_order_in_order(
    days: list[tuple[int, int]], refused: set[int], dies: set[int]
) -> None:
    """``days``: an order to which something happens, then minutes that pass.

    ``refused``, ``dies``: which letters, counted, the shop does not take, or takes while we die.
    """
    post = Postbox()
    ports = replace(house("2026-11-24T12:00+01:00"), post=post)
    endpoint = an_endpoint(ports, SHOP + "a")
    taken: list[str] = []

    def shop(letter: Letter) -> Answer:
        if len(post.letters) in refused:
            return REFUSED
        taken.append(letter.message_id)
        if len(post.letters) in dies:
            raise KeyboardInterrupt
        return OK

    post.answers[SHOP + "a"] = shop
    happened: dict[int, int] = {}

    def look() -> None:
        with suppress(KeyboardInterrupt):
            emptied(endpoint, ports)

    for order, pause_min in days:
        seq = happened.get(order, -1) + 1
        happened[order] = seq
        if seq:
            with ports.store.writing() as tx:
                tx.add_event(event(order, seq, State.READY))
        else:
            booked(ports, order)
        look()
        clock_of(ports).advance(minutes=pause_min)
    refused.clear()
    for _ in range(1 + len(dies)):
        clock_of(ports).advance(minutes=32 * 60)
        look()
    assert dead_letters(ports) == ()
    for order, last in happened.items():
        mine = [each for each in taken if each.startswith(f"evt_s{order}_")]
        assert list(dict.fromkeys(mine)) == [f"evt_s{order}_{n}" for n in range(last + 1)]


def test_a_house_without_a_post_keeps_what_it_would_tell(ports: Ports, post: Postbox) -> None:
    an_endpoint(ports, SHOP + "a")
    booked(ports, 1)
    mailroom = Mailroom()
    mailroom(replace(ports, post=None))
    assert mailroom.wait(1)
    mailroom(ports)
    assert mailroom.wait(60)
    assert post.told == [("a", "evt_s1_0")]
