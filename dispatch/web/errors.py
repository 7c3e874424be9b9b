"""What a visitor sees when there is nothing to see: one calm page, in the house look.

Decides for pages only; the words are ``web.troubles``'.  Below ``/v1`` the API's own
handlers go on answering.
What breaks is logged by the route's template and the place in our code: a path may
hold a customer's link.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

import structlog
from flask import Flask, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

from dispatch.core.errors import (
    Conflict,
    DispatchError,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    StorageError,
    StreetsUnavailable,
    Unauthorised,
)
from dispatch.web.safety import is_page
from dispatch.web.troubles import trouble

_STATUS: Final[tuple[tuple[type[DispatchError], int], ...]] = (
    (Gone, 410),
    (NotFound, 404),
    (Unauthorised, 401),
    (Forbidden, 403),
    (Conflict, 409),
    (Invalid, 422),
    (StorageError, 503),
    (StreetsUnavailable, 503),
)

_RETRY_S: Final = "5"

Handler = Callable[[Any], Any]

_log = structlog.get_logger("dispatch.web")


def dress(app: Flask) -> None:
    """Answer errors of pages with pages; leave those of the API to what *app* already had.

    Whatever nobody caught is logged by ``_log_crash`` instead of Flask's own words.
    """
    # Flask would write the whole path, and the message, into the log.
    app.log_exception = lambda exc_info: _log_crash(exc_info[1])  # type: ignore[method-assign]
    handlers = app.error_handler_spec[None][None]
    for kind in (HTTPException, DispatchError):
        app.register_error_handler(kind, _page_or(handlers.get(kind)))


def _page_or(theirs: Handler | None) -> Handler:
    def answer(error: Any) -> ResponseReturnValue:
        if is_page():
            return _page(error)
        if theirs is not None:
            return cast(ResponseReturnValue, theirs(error))
        if isinstance(error, HTTPException):
            return error
        raise error

    return answer


def _page(error: HTTPException | DispatchError) -> ResponseReturnValue:
    status, code = _named(error)
    if status >= 500 and isinstance(error, DispatchError):
        _log_crash(error)
    if 300 <= status < 400 and isinstance(error, HTTPException):
        return error  # werkzeug's redirects are exceptions too
    said = trouble(status, code)
    if request.is_json or request.path.endswith((".json", ".geojson")):
        answer = make_response(jsonify(code=code, message=said.text), status)
    else:
        answer = make_response(render_template("error.html", status=status, trouble=said), status)
    if status == 503:
        answer.headers["Retry-After"] = _RETRY_S
    if isinstance(error, HTTPException):
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                answer.headers[name] = value
    return answer


def _named(error: HTTPException | DispatchError) -> tuple[int, str]:
    """Return the HTTP status and a stable code."""
    if isinstance(error, CSRFError):
        return 400, "csrf"
    if isinstance(error, HTTPException):
        status = error.code or 500
        return status, (error.name or "error").lower().replace(" ", "_")
    return next((s for kind, s in _STATUS if isinstance(error, kind)), 500), error.code


def _log_crash(error: BaseException | None) -> None:
    """Log what kind of error it was and where; never its message, which may name a person."""
    frames = traceback.extract_tb(error.__traceback__ if error else None)[-3:]
    _log.error(
        "page_failed",
        request_id=g.get("request_id"),
        method=request.method,
        path=request.url_rule.rule if request.url_rule else "unknown",
        error=type(error).__name__,
        where=" > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames),
    )
