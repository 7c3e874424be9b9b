from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from dispatch.core.civil import local_day
from dispatch.demo.orders import DAY, DemoLine, DemoOrder, Story, orders_of_day
from dispatch.demo.storefront import Storefront, Tally, Unanswered, choose
from dispatch.operations.ports import Ports
from dispatch.orders.bookings import Booking
from dispatch.slots.service_levels import Mode
from geodata import load
from tests.demo.play import LossyTransport, demo_house, no_wait, storefront, whole_app
from tests.fakes.house import clock_of


@pytest.fixture(scope="module")
def first() -> DemoOrder:
    return orders_of_day(load.town("val_de_garonne"), count=1)[0]


@pytest.fixture
def ports() -> Ports:
    return demo_house()


def booked(ports: Ports) -> list[Booking]:
    with ports.store.reading() as tx:
        return list(tx.bookings(local_day(ports.clock.now())))


def option(mode: str, offered: bool = True, **more: object) -> dict[str, Any]:
    return {"mode": mode, "offered": offered, **more}


def test_the_wish_is_booked_in_the_customers_name(ports: Ports, first: DemoOrder) -> None:
    with storefront(ports, httpx.WSGITransport(whole_app(ports))) as shop:
        answer = shop.order(first)
    (booking,) = booked(ports)
    assert answer.booking is not None and answer.booking["id"] == booking.booking_id
    assert (booking.mode, booking.customer.name, answer.why) == (Mode.EXPRESS, first.name, "")
    assert (shop.tally.quotes, shop.tally.bookings) == (1, 1)


@pytest.mark.parametrize("nth", [2, 3])
def test_a_lost_answer_never_makes_a_second_booking(
    ports: Ports, first: DemoOrder, nth: int
) -> None:
    lossy = LossyTransport(httpx.WSGITransport(whole_app(ports)), nth)
    orders = [replace(first, number=n) for n in range(1, 7)]
    with storefront(ports, lossy) as shop:
        answers = [shop.order(order) for order in orders]
    assert lossy.lost >= 4
    told = [answer.booking["id"] for answer in answers if answer.booking]
    assert told == [booking.booking_id for booking in booked(ports)]
    assert len(set(told)) == shop.tally.bookings == 6


def test_nobody_who_only_asks_is_booked(ports: Ports, first: DemoOrder) -> None:
    with storefront(ports, httpx.WSGITransport(whole_app(ports))) as shop:
        answer = shop.order(replace(first, story=Story.ONLY_ASKS))
    assert answer.booking is None and booked(ports) == []


def test_a_cancelled_booking_is_cancelled_once_however_often_it_is_told(
    ports: Ports, first: DemoOrder
) -> None:
    lossy = LossyTransport(httpx.WSGITransport(whole_app(ports)), 3)
    with storefront(ports, lossy) as shop:
        answer = shop.order(first)
        assert answer.booking is not None
        assert shop.cancel(answer.booking["id"])
    assert lossy.lost == 1
    assert booked(ports)[0].cancelled_at is not None
    assert shop.tally.cancelled == 1


def test_a_refused_wish_is_counted_by_its_reason(ports: Ports, first: DemoOrder) -> None:
    heavy = DemoLine(first.lines[0].merchant_id, 1000, 450_000, 200_000, False)
    with storefront(ports, httpx.WSGITransport(whole_app(ports))) as shop:
        answer = shop.order(replace(first, lines=(heavy,), story=Story.TOO_HEAVY))
        shop.order(replace(first, number=2, address="3 Rue Inconnue, 47200 Marmande"))
    assert answer.why == "too_heavy"
    assert shop.tally.refused_by_code == {"too_heavy": 1, "address_not_found": 1}


def test_a_quote_that_was_lost_meanwhile_is_replaced_by_the_fresh_one(
    ports: Ports, first: DemoOrder
) -> None:
    class Dawdling(httpx.BaseTransport):
        """Lets the first quote die before it is booked."""

        def __init__(self) -> None:
            self.inner = httpx.WSGITransport(whole_app(ports))
            self.bookings = 0

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path == "/v1/bookings":
                self.bookings += 1
                if self.bookings == 1:
                    clock_of(ports).advance(minutes=16)
            return self.inner.handle_request(request)

    dawdling = Dawdling()
    with storefront(ports, dawdling) as shop:
        answer = shop.order(first)
    assert dawdling.bookings == 2
    assert answer.booking is not None and len(booked(ports)) == 1


def test_a_server_that_never_answers_is_told_and_not_asked_for_ever(first: DemoOrder) -> None:
    asked: list[str] = []

    def dead(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        raise httpx.ConnectError("nobody is there", request=request)

    with httpx.Client(transport=httpx.MockTransport(dead), base_url="http://town.test") as http:
        shop = Storefront(http, "dk_none", no_wait, Tally())
        with pytest.raises(Unanswered, match="POST /v1/quotes: ConnectError"):
            shop.order(first)
    assert asked == ["/v1/quotes"] * 5


def test_a_refused_key_is_told_by_its_code(first: DemoOrder, ports: Ports) -> None:
    transport = httpx.WSGITransport(whole_app(ports))
    with httpx.Client(transport=transport, base_url="http://town.test") as http:
        shop = Storefront(http, "dk_wrong", no_wait, Tally())
        with pytest.raises(Unanswered, match="/v1/quotes: 401 unauthorised"):
            shop.order(first)


@pytest.fixture
def wishes(first: DemoOrder) -> Iterator[DemoOrder]:
    assert local_day(first.asked_at) == DAY
    yield replace(first, wish=Mode.STANDARD)


def test_the_next_best_mode_is_taken_when_the_wish_is_not_offered(wishes: DemoOrder) -> None:
    options = [option("express", False), option("collect"), option("standard", False)]
    assert choose(options, wishes) == options[1]
    assert choose([option("express", False)], wishes) is None


def test_the_hoped_for_window_is_taken_or_the_last_there_is(wishes: DemoOrder) -> None:
    options = [option("express", n=n) for n in (0, 1, 2)]
    express = replace(wishes, wish=Mode.EXPRESS)
    assert choose(options, replace(express, window=1)) == options[1]
    assert choose(options, replace(express, window=9)) == options[2]
