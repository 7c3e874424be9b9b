"""One line a request: what was asked, how it went, how long it took.  Nothing about whom.

The path is the route's template: addresses and tokens stay out of the log.
"""

from __future__ import annotations

import re
from typing import Final

import structlog
from flask import Flask, Response, g, request

from dispatch.operations.ports import Ports

_SAFE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")

_log = structlog.get_logger("dispatch.access")


def register(app: Flask, ports: Ports) -> None:
    """Give every request of *app* an id, on the answer as ``X-Request-Id`` and in the log.

    A caller's own id is kept when it is short and plain.
    """

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if _SAFE_ID.fullmatch(given) else ports.ids.new("req")
        g.began_s = ports.clock.stopwatch_s()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        _log.info(
            "request",
            request_id=g.request_id,
            method=request.method,
            path=request.url_rule.rule if request.url_rule else "unknown",
            status=response.status_code,
            ms=round((ports.clock.stopwatch_s() - g.began_s) * 1000, 1),
        )
        return response
