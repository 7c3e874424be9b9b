"""A server that speaks as much S3 as we ask of one, and believes no signature it did not check.

The check is written from the documentation's steps, apart from our own signing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY_ID, SECRET, REGION, BUCKET = "AKIATEST", "a secret of this test", "eu-test-1", "portes"

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<day>\d{8})/(?P<region>[^/]+)/s3/aws4_request, "
    r"SignedHeaders=(?P<names>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)


class S3Server(ThreadingHTTPServer):
    """``objects``: path → (type, bytes).  ``broken``: the status it answers with instead.

    ``written``: when an object was put, if not yesterday.  A listing has two of them a page.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, tuple[str, bytes]] = {}
        self.written: dict[str, str] = {}
        self.broken: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Inside, one serves on a port of its own."""
    with S3Server() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: S3Server

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self._is_let_in(body):
            self.server.objects[self.path] = (self.headers["content-type"], body)
            self._answer(200)

    def do_GET(self) -> None:
        if not self._is_let_in(b""):
            return
        if self.path.startswith(f"/{BUCKET}/?"):
            self._answer(200, self._listing(parse_qs(urlsplit(self.path).query)).encode())
        else:
            found = self.server.objects.get(self.path)
            self._answer(404 if found is None else 200, b"" if found is None else found[1])

    def _listing(self, query: dict[str, list[str]]) -> str:
        assert query["list-type"] == ["2"]
        (after,) = query.get("continuation-token", [""])
        left = [path for path in sorted(self.server.objects) if f"<{path}&" > after]
        some = "".join(
            f"<Contents><Key>{path.rpartition('/')[2]}</Key><LastModified>"
            f"{self.server.written.get(path, '2026-11-23T12:00:00.000Z')}</LastModified></Contents>"
            for path in left[:2]
        )
        # Whatever such a server makes up as a token has to come back as it was meant.
        token = escape(f"<{left[1]}&") if len(left) > 2 else ""
        more = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
        return f"<ListBucketResult>{some}{more}</ListBucketResult>"

    def do_DELETE(self) -> None:
        if self._is_let_in(b""):
            self.server.objects.pop(self.path, None)
            self._answer(204)

    def _is_let_in(self, body: bytes) -> bool:
        status = self.server.broken or (200 if self._is_signed(body) else 403)
        if status == 200 and not self.path.startswith(f"/{BUCKET}/"):
            status = 404
        if status != 200:
            self._answer(status)
        return status == 200

    def _is_signed(self, body: bytes) -> bool:
        said = _AUTHORIZATION.fullmatch(self.headers.get("authorization", ""))
        digest = hashlib.sha256(body).hexdigest()
        if said is None or self.headers.get("x-amz-content-sha256") != digest:
            return False
        lines = [f"{name}:{self.headers[name].strip()}\n" for name in said["names"].split(";")]
        path, _, query = self.path.partition("?")
        request = f"{self.command}\n{path}\n{query}\n{''.join(lines)}\n{said['names']}\n{digest}"
        scope = f"{said['day']}/{said['region']}/s3/aws4_request"
        hashed = hashlib.sha256(request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{self.headers['x-amz-date']}\n{scope}\n{hashed}"
        key = b"AWS4" + SECRET.encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        right = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        ours = (said["id"], said["region"]) == (KEY_ID, REGION)
        whole = {"host", "x-amz-content-sha256", "x-amz-date"} <= set(said["names"].split(";"))
        return ours and whole and hmac.compare_digest(right, said["signature"])

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: Any) -> None:
        """Say nothing."""
