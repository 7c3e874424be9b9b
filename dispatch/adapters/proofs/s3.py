"""Pictures in a bucket of a server that speaks S3: plain signed requests, one per picture.

Decides how one picture is put, got and deleted, and how old ones are found.  The bucket is named
in the path, which every such server knows; it is made, and kept private, by whoever runs it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from html import unescape
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

import httpx

from dispatch import __version__
from dispatch.adapters.proofs.names import checked, is_key
from dispatch.adapters.proofs.settings import KEY_ID, SECRET_KEY, PictureSettings
from dispatch.adapters.proofs.sigv4 import query_text, signed_headers
from dispatch.core.civil import parse_instant
from dispatch.core.errors import Invalid, StorageError
from dispatch.operations.ports import Picture

_NOTHING_THERE: Final = HTTPStatus.NOT_FOUND
_NO_QUERY: Final[Mapping[str, str]] = MappingProxyType({})
#: One object of a listing (ListObjectsV2): its key comes before when it was written.
_LISTED: Final = re.compile(
    r"<Contents>(?:(?!</Contents>).)*?<Key>([^<]*)</Key>"
    r"(?:(?!</Contents>).)*?<LastModified>([^<]*)</LastModified>",
    re.DOTALL,
)
_MORE: Final = re.compile(r"<NextContinuationToken>([^<]*)</NextContinuationToken>")


class S3Proofs:
    """The ``Proofs`` port on a bucket.

    now : the real time, UTC: servers refuse a signature that is a quarter of an hour old

    Raises ``Invalid`` when a key is missing from the environment.
    """

    def __init__(self, settings: PictureSettings, now: Callable[[], datetime]) -> None:
        self._settings, self._now = settings, now
        self._key_id, self._secret = _from_environment(KEY_ID), _from_environment(SECRET_KEY)

    def put(self, key: str, picture: Picture) -> None:
        """As ``Proofs.put``: such a server keeps an object whole or not at all."""
        checked(key)
        self._ask("PUT", key, picture.data, content_type=picture.content_type)

    def get(self, key: str) -> Picture | None:
        """As ``Proofs.get``."""
        content_type = checked(key)
        answer = self._ask("GET", key)
        if answer.status_code == _NOTHING_THERE:
            return None
        return Picture(answer.content, content_type)

    def delete(self, key: str) -> None:
        """As ``Proofs.delete``."""
        checked(key)
        self._ask("DELETE", key)

    def older_than(self, age: timedelta) -> Iterator[str]:
        """As ``Proofs.older_than``, by when the server says it was written."""
        before = self._now() - age
        query = {"list-type": "2"}
        while True:
            # Plain text in a flat layout, by whoever keeps the pictures: no need of a parser.
            page = self._ask("GET", "", query=query).text
            for key, written in _LISTED.findall(page):
                if is_key(key) and parse_instant(written) < before:
                    yield key
            more = _MORE.search(page)
            if more is None:
                return
            query["continuation-token"] = unescape(more[1])

    def _ask(
        self,
        method: str,
        key: str,
        body: bytes = b"",
        *,
        content_type: str = "",
        query: Mapping[str, str] = _NO_QUERY,
    ) -> httpx.Response:
        asked = f"?{query_text(query)}" if query else ""
        url = f"{self._settings.url.rstrip('/')}/{self._settings.bucket}/{key}{asked}"
        headers = signed_headers(
            method,
            url,
            body,
            {"content-type": content_type} if content_type else {},
            key_id=self._key_id,
            secret=self._secret,
            region=self._settings.region,
            at=self._now(),
        )
        headers["user-agent"] = f"dispatch/{__version__}"
        try:
            answer = httpx.request(
                method,
                url,
                content=body or None,
                headers=headers,
                timeout=self._settings.timeout_s,
                trust_env=False,
            )
        except httpx.HTTPError as why:
            raise StorageError(f"the pictures' server: {type(why).__name__}") from why
        # A key that is not there is an answer, except to somebody who brings something.
        missing = answer.status_code == _NOTHING_THERE and method != "PUT" and key != ""
        if not (answer.is_success or missing):
            raise StorageError(f"the pictures' server answers {answer.status_code}")
        return answer


def _from_environment(name: str) -> str:
    if value := os.environ.get(name):
        return value
    raise Invalid(f"pictures are kept on a server: {name} is not set", field="proof.store")
