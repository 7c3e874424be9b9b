"""Latency as a customer feels it: from the instant the request was due."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import sleep

import pytest

from benchmarks.common import open_loop

THINKS_S = 0.05


class OneByOne(BaseHTTPRequestHandler):
    """Answers one request after the other, each as slowly."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        sleep(THINKS_S)
        body = b'{"options": [{"mode": "express", "offered": true}, {"mode": "collect"}]}'
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), OneByOne) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_who_could_not_be_sent_in_time_has_waited_all_the_same(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_loop, "SENDERS", 1)
    task = {"url": url, "path": "/", "key": "k", "per_s": 1000.0, "bodies": [{}] * 6}

    asked = open_loop._run(task)

    assert [one.due_s for one in asked] == pytest.approx([n / 1000 for n in range(6)])
    assert {(one.status, one.express, one.windows) for one in asked} == {(201, 1, 1)}
    for n, one in enumerate(asked):  # all due at once, answered one after the other
        assert one.latency_ms >= 1000 * (n + 1) * THINKS_S - n
        assert one.sent_s >= n * THINKS_S


def test_a_server_that_is_not_there_is_no_answer_and_no_end_of_the_run() -> None:
    task = {"url": "http://127.0.0.1:9", "path": "/", "key": "k", "per_s": 100.0, "bodies": [{}]}
    assert [one.status for one in open_loop._run(task)] == [0]
