"""The storefront's doors: each route with the scope that opens it and the papers it asks for.

Decides who comes in, how often, and with what kind of body.  What happens inside
is the view's; what a refusal looks like is ``api.problems``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeVar, cast, get_type_hints

from flask import Response, current_app, g, request
from flask_limiter import Limiter, RateLimitExceeded
from flask_openapi.blueprint import APIBlueprint
from werkzeug.exceptions import (
    BadRequest,
    RequestEntityTooLarge,
    TooManyRequests,
    UnsupportedMediaType,
)

from dispatch.adapters.clock import WallClock
from dispatch.api.models import Model
from dispatch.api.problems import MEDIA_TYPE, of_http
from dispatch.core.errors import Invalid, Unauthorised
from dispatch.core.ids import StorefrontId
from dispatch.operations.access import ApiKey, authenticate
from dispatch.operations.ports import Ports
from dispatch.operations.strangers import Strangers, network_address

View = TypeVar("View", bound=Callable[..., Response])

#: A quote for twenty merchants with every text at its longest stays under 20 KiB.
MAX_BODY_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Lock:
    """``scope`` None: open to all."""

    scope: str | None
    takes_body: bool


class Doors:
    """The blueprint of ``/v1``: hang a view with ``get`` or ``post``, and it is guarded.

    limiter : counts each key's calls, per route
    quota   : how many, as flask-limiter writes it; None: no limit, for strangers neither
    """

    def __init__(self, ports: Ports, limiter: Limiter, quota: str | None) -> None:
        self.blueprint = APIBlueprint("v1", __name__, url_prefix="/v1")
        self._ports = ports
        self._locks: dict[str, _Lock] = {}
        self._limiter = limiter
        self._spend = _spender(limiter, quota)
        self._strangers = Strangers(ports.clock.stopwatch_s) if quota else None
        self.blueprint.before_request(self._enter)
        self.blueprint.register_error_handler(RateLimitExceeded, self._slow_down)

    def get(
        self,
        rule: str,
        *,
        scope: str | None,
        tag: str,
        answer: type[Model],
        problems: tuple[int, ...] = (),
    ) -> Callable[[View], View]:
        """Hang a view that reads; see ``post``."""
        return self._hang(self.blueprint.get, rule, scope, tag, {200: answer}, problems)

    def post(
        self,
        rule: str,
        *,
        scope: str | None,
        tag: str,
        answers: Mapping[int, type[Model]],
        problems: tuple[int, ...] = (),
    ) -> Callable[[View], View]:
        """Hang a view that writes.

        scope    : what a key must carry; None: no key is asked for
        answers  : status → what the view returns
        problems : statuses of its own, besides those of every door
        """
        return self._hang(self.blueprint.post, rule, scope, tag, answers, problems)

    def _hang(
        self,
        method: Callable[..., Any],
        rule: str,
        scope: str | None,
        tag: str,
        answers: Mapping[int, type[Model]],
        problems: tuple[int, ...],
    ) -> Callable[[View], View]:
        def hang(view: View) -> View:
            lock = _Lock(scope, takes_body="body" in get_type_hints(view))
            self._locks[f"{self.blueprint.name}.{view.__name__}"] = lock
            told = {*problems, 422, 500, 503}
            told |= {401, 403, 429} if scope else set()
            told |= {400, 413, 415} if lock.takes_body else set()
            responses = {**answers, **{status: _document(status) for status in sorted(told)}}
            security = [{"key": [scope]}] if scope else None
            route = method(rule, tags=[{"name": tag}], security=security, responses=responses)
            return cast(View, route(view))

        return hang

    def _enter(self) -> None:
        # A chunked body tells no length: it is read one byte further, and cut there.
        request.max_content_length = MAX_BODY_BYTES + 1
        lock = self._locks[request.endpoint or ""]
        if lock.scope is not None:
            # Counted after the key is known: strangers cannot fill the counter's memory.
            g.api_key = self._known(lock.scope)
            self._spend()
        if lock.takes_body:
            _require_json_object()

    def _known(self, scope: str) -> ApiKey:
        """Return the caller's key; whoever comes without one too often is asked to wait."""
        try:
            return authenticate(_bearer(), scope, self._ports)
        except Unauthorised:
            whom = network_address(request.remote_addr, request.headers.get("X-Forwarded-For"))
            if self._strangers and (wait_s := self._strangers.miss(whom)):
                raise TooManyRequests(
                    "too many calls without a known key", retry_after=wait_s
                ) from None
            raise

    def _slow_down(self, error: RateLimitExceeded) -> Response:
        limit = self._limiter.current_limit
        # The limiter counts real seconds, whatever clock the house runs on.
        now_s = int(WallClock().now().timestamp())
        wait_s = 1 if limit is None else max(1, limit.reset_at - now_s)
        error.description = f"more than {error.limit.limit} with this key"
        return of_http(error, retry_after_s=wait_s)


def caller() -> StorefrontId:
    """Return whose key opened the door of this request."""
    return cast(ApiKey, g.api_key).storefront_id


def root_url() -> str:
    """Return what links in messages begin with: the installation's own word, if it has one.

    Else what the request says it asked for, which a stranger may have made up.
    """
    return str(current_app.config.get("PUBLIC_URL") or request.host_url)


def answer(body: Model, status: int = 200) -> Response:
    """Return *body* as JSON; what is None is left out."""
    response = Response(
        body.model_dump_json(exclude_none=True), status, mimetype="application/json"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _spender(limiter: Limiter, quota: str | None) -> Callable[[], None]:
    def spend() -> None:
        """Count one call; the limiter's wrapper raises when it is one too many."""

    if quota is None:
        return spend
    return limiter.limit(quota, key_func=lambda: cast(ApiKey, g.api_key).key_hash)(spend)


def _document(status: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in (429, 503):
        told["headers"] = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}
    return told


def _bearer() -> str:
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise Unauthorised("send your key as 'Authorization: Bearer dk_…'")
    return given.token


def _require_json_object() -> None:
    """Refuse here what flask-openapi would read as an empty body, or unpack twice."""
    if not request.is_json:
        raise UnsupportedMediaType("send the body as application/json")
    if (request.content_length or 0) > MAX_BODY_BYTES or len(request.get_data()) > MAX_BODY_BYTES:
        raise RequestEntityTooLarge(f"a body has at most {MAX_BODY_BYTES} bytes")
    try:
        body = request.get_json()
    except BadRequest:
        raise BadRequest("the body is not JSON") from None
    except RecursionError:
        raise BadRequest("the body is nested too deeply") from None
    if not isinstance(body, dict):
        raise Invalid("the body is a JSON object", field="body")
