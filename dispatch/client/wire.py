"""One call to the server: what it said, or how it failed.

Decides which failures heal by themselves (``Unreachable``) and which are answers
(``Problem``).  Tries once; when to try again is the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from dispatch.client.errors import Problem, Unreachable
from dispatch.client.words import Json

#: Statuses that say "not now": a brake, a proxy without its server, a server without its database.
NOT_NOW: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
#: However long a server asks to be left alone, a paid order is tried again within the hour.
LONGEST_WAIT_S: Final = 3600.0


class Wire:
    """An open line to one server with one key.

    base_url  : such as ``https://dispatch.example``
    timeout_s : for each of connecting, sending and waiting
    transport : httpx's, for tests
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        timeout_s: float,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(
            base_url=base_url.rstrip("/"),
            headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
            timeout=timeout_s,
            transport=transport,
        )

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Json:
        return self._call("GET", path, query=query)

    def post(self, path: str, body: Json | None, *, key: str | None = None) -> Json:
        """Send *body*; ``key``: the ``Idempotency-Key``."""
        return self._call("POST", path, body=body, key=key)

    def close(self) -> None:
        self._http.close()

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Json | None = None,
        key: str | None = None,
    ) -> Json:
        headers = {} if key is None else {"Idempotency-Key": key}
        try:
            answer = self._http.request(method, path, params=query, json=body, headers=headers)
        except httpx.HTTPError as why:
            # Its words may hold the address asked; its kind says enough.
            raise Unreachable(type(why).__name__) from why
        told = _json(answer)
        if answer.is_success and told is not None:
            return told
        if answer.status_code in NOT_NOW or answer.is_success:
            # 200 that is no JSON: somebody between us answered, a portal or a proxy.
            code = "" if told is None else f" {told.get('code', '')}".rstrip()
            raise Unreachable(f"HTTP {answer.status_code}{code}", _retry_after_s(answer))
        raise Problem(answer.status_code, told if told is not None and "code" in told else {})


def _json(answer: httpx.Response) -> Json | None:
    try:
        told: Any = answer.json()
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _retry_after_s(answer: httpx.Response) -> float:
    """Return the seconds of ``Retry-After`` (RFC 9110, 10.2.3: a number or a date); 0 without."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(text)
        sent = parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, ValueError):
        return 0.0
    # By the server's own clock, as ours may be another.
    wait_s = (_utc(at) - _utc(sent)).total_seconds()
    return min(max(wait_s, 0.0), LONGEST_WAIT_S)


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
