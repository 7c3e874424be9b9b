"""One line a request, with nothing in it that is anybody's."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from tests.api.conftest import Storefront


def test_a_line_names_the_route_and_never_what_was_in_it(shop: Storefront) -> None:
    body = shop.booking_body(shop.quote())
    with capture_logs() as lines:
        booking = shop.post("/v1/bookings", body).get_json()
        shop.get(f"/v1/bookings/{booking['id']}")
        shop.get("/v1/slots", merchant_id="m_x", address="12 rue Secrète, Marmande")
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("POST", "/v1/bookings", 201),
        ("GET", "/v1/bookings/<booking_id>", 200),
        ("GET", "/v1/slots", 422),
    ]
    written = repr(lines)
    secrets = ("Camille", "39980042", "Secr", shop.key, booking["tracking_url"][-20:])
    assert not any(secret in written for secret in secrets)


def test_a_caller_s_request_id_is_kept(shop: Storefront) -> None:
    headers = shop.headers(X_Request_Id="cart-42.retry_1")
    assert shop.client.get("/v1/events", headers=headers).headers["X-Request-Id"] == (
        "cart-42.retry_1"
    )


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "<script>"])
def test_a_request_id_that_is_not_plain_is_replaced(shop: Storefront, given: str) -> None:
    answer = shop.client.get("/v1/health", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"].startswith("req_")


def test_every_answer_has_an_id_even_where_nothing_is(shop: Storefront) -> None:
    ids = {
        shop.client.get(path).headers["X-Request-Id"] for path in ("/v1/x", "/x", "/openapi.json")
    }
    assert len(ids) == 3
