"""One question to the post over HTTP: ask once, wait so long and no longer.

Decides what counts as silence.  Never asks twice by itself: a label that was asked for twice
may be bought twice, and who asks again, and when, is ``operations.parcels``'s business.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import httpx

from dispatch import __version__
from dispatch.core.errors import CarrierUnavailable

#: A label is some 50 kB; an answer beyond this is not one.
_MOST_BYTES: Final = 5_000_000

# At INFO it writes whole addresses, and a parcel's number is in them.
logging.getLogger("httpx").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status below 500."""

    status: int
    content_type: str
    body: bytes


def ask(
    method: str,
    url: str,
    *,
    timeout_s: float,
    headers: Mapping[str, str],
    json: Mapping[str, Any] | None = None,
) -> Answer:
    """Ask, and return the answer.

    Raises ``CarrierUnavailable`` for silence, a server's own trouble, a refused key and too
    many questions.  Its message has neither what was asked nor what was said.
    """
    sent = {"User-Agent": f"tournees/{__version__}", **headers}
    try:
        # A redirect would send the key, and somebody's address, to who knows whom.
        answer = httpx.request(
            method, url, json=json, headers=sent, timeout=timeout_s, follow_redirects=False
        )
    except httpx.TimeoutException:
        raise CarrierUnavailable(f"the post did not answer within {timeout_s:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CarrierUnavailable(f"the post cannot be reached ({type(error).__name__})") from None
    if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise CarrierUnavailable("the post does not know our key", status=answer.status_code)
    busy = answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    if busy or answer.is_redirect or answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise CarrierUnavailable(
            f"the post is busy or down (HTTP {answer.status_code})", status=answer.status_code
        )
    if len(answer.content) > _MOST_BYTES:
        raise CarrierUnavailable("the post sent too much")
    return Answer(answer.status_code, answer.headers.get("Content-Type", ""), answer.content)
