"""Letters over real HTTP, to shops that are slow, dead, elsewhere, or not what they say."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socket import gaierror
from time import monotonic, sleep
from typing import Any

import pytest

from dispatch.adapters.clock import WallClock
from dispatch.adapters.post import HttpPost, Resolver, is_public, look_up
from dispatch.adapters.webhook_key import WebhookKey
from dispatch.operations.letters import Answer, Letter, secret_text, signature
from tests.fakes.shop_server import CERTIFICATE, ShopServer, say, shop_server

SECRET = secret_text(b"s" * 32)
BODY = '{"data":"é"}'.encode()


@pytest.fixture
def shop() -> Iterator[ShopServer]:
    with shop_server() as shop:
        yield shop


@pytest.fixture
def key(tmp_path: Path) -> WebhookKey:
    return WebhookKey(tmp_path / "webhooks.key")


def letter(url: str, timeout_s: float = 5.0) -> Letter:
    return Letter(url, "evt_s1_0", BODY, (SECRET,), timeout_s)


def leads_to(*addresses: str) -> Resolver:
    return lambda host, port: addresses


def test_a_shop_can_verify_what_it_receives(shop: ShopServer, key: WebhookKey) -> None:
    answer = HttpPost(key, private=True).send(letter(f"{shop.url}?shop=1"))
    assert answer == Answer(204)
    (got,) = shop.received
    assert (got.path, got.body) == ("/hook?shop=1", BODY)
    assert got.headers["content-type"] == "application/json"
    assert got.headers["host"] == f"127.0.0.1:{shop.port}"
    assert got.headers["user-agent"].startswith("Dispatch/")
    assert got.headers["webhook-id"] == "evt_s1_0"
    stamp_s = int(got.headers["webhook-timestamp"])
    assert abs(stamp_s - WallClock().now().timestamp()) < 60, (
        "the real time, by which shops refuse what is old"
    )
    assert got.headers["webhook-signature"] == signature(SECRET, "evt_s1_0", stamp_s, got.body)


@pytest.mark.parametrize("status", [200, 400, 404, 410, 429, 500, 503])
def test_what_the_shop_says_is_its_status(status: int, shop: ShopServer, key: WebhookKey) -> None:
    shop.answer = lambda request: say(request, status)
    assert HttpPost(key, private=True).send(letter(shop.url)) == Answer(status)


def test_a_redirect_is_not_followed(shop: ShopServer, key: WebhookKey) -> None:
    shop.answer = lambda request: say(request, 307, Location=f"{shop.url}/elsewhere")
    assert HttpPost(key, private=True).send(letter(shop.url)) == Answer(307)
    assert len(shop.received) == 1


def test_a_proxy_of_the_machine_is_not_used(
    shop: ShopServer, key: WebhookKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert HttpPost(key, private=True).send(letter(shop.url)).arrived


def test_a_shop_that_never_answers_is_left_at_the_limit(shop: ShopServer, key: WebhookKey) -> None:
    shop.answer = lambda request: sleep(3)
    started_s = monotonic()
    assert HttpPost(key, private=True).send(letter(shop.url, 0.3)) == Answer(None, "timeout")
    assert monotonic() - started_s < 2


def test_a_shop_that_answers_drop_by_drop_is_left_at_the_limit(
    shop: ShopServer, key: WebhookKey
) -> None:
    def drip(request: BaseHTTPRequestHandler) -> None:
        for n in range(60):  # no single wait is longer than the limit
            request.wfile.write(f"X-Drop-{n}: 1\r\n".encode() if n else b"HTTP/1.1 200 OK\r\n")
            sleep(0.05)

    shop.answer = drip
    started_s = monotonic()
    assert HttpPost(key, private=True).send(letter(shop.url, 0.5)) == Answer(None, "timeout")
    assert monotonic() - started_s < 2


def test_an_answer_is_not_read_beyond_its_status(shop: ShopServer, key: WebhookKey) -> None:
    def flood(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(10_000):
            request.wfile.write(b"x" * 100_000)

    shop.answer = flood
    assert HttpPost(key, private=True).send(letter(shop.url)).arrived


def test_an_answer_that_is_no_http_is_no_receipt(shop: ShopServer, key: WebhookKey) -> None:
    def babble(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"Bonjour !\r\n\r\n")

    shop.answer = babble
    assert HttpPost(key, private=True).send(letter(shop.url)) == Answer(None, "no_answer")


def test_a_door_that_is_shut_is_told_as_such(shop: ShopServer, key: WebhookKey) -> None:
    post = HttpPost(key, private=True)
    assert post.send(letter("http://127.0.0.1:1/")) == Answer(None, "no_connection")


def test_the_next_address_of_a_name_is_tried_when_the_first_is_shut(
    shop: ShopServer, key: WebhookKey
) -> None:
    post = HttpPost(key, private=True, resolver=leads_to("127.0.0.2", "127.0.0.1"))
    assert post.send(letter(shop.url.replace("127.0.0.1", "shop.example"))).arrived
    assert shop.received[0].headers["host"] == f"shop.example:{shop.port}"


def test_a_name_that_leads_nowhere_is_told_as_such(key: WebhookKey) -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise gaierror(-2, "Name or service not known")

    unknown = Answer(None, "unknown_host")
    assert HttpPost(key, resolver=nowhere).send(letter("https://shop.example/")) == unknown
    assert HttpPost(key, resolver=leads_to()).send(letter("https://shop.example/")) == unknown
    assert HttpPost(key).send(letter(f"https://{'x' * 70}.example/")) == unknown


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("10.0.0.1",),
        ("192.168.1.20",),
        ("169.254.169.254",),  # where clouds hand out their keys
        ("100.64.0.1",),
        ("0.0.0.0",),
        ("224.0.0.1",),
        ("255.255.255.255",),
        ("::1",),
        ("::",),
        ("fd00::1",),
        ("fe80::1%eth0",),
        ("ff02::1",),
        ("::ffff:127.0.0.1",),
        ("64:ff9b::7f00:1",),
        ("2002:7f00:1::",),
        ("93.184.215.14", "10.0.0.1"),  # one of them is enough
    ],
)
def test_a_name_that_leads_into_a_private_network_is_not_followed(
    addresses: tuple[str, ...], key: WebhookKey
) -> None:
    refused = Answer(None, "address_not_allowed")
    post = HttpPost(key, resolver=leads_to(*addresses))
    assert post.send(letter("https://shop.example/")) == refused


def test_a_number_that_stands_for_this_machine_is_not_followed(
    shop: ShopServer, key: WebhookKey
) -> None:
    refused = Answer(None, "address_not_allowed")
    for host in ("2130706433", "0x7f000001", "127.1"):
        assert HttpPost(key).send(letter(f"https://{host}:{shop.port}/")) == refused
    assert shop.received == []


def test_a_name_is_looked_up_once_so_that_it_cannot_lead_elsewhere_afterwards(
    shop: ShopServer, key: WebhookKey
) -> None:
    asked: list[str] = []

    def turning(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    post = HttpPost(key, private=True, resolver=turning)
    assert post.send(letter(f"http://rebind.example:{shop.port}/")).arrived
    assert asked == ["rebind.example"]


def test_without_tls_nothing_is_sent_unless_a_planner_allows_it(
    shop: ShopServer, key: WebhookKey
) -> None:
    refused = Answer(None, "address_not_allowed")
    post = HttpPost(key, resolver=leads_to("93.184.215.14"))
    assert post.send(letter("http://shop.example/")) == refused


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2a00:1450:4007:80d::200e", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_the_public_network_is_public(address: str) -> None:
    assert is_public(address)


def test_the_resolver_of_this_machine_knows_this_machine() -> None:
    assert look_up("127.0.0.1", 80) == ["127.0.0.1"]


def trusting(**changes: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(CERTIFICATE))
    for name, value in changes.items():
        setattr(context, name, value)
    return context


def test_the_certificate_is_the_names_though_an_address_is_connected_to(key: WebhookKey) -> None:
    with shop_server(tls=True) as shop:
        post = HttpPost(key, private=True, resolver=leads_to("127.0.0.1"), tls=trusting())
        assert post.send(letter(f"https://shop.example:{shop.port}/")) == Answer(204)
        other = post.send(letter(f"https://another.example:{shop.port}/"))
        stranger = HttpPost(key, private=True, resolver=leads_to("127.0.0.1"))
        unknown = stranger.send(letter(f"https://shop.example:{shop.port}/"))
        assert (other, unknown) == (Answer(None, "tls"), Answer(None, "tls"))
        assert len(shop.received) == 1
