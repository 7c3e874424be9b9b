"""A local server that speaks the national address service's GeoJSON: a fake, with real sockets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit


def feature(label: str, score: float, kind: str = "housenumber", **more: object) -> dict[str, Any]:
    """Return one answer in the shape the service sends (a subset of its properties)."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [0.165, 44.5]},
        "properties": {
            "label": label,
            "score": score,
            "type": kind,
            "postcode": "47200",
            "citycode": "47157",
            "city": "Marmande",
            **more,
        },
    }


class Service:
    """Says ``answer`` with ``status`` after ``wait_s``, remembers the asking.

    drip_s : seconds between one byte of the answer and the next
    """

    def __init__(self) -> None:
        self.answer: object = {"type": "FeatureCollection", "features": []}
        self.status = 200
        self.headers: dict[str, str] = {}
        self.wait_s = self.drip_s = 0.0
        self.asked: list[tuple[str, dict[str, list[str]], str]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                agent = self.headers["User-Agent"]
                service.asked.append((url.path, parse_qs(url.query), agent))
                time.sleep(service.wait_s)
                # Whoever asked may have left by now.
                with suppress(ConnectionError):
                    self._answer(json.dumps(service.answer).encode())

            def _answer(self, body: bytes) -> None:
                self.send_response(service.status)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                for name, value in service.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for k in range(len(body)):
                    if service.drip_s:
                        time.sleep(service.drip_s)
                        self.wfile.write(body[k : k + 1])
                if not service.drip_s:
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test output quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/geocodage"

    def say(self, *features: dict[str, Any]) -> None:
        self.answer = {"type": "FeatureCollection", "features": list(features)}

    @property
    def questions(self) -> list[dict[str, list[str]]]:
        """What was asked, without the path and who asked."""
        return [question for _, question, _ in self.asked]


@contextmanager
def local_service() -> Iterator[Service]:
    """Serve on a free port until the end."""
    local = Service()
    thread = Thread(target=local.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield local
    finally:
        local.drip_s = 0.0
        local.server.shutdown()
        local.server.server_close()
        thread.join()
