"""What a shop asks besides booking: holds, changes, what happened since."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from dispatch.client import (
    Basket,
    Booked,
    Doorstep,
    Event,
    Line,
    Option,
    Problem,
    Quote,
    Reason,
    Shop,
    Unreachable,
)
from dispatch.client.errors import NotDecided
from dispatch.client.outbox import Outbox
from dispatch.operations.ports import Ports
from tests.client.conftest import LOST, OpenShop, Road, basket, chosen, paid


def later(quote: Quote) -> str:
    """The last window of the day: none that a quote holds by itself."""
    return [option.option_id for option in quote.offered if option.mode == "express"][-1]


def refused(status: int, code: str, **facts: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "detail": "no", "facts": facts or None})


def test_a_quote_has_prices_windows_and_reasons(shop: Shop, ports: Ports) -> None:
    quote = shop.quote(basket(ports))
    express = quote.option(chosen(quote))
    assert express.held
    assert express.price_cents is not None
    assert datetime.fromisoformat(express.start) < datetime.fromisoformat(express.end)
    (merchant,) = (option for option in quote.options if option.mode == "merchant")
    assert not merchant.offered
    assert [(one.code, one.fr != "") for one in merchant.reasons] == [("mode_disabled", True)]
    with pytest.raises(ValueError, match=merchant.option_id):
        quote.option(merchant.option_id)


def test_why_a_place_is_not_held_is_read_and_an_event_s_booking_when_it_is_said() -> None:
    why = {"code": "enough_is_held", "binding": [], "fr": "Assez.", "en": "Enough."}
    told = {"id": "opt_1", "mode": "express", "offered": True, "held": False}
    assert Option.of(told).why_not_held is None
    assert Option.of({**told, "why_not_held": why}).why_not_held == Reason(
        "enough_is_held", "Assez.", "Enough."
    )
    event = {"position": 7, "shipment_id": "s1", "seq": 0, "state": "booked"}
    assert Event.of(event).booking_id == ""
    assert Event.of({**event, "booking_id": "b1"}).booking_id == "b1"


def test_the_answer_to_bad_input_names_the_field(shop: Shop) -> None:
    nobody = Basket("CMD-1", (Line("m_nobody"),), Doorstep(lat_deg=44.5, lon_deg=0.16))
    with pytest.raises(Problem) as no:
        shop.quote(nobody)
    assert no.value.status in (404, 422)
    assert no.value.code
    assert no.value.document["status"] == no.value.status


def test_a_server_without_holds_leaves_the_quote_as_it_was(
    shop: Shop, ports: Ports, road: Road
) -> None:
    quote = shop.quote(basket(ports))
    road.ahead = [refused(404, "not_found")]
    assert shop.hold(quote, later(quote)) == quote
    assert len(road.passed) == 2


def test_a_hold_that_cannot_be_moved_is_told(shop: Shop, ports: Ports, road: Road) -> None:
    quote = shop.quote(basket(ports))
    for no in (
        refused(409, "no_longer_feasible"),
        refused(404, "not_found", quote_id=quote.quote_id),
    ):
        road.ahead = [no]
        with pytest.raises(Problem) as told:
            shop.hold(quote, later(quote))
        assert told.value.status == no.status_code


def test_the_place_that_is_kept_moves_to_the_window_picked(shop: Shop, ports: Ports) -> None:
    quote = shop.quote(basket(ports))
    soon, *later = (option for option in quote.offered if option.mode == "express")
    assert soon.held
    moved = shop.hold(quote, later[0].option_id)
    held = [option.option_id for option in moved.offered if option.held]
    assert soon.option_id not in held
    assert later[0].option_id in held


def test_nobody_is_called_for_a_place_that_is_held_or_needs_no_holding(
    shop: Shop, ports: Ports, road: Road
) -> None:
    quote = shop.quote(basket(ports))
    for mode in ("express", "collect", "standard"):
        assert shop.hold(quote, chosen(quote, mode)) == quote
    assert len(road.passed) == 1


def test_a_booking_is_moved_to_another_window(shop: Shop, ports: Ports) -> None:
    order = paid(shop, ports)
    told = shop.book(order)
    assert isinstance(told, Booked)
    _, *windows = (option for option in order.quote.offered if option.mode == "express")
    start = datetime.fromisoformat(windows[-1].start)
    moved = shop.amend(told.booking.booking_id, window_from=start, note="2e étage")
    (shipment,) = moved.document["shipments"]
    assert shipment["promise"]["start"] == windows[-1].start


def test_cancelling_twice_is_harmless(shop: Shop, ports: Ports) -> None:
    told = shop.book(paid(shop, ports))
    assert isinstance(told, Booked)
    gone = shop.cancel(told.booking.booking_id)
    assert gone.state == "cancelled"
    assert shop.cancel(told.booking.booking_id) == gone == shop.booking(told.booking.booking_id)


def test_an_amendment_says_only_what_is_to_be_another(shop: Shop, road: Road) -> None:
    sent: list[dict[str, Any]] = []

    class Notes(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            sent.append(json.loads(request.content))
            return refused(409, "too_late")

    road._interface = Notes()
    at = datetime(2026, 11, 24, 15, tzinfo=UTC)
    for change in ({"note": ""}, {"phone": "+33639980042"}, {"window_from": at}):
        with pytest.raises(Problem):
            shop.amend("bkg_1", **change)
    assert sent == [
        {"note": ""},
        {"customer": {"phone": "+33639980042"}},
        {"window": {"start": "2026-11-24T15:00:00+00:00"}},
    ]
    with pytest.raises(ValueError, match="say what"):
        shop.amend("bkg_1")


def test_a_shop_that_was_away_is_told_everything_once(open_shop: OpenShop, ports: Ports) -> None:
    shop = open_shop()
    for n in range(3):
        shop.book(paid(shop, ports, f"CMD-{n}", "collect"))
    heard: list[Event] = []
    assert shop.catch_up(heard.append) == 3
    assert [event.state for event in heard] == ["booked"] * 3
    assert open_shop().catch_up(heard.append) == 0, "where it stopped is on the disk"


def test_what_the_shop_could_not_take_in_comes_again(shop: Shop, ports: Ports) -> None:
    for n in range(3):
        shop.book(paid(shop, ports, f"CMD-{n}", "collect"))
    heard: list[Event] = []

    def takes_one(event: Event) -> None:
        if heard:
            raise OSError("disk full")
        heard.append(event)

    with pytest.raises(OSError, match="disk full"):
        shop.catch_up(takes_one)
    assert shop.catch_up(heard.append) == 2
    assert [event.position for event in heard] == sorted({event.position for event in heard})


def test_a_proxy_is_not_taken_for_the_server(shop: Shop, road: Road) -> None:
    road.ahead = [httpx.Response(200, text="<html>log in to the network</html>")]
    with pytest.raises(Unreachable, match="HTTP 200"):
        shop.merchants()


def test_two_processes_never_write_over_each_other(
    open_shop: OpenShop, ports: Ports, road: Road
) -> None:
    shop = open_shop()
    order = paid(shop, ports)
    road.ahead = [LOST]
    shop.book(order)
    outbox: Outbox = shop._outbox
    row = outbox.get("CMD-1")
    assert row is not None
    open_shop().retry("CMD-1")
    with pytest.raises(NotDecided):
        outbox.put(row)
    assert isinstance(shop.order("CMD-1"), Booked)
