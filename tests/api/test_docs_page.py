"""The contract is there to read, and needs nothing from elsewhere."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient


def test_the_contract_is_openapi_3_1_with_a_bearer_key(client: FlaskClient) -> None:
    contract = client.get("/openapi.json").get_json()
    assert contract["openapi"] == "3.1.0"
    assert contract["components"]["securitySchemes"]["key"] == {"type": "http", "scheme": "bearer"}
    assert contract["paths"]["/v1/bookings"]["post"]["security"] == [{"key": ["bookings"]}]
    assert "security" not in contract["paths"]["/v1/health"]["get"]


def test_every_operation_documents_its_problems_as_problems(client: FlaskClient) -> None:
    contract = client.get("/openapi.json").get_json()
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            assert operation["summary"], (method, path)
            for status, told in operation["responses"].items():
                kind = "application/json" if status < "300" else "application/problem+json"
                assert list(told["content"]) == [kind], (method, path, status)


def test_the_page_asks_nobody_else_for_anything(client: FlaskClient) -> None:
    with client.get("/docs") as page:
        html = page.get_data(as_text=True)
    linked = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert "<script>" not in html
    assert len(linked) == 4
    for link in linked:
        assert not link.startswith(("http", "//")), link
        with client.get(f"/{link}") as asset:
            assert asset.status_code == 200, link
    with client.get("/docs/docs.js") as script:
        # Or a badge is fetched from Swagger's own server.
        assert "validatorUrl: null" in script.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/docs", "/docs/docs.js", "/openapi.json"])
def test_nobody_frames_the_page_and_no_stranger_s_script_runs_in_it(
    client: FlaskClient, path: str
) -> None:
    with client.get(path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "http" not in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/docs/../wiring.py", "/docs/%2e%2e/wiring.py", "/docs/x.js"])
def test_only_the_page_s_own_files_are_served(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        assert answer.status_code == 404
