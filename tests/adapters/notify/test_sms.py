"""A text over a real socket, as the gateway's settings spell it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest

from dispatch.adapters.notify.settings import SmsSettings
from dispatch.adapters.notify.sms import GatewayTexts
from dispatch.operations.notices import Outcome, Sent
from tests.adapters.notify.sample import A_TEXT
from tests.fakes.shop_server import ShopServer, shop_server

THE_TEXT = replace(A_TEXT, text='Commande "4K7QZ" {to} pr\u00eate'.replace("\u00ea", "e"))


@pytest.fixture
def server() -> Iterator[ShopServer]:
    with shop_server() as served:
        yield served


def gateway(server: ShopServer, **how: str) -> GatewayTexts:
    return GatewayTexts(SmsSettings(server.url, timeout_s=1, **how), "the key")


def test_a_text_is_asked_for_as_the_gateway_wants_it(server: ShopServer) -> None:
    body = '{"messages": [{"recipients": ["{to}"], "content": "{sender}: {text}"}], "n": 1}'
    how = {"body": body, "header": "X-Api-Key", "header_value": "{key}"}
    assert gateway(server, **how).send_text(THE_TEXT) == Sent(Outcome.SENT)
    (asked,) = server.received
    assert asked.headers["x-api-key"] == "the key"
    content = 'Livraison: Commande "4K7QZ" {to} prete'  # what a text says is not filled in again
    assert json.loads(asked.body) == {
        "messages": [{"recipients": [THE_TEXT.to], "content": content}],
        "n": 1,
    }


def test_the_usual_body_carries_the_notice_s_own_id(server: ShopServer) -> None:
    gateway(server).send_text(THE_TEXT)
    (asked,) = server.received
    assert json.loads(asked.body)["reference"] == THE_TEXT.message_id
    assert asked.headers["authorization"] == "Bearer the key"


def says(status: int) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


@pytest.mark.parametrize(
    ("answer", "sent"),
    [
        (says(202), Sent(Outcome.SENT)),
        (says(429), Sent(Outcome.LATER, "429")),
        (says(503), Sent(Outcome.LATER, "503")),
        (says(400), Sent(Outcome.REFUSED, "400")),
        (says(401), Sent(Outcome.REFUSED, "401")),
        (says(302), Sent(Outcome.REFUSED, "302")),
        (says(500), Sent(Outcome.UNSURE, "500")),
        (hangs_up, Sent(Outcome.UNSURE, "no_answer")),
    ],
)
def test_what_a_gateway_says_tells_whether_to_try_again(
    server: ShopServer, answer: Callable[[BaseHTTPRequestHandler], None], sent: Sent
) -> None:
    server.answer = answer
    assert gateway(server).send_text(THE_TEXT) == sent


def test_nobody_there_is_tried_again() -> None:
    nobody = GatewayTexts(SmsSettings("http://127.0.0.1:9/sms", timeout_s=1))
    assert nobody.send_text(THE_TEXT) == Sent(Outcome.LATER, "no_connection")


def test_a_text_that_would_cost_three_is_not_sent(server: ShopServer) -> None:
    long = replace(THE_TEXT, text="a" * 307)
    assert gateway(server).send_text(long) == Sent(Outcome.REFUSED, "too_long")
    assert server.received == []
