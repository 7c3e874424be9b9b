"""The document is the truth: whatever a client sends, the answer is one the document allows.

Requests are made from the document, good and bad, always the same ones.  (The
other tests hold each of their answers against the document too.)
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from tests.api.conftest import Storefront
from tests.api.contract import breaches

load_all_checks()
_CHECKED: list[Any] = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "unsupported_method",
        "ignored_auth",
    ]
)
_ROUTES = [
    ("/v1/bookings", "POST"),
    ("/v1/bookings/{booking_id}", "GET"),
    ("/v1/bookings/{booking_id}/amend", "POST"),
    ("/v1/bookings/{booking_id}/cancel", "POST"),
    ("/v1/events", "GET"),
    ("/v1/health", "GET"),
    ("/v1/merchants", "GET"),
    ("/v1/quotes", "POST"),
    ("/v1/quotes/{quote_id}/hold", "POST"),
    ("/v1/quotes/{quote_id}/split", "POST"),
    ("/v1/shipments/{shipment_id}", "GET"),
    ("/v1/slots", "GET"),
    ("/v1/tours", "GET"),
]


@pytest.mark.parametrize(("path", "method"), _ROUTES)
def test_whatever_is_sent_the_answer_is_in_the_contract(
    shop: Storefront, path: str, method: str
) -> None:
    route = schemathesis.openapi.from_wsgi("/openapi.json", shop.client.application)[path][method]
    good = route.as_strategy(generation_mode=GenerationMode.POSITIVE)
    known = good.map(lambda case: _of_this_town(case, sorted(shop.ports.territory.merchants)))
    bad = route.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    seen: Counter[int] = Counter()

    @settings(
        max_examples=30,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(known, good, bad))
    def ask(case: schemathesis.Case[Any]) -> None:
        answer = case.call_and_validate(headers=shop.headers(), checks=_CHECKED)
        seen[answer.status_code] += 1

    ask()
    assert max(seen) < 500
    if "{" not in path and path != "/v1/bookings":  # these want the id of something that is
        assert seen[200] + seen[201] > 0


def _of_this_town(case: schemathesis.Case[Any], merchant_ids: list[str]) -> schemathesis.Case[Any]:
    """The same good request, about what there is, ready when it usually is."""
    if case.path == "/v1/slots":
        case.query["merchant_id"] = merchant_ids[: len(case.query["merchant_id"])]
        case.query |= {"lat": 44.5, "lon": 0.16}  # both or none, which no schema can say
    elif case.path == "/v1/quotes":
        body: Any = case.body
        for line, merchant_id in zip(body["merchants"], merchant_ids, strict=False):
            line["merchant_id"] = merchant_id
            line.pop("ready_at", None)
    return case


def test_every_route_of_the_document_is_tried(shop: Storefront) -> None:
    document = shop.client.get("/openapi.json").get_json()
    told = [(path, method.upper()) for path, item in document["paths"].items() for method in item]
    assert sorted(told) == _ROUTES


def test_an_answer_the_document_does_not_allow_is_noticed(shop: Storefront) -> None:
    answer = shop.get("/v1/events")
    body = answer.get_json()
    document = shop.client.get("/openapi.json").get_json()
    assert breaches(document, answer) == []
    wrongs: list[dict[str, Any]] = [{}, body | {"extra": 1}, body | {"next_after": "1"}]
    for wrong in wrongs:
        answer.set_data(json.dumps(wrong))
        assert breaches(document, answer) != []
    answer.status_code = 418
    assert breaches(document, answer) == ["GET /v1/events: 418 is not documented"]
