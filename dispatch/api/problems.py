"""Errors become HTTP here, and nowhere else: one table, one shape (RFC 9457).

Decides what a caller may read of an error.  Never a stack trace, never the value
that was refused: it may be somebody's name.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import structlog
from flask import Flask, Response, g, request
from flask_openapi.blueprint import APIBlueprint
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from dispatch.api.models import Model, Reason
from dispatch.api.quote_models import QuoteView
from dispatch.core.errors import (
    Broken,
    Busy,
    CarrierUnavailable,
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
from dispatch.core.reasons import SENTENCES, Refusal

MEDIA_TYPE: Final = "application/problem+json"

#: The one table.  The nearest ancestor counts; what is not here is 500.
STATUS: Final[Mapping[type[DispatchError], int]] = {
    NotFound: 404,
    Gone: 410,
    Unauthorised: 401,
    Forbidden: 403,
    Conflict: 409,
    Invalid: 422,
    StorageError: 503,
    StreetsUnavailable: 503,
    CarrierUnavailable: 503,
    Broken: 500,
}
#: What Flask itself refuses, by our codes.
_HTTP_CODES: Final[Mapping[int, str]] = {
    400: "malformed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    500: "internal",
}
_IN_OUR_WORDS: Final[Mapping[int, str]] = {
    404: "there is nothing at this path; see /docs",
    405: "this path does not take this method; see /docs",
}
_BROKEN: Final = "something broke on our side; our log has it under this X-Request-Id"
_CROWDED: Final = "too many are writing at this moment, and nothing was; ask again"
_SILENT: Final = "travel times cannot be had now, so nothing can be promised; ask again"
#: What nobody broke is not told as broken.
_TOLD: Final = ((Busy, _CROWDED), (StreetsUnavailable, _SILENT))
_RETRY_S: Final = 5

_log = structlog.get_logger("dispatch.api")


class FieldProblem(Model):
    """``field``: a path such as ``merchants.0.weight_g``."""

    field: str
    message: str


class Problem(Model):
    """RFC 9457, with a stable ``code``.

    ``retry_after``: seconds.  ``quote``: a fresh one, when the old one cannot be kept.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    fields: list[FieldProblem]
    reasons: list[Reason]
    facts: dict[str, str | int] | None = None
    retry_after: int | None = None
    quote: QuoteView | None = None


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    fields: Sequence[FieldProblem] = (),
    reasons: Sequence[Reason] = (),
    facts: Mapping[str, object] | None = None,
    retry_after_s: int | None = None,
    quote: QuoteView | None = None,
) -> Response:
    """Return the answer for one error."""
    shown = {k: v for k, v in (facts or {}).items() if isinstance(v, str | int)}
    body = Problem(
        type=f"urn:dispatch:problem:{code}",
        title=code.replace("_", " ").capitalize(),
        status=status,
        detail=detail,
        code=code,
        fields=list(fields),
        reasons=list(reasons),
        facts=shown or None,
        retry_after=retry_after_s,
        quote=quote,
    )
    response = Response(body.model_dump_json(exclude_none=True), status, mimetype=MEDIA_TYPE)
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def of_error(error: DispatchError, *, quote: QuoteView | None = None) -> Response:
    """Return the answer for an error of the house."""
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # What went wrong inside is for the log; it may quote a row of the database.
        _log_crash(error)
        retry_after_s = _RETRY_S if status == HTTPStatus.SERVICE_UNAVAILABLE else None
        detail = next((told for kind, told in _TOLD if isinstance(error, kind)), _BROKEN)
        return problem(status, error.code, detail, retry_after_s=retry_after_s)
    field = getattr(error, "field", None)
    reason = str(error.facts.get("reason", ""))
    return problem(
        status,
        error.code,
        str(error),
        fields=[FieldProblem(field=field, message=str(error))] if field else (),
        reasons=[Reason.of(Refusal(reason))] if reason in SENTENCES else (),
        facts=error.facts,
        quote=quote,
    )


def of_validation(error: ValidationError) -> Response:
    """Return 422 naming each field that was refused."""
    whole = "query" if request.method == "GET" else "body"
    fields = [
        FieldProblem(field=".".join(str(part) for part in e["loc"]) or whole, message=_why(e))
        for e in error.errors(include_url=False, include_input=False)
    ]
    first = fields[0]
    more = f" (and {len(fields) - 1} more)" if len(fields) > 1 else ""
    return problem(422, Invalid.code, f"{first.field}: {first.message}{more}", fields=fields)


def of_http(error: HTTPException, *, retry_after_s: int | None = None) -> Response:
    """Return the answer for what Flask refused before any of ours was asked."""
    if error.response is not None and error.code is None:
        return error.response  # type: ignore[return-value]  # one of ours, on its way out
    status = error.code or 500
    code = _HTTP_CODES.get(status, "http_error")
    detail = _IN_OUR_WORDS.get(status) or error.description or code
    answer = problem(status, code, detail, retry_after_s=retry_after_s)
    if allowed := getattr(error, "valid_methods", None):
        answer.headers["Allow"] = ", ".join(sorted(allowed))
    return answer


def register(app: Flask, v1: APIBlueprint) -> None:
    """Answer every error under the blueprint's prefix in this shape; leave other pages alone.

    Routing errors belong to no blueprint, so they are caught before the request is
    dispatched; the rest are the blueprint's own, ahead of the handlers of the app.
    """
    root = str(v1.url_prefix)

    @app.before_request
    def refuse_unknown_paths() -> Response | None:
        lost = request.routing_exception
        ours = request.path == root or request.path.startswith(f"{root}/")
        if lost is None or isinstance(lost, RequestRedirect) or not ours:
            return None
        return of_http(lost)

    v1.register_error_handler(DispatchError, of_error)
    v1.register_error_handler(HTTPException, of_http)
    for status in _HTTP_CODES:
        v1.register_error_handler(status, of_http)
    v1.register_error_handler(Exception, _crashed)


def _crashed(error: Exception) -> Response:
    _log_crash(error)
    return problem(500, Broken.code, _BROKEN)


def _log_crash(error: Exception) -> None:
    # Where and what kind; a message might carry what a customer typed.
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    _log.error(
        "request_failed",
        request_id=g.get("request_id"),
        error=type(error).__name__,
        at=[f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames],
    )


def _why(error: Mapping[str, Any]) -> str:
    if error["type"] == "missing":
        return "is required"
    if error["type"] == "extra_forbidden":
        return "unknown field"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return str(error["msg"])
