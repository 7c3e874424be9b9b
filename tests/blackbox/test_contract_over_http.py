"""The whole document against a running server: whatever is sent, the answer is one it allows.

``tests/api`` does the same in process and looks closer at each route; here the requests pass
through sockets, gunicorn and the server's own settings, where some bad input only exists.
"""

from __future__ import annotations

import json
import random
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.result import Ok

from tests.blackbox.bad_input import Sent, bad_inputs
from tests.installation import WAVES_ONLY, Served, keys, serving

load_all_checks()
_CHECKED: Final[list[Any]] = CHECKS.get_by_names(
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
PROBLEM: Final = "application/problem+json"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    """A server that nobody is too quick for, strangers neither, and a shop's key."""
    data_dir = tmp_path_factory.mktemp("door")
    open_to_all = WAVES_ONLY + '[api]\nquota_per_min = "none"\n'
    clock = ("--clock", "2026-11-24T10:00+01:00", "--no-jobs")
    with serving(data_dir, *clock, settings=open_to_all) as served:
        yield served, keys(data_dir, 1)[0]


@pytest.mark.parametrize(
    "examples", [6, pytest.param(200, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_whatever_is_sent_over_http_the_answer_is_in_the_contract(
    door: tuple[Served, str], examples: int
) -> None:
    served, key = door
    document = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
    seen: Counter[str] = Counter()
    for found in document.get_all_operations():
        assert isinstance(found, Ok), found
        route = found.ok()
        good = route.as_strategy(generation_mode=GenerationMode.POSITIVE)
        bad = route.as_strategy(generation_mode=GenerationMode.NEGATIVE)

        @settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=st.one_of(good, bad))
        def ask(case: schemathesis.Case[Any]) -> None:
            head = {"Authorization": f"Bearer {key}"}
            case.call_and_validate(headers=head, checks=_CHECKED)
            seen[f"{case.method.upper()} {case.path}"] += 1

        ask()
    told = httpx.get(f"{served.url}/openapi.json").json()["paths"]
    routes = {f"{method.upper()} {path}" for path, item in told.items() for method in item}
    assert set(seen) == routes, "a route of the document was not asked"


@pytest.mark.parametrize(
    "wanted", [500, pytest.param(10_000, marks=pytest.mark.slow)], ids=["500", "10000"]
)
def test_every_bad_input_is_refused_with_a_problem_and_never_breaks_anything(
    door: tuple[Served, str], wanted: int
) -> None:
    served, key = door
    odd: list[str] = []
    statuses: Counter[int] = Counter()
    with httpx.Client(base_url=served.url, timeout=30) as shop:
        for sent in bad_inputs(random.Random(5), wanted, key):
            answer = _send(shop, sent)
            statuses[answer.status_code] += 1
            if not _is_refused(answer):
                odd.append(f"{sent.what}: {answer.status_code} {answer.text[:200]}")
    assert not odd, f"{len(odd)} of {wanted}, first: {odd[:3]}"
    assert set(statuses) >= {400, 401, 404, 405, 413, 415, 422}, statuses
    assert "request_failed" not in served.errors.read_text()


def _send(shop: httpx.Client, sent: Sent) -> httpx.Response:
    return shop.request(sent.method, sent.url, content=sent.body, headers=sent.headers)


def _is_refused(answer: httpx.Response) -> bool:
    if not 400 <= answer.status_code < 500 or answer.headers["Content-Type"] != PROBLEM:
        return False
    told = answer.json()
    return bool(told["status"] == answer.status_code and told["code"] and told["detail"])


@pytest.mark.parametrize(
    "words",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET /v1/health\r\n\r\n",
        b"POST /v1/quotes HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/quotes HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /v1/health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["noise", "no version", "negative length", "two lengths", "long header", "long path"],
)
def test_what_is_hardly_http_is_refused_and_the_next_shop_is_served(
    door: tuple[Served, str], words: bytes
) -> None:
    where = urlsplit(door[0].url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=10) as line:
        line.sendall(words)
        line.shutdown(socket.SHUT_WR)
        said = line.recv(65536)
    assert said == b"" or said.split()[1].startswith(b"4"), said
    assert json.loads(httpx.get(f"{door[0].url}/v1/health").text)
