"""Who comes in: keys, scopes, sizes, kinds of body, and how often."""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from dispatch.api.doors import MAX_BODY_BYTES
from dispatch.api.wiring import flask_app
from dispatch.operations.ports import Ports
from dispatch.operations.strangers import BURST
from tests.api.conftest import SHOP_ID, Storefront, storefront

SLOTS = f"/v1/slots?merchant_id={SHOP_ID}&lat=44.5&lon=0.16"

SCOPE_OF = [
    ("POST", "/v1/quotes", "quotes"),
    ("GET", SLOTS, "quotes"),
    ("GET", "/v1/merchants", "quotes"),
    ("POST", "/v1/bookings", "bookings"),
    ("GET", "/v1/bookings/bkg_1", "bookings"),
    ("POST", "/v1/bookings/bkg_1/cancel", "bookings"),
    ("GET", "/v1/shipments/shp_1", "bookings"),
    ("GET", "/v1/events", "bookings"),
    ("GET", "/v1/tours?day=2026-11-24", "tours:read"),
]


@pytest.mark.parametrize(("method", "path", "scope"), SCOPE_OF)
def test_a_door_asks_for_its_own_scope_before_anything_else(
    ports: Ports, client: FlaskClient, method: str, path: str, scope: str
) -> None:
    nobody = client.open(path, method=method)
    assert (nobody.status_code, nobody.get_json()["code"]) == (401, "unauthorised")
    assert nobody.headers["WWW-Authenticate"] == "Bearer"
    others = tuple({"quotes", "bookings", "tours:read"} - {scope})
    stranger = storefront(ports, client, scopes=others)
    refused = client.open(path, method=method, headers=stranger.headers())
    assert (refused.status_code, refused.get_json()["facts"]) == (403, {"scope": scope})
    friend = storefront(ports, client, scopes=(scope,))
    inside = client.open(path, method=method, headers=friend.headers())
    assert inside.status_code in (200, 404, 415)


@pytest.mark.parametrize("given", ["Bearer dk_unknown", "Basic YTpi", "Bearer", "dk_x", "Bearer ="])
def test_a_key_nobody_gave_opens_nothing(client: FlaskClient, given: str) -> None:
    answer = client.get("/v1/merchants", headers={"Authorization": given})
    assert answer.status_code == 401
    assert "dk_unknown" not in answer.text


class _Counted(BytesIO):
    """A body that knows how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        chunk = super().read(size)
        self.taken += len(chunk)
        return chunk

    def readinto(self, buffer: Any) -> int:
        size = super().readinto(buffer)
        self.taken += size
        return size


def test_a_body_of_ten_megabytes_is_refused_without_being_read(shop: Storefront) -> None:
    body = _Counted(b"x" * 10_000_000)
    answer = shop.client.post(
        "/v1/quotes",
        input_stream=body,
        content_length=10_000_000,
        content_type="application/json",
        headers=shop.headers(),
    )
    assert (answer.status_code, answer.get_json()["code"]) == (413, "too_large")
    assert str(MAX_BODY_BYTES) in answer.get_json()["detail"]
    assert body.taken == 0


def test_a_body_that_hides_its_length_is_read_no_further_than_the_limit(shop: Storefront) -> None:
    body = _Counted(b"[" * 10_000_000)
    answer = shop.client.post(
        "/v1/quotes",
        input_stream=body,
        content_type="application/json",
        headers=shop.headers(Transfer_Encoding="chunked"),
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )
    assert answer.status_code == 413
    assert body.taken <= MAX_BODY_BYTES + 1


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed"),
        (b"", "application/json", 400, "malformed"),
        (b"\xff\xfe", "application/json", 400, "malformed"),
        (b"[" * 200_000, "application/json", 400, "malformed"),
        (b'{"a": ' + b"9" * 5000 + b"}", "application/json", 400, "malformed"),
        (b"a=1", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"{}", "text/plain", 415, "unsupported_media_type"),
        (b"[]", "application/json", 422, "invalid"),
        (b"null", "application/json", 422, "invalid"),
        (b'"{}"', "application/json", 422, "invalid"),
    ],
)
def test_what_is_not_a_json_object_is_told_apart(
    shop: Storefront, body: bytes, kind: str, status: int, code: str
) -> None:
    answer = shop.client.post("/v1/quotes", data=body, content_type=kind, headers=shop.headers())
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.get_json()["code"] == code


def test_a_body_wrapped_in_a_text_is_not_unwrapped(shop: Storefront) -> None:
    answer = shop.post("/v1/quotes", json.dumps(shop.order()))
    assert (answer.status_code, answer.get_json()["fields"][0]["field"]) == (422, "body")


def test_a_key_that_asks_too_often_is_told_when_to_come_back(ports: Ports) -> None:
    client = flask_app(ports, quota="2 per minute").test_client()
    hasty, calm = storefront(ports, client), storefront(ports, client, "sf_other")
    answers = [hasty.get("/v1/merchants") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    problem = answers[2].get_json()
    assert problem["code"] == "too_many_requests"
    assert 1 <= problem["retry_after"] <= 61  # the window's end, rounded up
    assert answers[2].headers["Retry-After"] == str(problem["retry_after"])
    assert calm.get("/v1/merchants").status_code == 200
    assert hasty.get("/v1/events").status_code == 200, "each route is counted on its own"
    assert client.get("/v1/health").status_code == 200


def test_two_houses_in_one_process_count_apart(ports: Ports) -> None:
    for _ in range(2):
        client = flask_app(ports, quota="1 per minute").test_client()
        assert storefront(ports, client).get("/v1/merchants").status_code == 200


def _all_reads(shop: Storefront) -> Iterable[tuple[str, Any]]:
    for path in ("/v1/merchants", "/v1/events", "/v1/tours?day=2026-11-24", "/v1/health"):
        yield (
            path,
            shop.client.get(f"{path}{'&' if '?' in path else '?'}x=1", headers=shop.headers()),
        )


def test_a_misspelt_parameter_is_an_error_everywhere(shop: Storefront) -> None:
    for path, answer in _all_reads(shop):
        assert answer.status_code == 422, path
        assert answer.get_json()["fields"] == [{"field": "x", "message": "unknown field"}]


def test_a_stranger_who_comes_too_often_waits_and_the_shop_beside_does_not(
    ports: Ports,
) -> None:
    shop = storefront(ports, flask_app(ports).test_client())
    wrong = {"Authorization": "Bearer dk_guess"}
    answers = [shop.client.get("/v1/merchants", headers=wrong) for _ in range(BURST + 1)]
    assert [answer.status_code for answer in answers] == [401] * BURST + [429]
    assert int(answers[-1].headers["Retry-After"]) == 2
    assert answers[-1].get_json()["code"] == "too_many_requests"
    assert shop.get("/v1/merchants").status_code == 200
    other = {"REMOTE_ADDR": "203.0.113.9"}
    elsewhere = shop.client.get("/v1/merchants", headers=wrong, environ_overrides=other)
    assert elsewhere.status_code == 401
