"""A paid order is booked once, or is seen to wait: over a bad road, to the real interface."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.client import (
    Booked,
    NotDecided,
    Pending,
    RefTaken,
    Shop,
    Tolerance,
    UnknownOrder,
    Unreachable,
    Why,
)
from dispatch.operations.access import revoke_key
from dispatch.operations.ports import Ports
from tests.client.conftest import (
    ANSWER_LOST,
    CAMILLE,
    LOST,
    OpenShop,
    Road,
    Watch,
    basket,
    booked_refs,
    paid,
)
from tests.fakes.house import clock_of


def waiting(told: Booked | Pending | None) -> Pending:
    assert isinstance(told, Pending), told
    return told


def booked(told: Booked | Pending | None) -> Booked:
    assert isinstance(told, Booked), told
    return told


def test_a_paid_order_is_booked_and_the_same_again_calls_nobody(
    shop: Shop, ports: Ports, road: Road
) -> None:
    order = paid(shop, ports)
    first = booked(shop.book(order))
    assert (first.booking.state, first.difference) == ("booked", None)
    calls = len(road.passed)
    assert shop.book(order) == first == shop.order("CMD-1")
    assert len(road.passed) == calls
    assert booked_refs(ports) == ["CMD-1"]


@pytest.mark.parametrize("fate", [LOST, ANSWER_LOST])
def test_a_call_without_an_answer_is_made_again_under_the_same_key_and_books_once(
    shop: Shop, ports: Ports, road: Road, watch: Watch, fate: str
) -> None:
    order = paid(shop, ports)
    road.ahead = [fate]
    assert waiting(shop.book(order)).why is Why.WAITING
    assert shop.deliver_outbox() == (), "not yet due"
    watch.now_s += 2
    assert [type(one) for one in shop.deliver_outbox()] == [Booked]
    assert len(road.keys()) == 2
    assert len(set(road.keys())) == 1
    assert booked_refs(ports) == ["CMD-1"]


def test_an_order_is_on_the_disk_before_the_call_and_survives_the_shop(
    open_shop: OpenShop, ports: Ports, road: Road, watch: Watch
) -> None:
    order = paid(open_shop(), ports)

    class Killed(BaseException):
        """What no code of ours catches."""

    class Killer(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise Killed

    ours, road._interface = road._interface, Killer()
    with pytest.raises(Killed):
        open_shop().book(order)
    road._interface = ours
    after = open_shop()
    assert waiting(after.order("CMD-1")).why is Why.WAITING
    (told,) = after.deliver_outbox()
    assert booked(told).external_ref == "CMD-1"


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry-After": "40"}, 40.0),
        (
            {
                "Date": "Tue, 24 Nov 2026 09:00:00 GMT",
                "Retry-After": "Tue, 24 Nov 2026 09:01:00 GMT",
            },
            60.0,
        ),
        ({"Retry-After": "999999"}, 3600.0),
    ],
)
def test_a_server_that_asks_to_be_left_alone_is(
    shop: Shop, ports: Ports, road: Road, watch: Watch, headers: dict[str, str], wait_s: float
) -> None:
    order = paid(shop, ports)
    road.ahead = [httpx.Response(503, headers=headers)]
    assert waiting(shop.book(order)).due_s - watch.now_s == wait_s
    watch.now_s += wait_s - 1
    assert shop.deliver_outbox() == ()
    watch.now_s += 1
    assert len(shop.deliver_outbox()) == 1


def test_tries_come_further_and_further_apart_and_never_more_than_five_minutes(
    shop: Shop, ports: Ports, road: Road, watch: Watch
) -> None:
    order = paid(shop, ports, mode="collect")
    road.ahead = [LOST] * 12
    told = waiting(shop.book(order))
    waits_s = []
    while road.ahead:
        waits_s.append(told.due_s - watch.now_s)
        watch.now_s = told.due_s
        told = waiting(shop.deliver_outbox()[0])
    for n, wait_s in enumerate(waits_s):
        longest_s = min(300, 2**n)
        assert longest_s / 2 <= wait_s <= longest_s


def test_one_order_that_gets_no_answer_does_not_make_the_others_call(
    shop: Shop, ports: Ports, road: Road, watch: Watch
) -> None:
    orders = [paid(shop, ports, f"CMD-{n}", "collect") for n in range(3)]
    for order in orders:
        road.ahead = [LOST]
        shop.book(order)
    watch.now_s += 10
    road.ahead = [LOST]
    assert [type(one) for one in shop.deliver_outbox()] == [Pending]
    assert [type(one) for one in shop.deliver_outbox()] == [Booked, Booked]


def test_a_quote_that_ran_out_is_asked_anew_and_what_is_worse_is_not_booked_unasked(
    shop: Shop, ports: Ports
) -> None:
    order = paid(shop, ports)
    clock_of(ports).advance(minutes=30)
    told = waiting(shop.book(order))
    assert (told.why, told.error) == (Why.CHANGED, "quote_expired")
    assert told.difference is not None
    assert told.difference.later_s == 30 * 60
    assert told.difference.dearer_cents == 0
    assert shop.pending() == (told,)
    assert booked_refs(ports) == []
    assert shop.deliver_outbox() == (), "it waits for somebody, not for the server"

    yes = booked(shop.accept("CMD-1"))
    assert yes.difference == told.difference, "said again: it is not what was paid for"
    assert booked_refs(ports) == ["CMD-1"]


def test_what_a_shop_tolerates_is_booked_unasked_and_told_all_the_same(
    open_shop: OpenShop, ports: Ports, road: Road
) -> None:
    shop = open_shop(Tolerance(later_s=1800))
    order = paid(shop, ports)
    clock_of(ports).advance(minutes=30)
    told = booked(shop.book(order))
    assert told.difference is not None
    assert told.difference.later_s == 1800
    one, other = road.keys()
    assert one != other, "another body never goes under the same key"
    assert booked_refs(ports) == ["CMD-1"]


def test_what_is_exactly_as_good_is_no_difference(shop: Shop, ports: Ports) -> None:
    order = paid(shop, ports, mode="standard")
    clock_of(ports).advance(minutes=30)
    assert booked(shop.book(order)).difference is None


def test_an_accepted_option_that_is_gone_in_its_turn_is_asked_again(
    shop: Shop, ports: Ports
) -> None:
    order = paid(shop, ports)
    clock_of(ports).advance(minutes=30)
    shop.book(order)
    clock_of(ports).advance(minutes=20)
    told = waiting(shop.accept("CMD-1"))
    assert told.why is Why.CHANGED
    assert told.difference is not None
    assert told.difference.later_s == 50 * 60, "from what was paid for"
    booked(shop.accept("CMD-1"))


def test_a_quote_the_server_does_not_know_any_more_is_asked_anew(
    shop: Shop, ports: Ports, road: Road
) -> None:
    order = paid(shop, ports, mode="collect")
    lost = replace(order, quote=replace(order.quote, quote_id="qte_before_the_restore"))
    assert booked(shop.book(lost)).booking.mode == "collect"
    assert [name for name, _, _ in road.passed[1:]] == [
        "POST /v1/bookings",
        "POST /v1/quotes",
        "POST /v1/bookings",
    ]


def test_an_order_booked_by_an_outbox_that_is_lost_is_found_and_not_doubled(
    open_shop: OpenShop, ports: Ports, tmp_path: Path
) -> None:
    shop = open_shop()
    order = paid(shop, ports)
    first = booked(shop.book(order))
    shop.close()
    for file in tmp_path.glob("outbox.sqlite*"):
        file.unlink()
    again = booked(open_shop().book(order))
    assert again.booking.booking_id == first.booking.booking_id
    assert booked_refs(ports) == ["CMD-1"]


def test_anothers_booking_under_our_reference_is_never_taken_for_ours(
    shop: Shop, ports: Ports, open_shop: OpenShop, tmp_path: Path
) -> None:
    booked(shop.book(paid(shop, ports)))
    shop.close()
    for file in tmp_path.glob("outbox.sqlite*"):
        file.unlink()
    other = open_shop()
    told = waiting(other.book(paid(other, ports)))
    assert (told.why, told.error.split(":")[0]) == (Why.REFUSED, "409 duplicate_external_ref")


def test_one_reference_is_one_order(shop: Shop, ports: Ports) -> None:
    shop.book(paid(shop, ports))
    with pytest.raises(RefTaken, match="CMD-1"):
        shop.book(paid(shop, ports))


def test_a_key_that_opens_nothing_keeps_the_order_until_it_does(
    shop: Shop, ports: Ports, road: Road
) -> None:
    order = paid(shop, ports)
    with ports.store.reading() as tx:
        (key,) = tx.keys()
    revoke_key(key.name, ports)
    told = waiting(shop.book(order))
    assert (told.why, told.error.split(":")[0]) == (Why.WAITING, "401 unauthorised")


def test_what_can_never_work_is_shown_and_can_be_given_up(
    shop: Shop, ports: Ports, road: Road
) -> None:
    order = paid(shop, ports)
    told = waiting(shop.book(replace(order, customer=replace(CAMILLE, phone="nobody's"))))
    assert (told.why, shop.pending()) == (Why.REFUSED, (told,))
    assert shop.withdraw("CMD-1").why is Why.WITHDRAWN
    assert shop.withdraw("CMD-1").why is Why.WITHDRAWN
    assert shop.pending() == ()


def test_an_order_that_may_be_booked_already_cannot_be_given_up(
    shop: Shop, ports: Ports, road: Road
) -> None:
    order = paid(shop, ports)
    road.ahead = [ANSWER_LOST]
    shop.book(order)
    with pytest.raises(NotDecided):
        shop.withdraw("CMD-1")
    booked(shop.retry("CMD-1"))
    with pytest.raises(NotDecided):
        shop.withdraw("CMD-1")
    with pytest.raises(UnknownOrder):
        shop.withdraw("CMD-2")


def test_once_booked_the_outbox_names_nobody(shop: Shop, ports: Ports, tmp_path: Path) -> None:
    shop.book(paid(shop, ports))
    with sqlite3.connect(tmp_path / "outbox.sqlite") as db:
        ((text,),) = db.execute("select doc from orders")
    assert CAMILLE.name not in text
    assert CAMILLE.phone not in text
    assert (tmp_path / "outbox.sqlite").stat().st_mode & 0o077 == 0


def test_before_payment_a_server_that_is_away_is_told_at_once(
    shop: Shop, ports: Ports, road: Road
) -> None:
    road.ahead = [LOST]
    with pytest.raises(Unreachable, match="ConnectError"):
        shop.quote(basket(ports))


#: What is as good enough for everybody, so that only the road decides.
ANYTHING = Tolerance(later_s=10**6, earlier_s=10**6)
FATES: dict[str, str | httpx.Response] = {
    "arrives": "",
    "lost": LOST,
    "answer lost": ANSWER_LOST,
    "busy": httpx.Response(503),
    "portal": httpx.Response(200, text="<html>"),
}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(sorted(FATES)), st.booleans(), st.booleans()), max_size=6
    )
)
def test_whatever_the_road_does_each_paid_order_is_booked_exactly_once(
    steps: list[tuple[str, bool, bool]],
    open_shop: OpenShop,
    ports: Ports,
    road: Road,
    watch: Watch,
) -> None:
    """Each step: what becomes of a call, whether the quote runs out, whether the shop restarts."""
    clock_of(ports).move_to("2026-11-24T10:00+01:00")
    shop = open_shop(ANYTHING)
    ref = f"CMD-{len(booked_refs(ports))}"
    order = paid(shop, ports, ref, "collect")
    for fate, runs_out, restarts in steps:
        clock_of(ports).advance(minutes=16 if runs_out else 0)
        shop = open_shop(ANYTHING) if restarts else shop
        watch.now_s += 4000
        road.ahead = [FATES[fate]]
        shop.book(order)
        assert shop.order(ref) is not None, "a paid order is booked, or is seen to wait"
    road.ahead = []
    watch.now_s += 4000
    shop.book(order)
    booked(shop.order(ref))
    assert booked_refs(ports).count(ref) == 1
