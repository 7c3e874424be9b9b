"""Who sends too much is told so on the line, and that the line ends; then it does."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dispatch.api.doors import MAX_BODY_BYTES
from tests.installation import Served, a_key, serving


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    folder: Path = tmp_path_factory.mktemp("town")
    with serving(folder, "--no-jobs") as served:
        yield served, a_key(folder)
        served.end()


def said(served: Served, head: str, body: bytes) -> tuple[str, dict[str, str]]:
    """Send it on a line kept open, and return the status and headers once the server hangs up."""
    where = urlsplit(served.url)
    with socket.create_connection((where.hostname, where.port), timeout=20) as line:
        line.sendall(head.encode() + body)
        told = b""
        while part := line.recv(65_536):  # b"": the server ended it
            told += part
    first, *rows = told.split(b"\r\n\r\n")[0].decode().split("\r\n")
    headers = {name.lower(): value for name, value in (row.split(": ", 1) for row in rows)}
    return first.split()[1], headers


def post(key: str, path: str, length: str) -> str:
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nConnection: keep-alive\r\n{length}\r\n\r\n"
    )


def test_a_body_too_large_is_refused_before_it_is_sent_and_the_line_ends(
    town: tuple[Served, str],
) -> None:
    served, key = town
    head = post(key, "/v1/quotes", f"Content-Length: {MAX_BODY_BYTES + 1}")
    status, headers = said(served, head, b'{"external_ref": "')  # the rest never comes
    assert (status, headers["connection"]) == ("413", "close")
    assert headers["content-type"] == "application/problem+json"


def test_a_flood_of_unknown_length_ends_the_line_too(town: tuple[Served, str]) -> None:
    served, key = town
    flood = b"%x\r\n%s\r\n0\r\n\r\n" % (MAX_BODY_BYTES + 1, b" " * (MAX_BODY_BYTES + 1))
    status, headers = said(served, post(key, "/v1/quotes", "Transfer-Encoding: chunked"), flood)
    assert (status, headers["connection"]) == ("413", "close")


def test_a_page_s_form_too_large_ends_the_line_too(town: tuple[Served, str]) -> None:
    served, _ = town
    length = f"Content-Length: {MAX_BODY_BYTES + 1}"
    head = post("none", "/sortie", length).replace("json", "x-www-form-urlencoded")
    status, headers = said(served, head, b"csrf_token=")
    assert (status, headers["connection"]) == ("413", "close")


def test_an_ordinary_refusal_leaves_the_line_open(town: tuple[Served, str]) -> None:
    served, key = town
    where = urlsplit(served.url)
    line = HTTPConnection(where.hostname or "", where.port, timeout=20)
    head = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for _ in range(2):
        line.request("POST", "/v1/quotes", b"{}", head)
        answer = line.getresponse()
        answer.read()
        assert (answer.status, answer.getheader("Connection")) == (422, "keep-alive")
    line.close()
