"""Requests signed as S3 and everything that speaks like it wants them: AWS Signature, version 4.

Decides the headers of one request, body included, and knows no network.  Source: "Signature
Version 4 signing process", AWS documentation; S3 does not encode the path twice.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


def query_text(query: Mapping[str, str]) -> str:
    """Return *query* as it is signed, and so as it has to be sent: in order, all else escaped."""
    return urlencode(sorted(query.items()), quote_via=quote, safe="-_.~")


def signed_headers(
    method: str,
    url: str,
    body: bytes,
    more: Mapping[str, str],
    *,
    key_id: str,
    secret: str,
    region: str,
    at: datetime,
) -> dict[str, str]:
    """Return the headers that sign this request at *at*, with *more* of its own (small letters).

    A query has to be as ``query_text`` writes it.
    """
    parts = urlsplit(url)
    moment = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    day, digest = moment[:8], sha256(body).hexdigest()
    headers = {**more, "host": parts.netloc, "x-amz-content-sha256": digest, "x-amz-date": moment}
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        (
            method,
            quote(parts.path or "/", safe="/-_.~"),
            parts.query,
            *(f"{name}:{headers[name]}" for name in sorted(headers)),
            "",
            names,
            digest,
        )
    )
    scope = f"{day}/{region}/s3/aws4_request"
    to_sign = "\n".join((_ALGORITHM, moment, scope, sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for word in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, word.encode(), sha256)
    signature = hmac.digest(key, to_sign.encode(), sha256).hex()
    credential = f"Credential={key_id}/{scope}"
    told = f"{_ALGORITHM} {credential}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "authorization": told}
