"""Is this webhook from Dispatch?  Standard Webhooks 1.0, "Verifying signatures".

Decides that, and reads what it says.  Whether it was here before is the shop's to know:
the same ``message_id`` may come twice.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from dispatch.client import clock
from dispatch.client.errors import BadSignature
from dispatch.client.words import Event, Json

#: What is older, or further ahead, may be a recording.
TOLERANCE_S: Final = 300.0
_PREFIX: Final = "whsec_"


@dataclass(frozen=True, slots=True)
class Message:
    """A webhook that is what it says.  ``event``: None when it is about no shipment (a trial)."""

    message_id: str
    type: str
    event: Event | None
    document: Json


def verify_webhook(
    headers: Mapping[str, str],
    body: bytes,
    secret: str | Sequence[str],
    *,
    tolerance_s: float = TOLERANCE_S,
    now_s: float | None = None,
) -> Message:
    """Return the message, or raise ``BadSignature``.

    headers : names in any case
    body    : the bytes as they came, before anybody read JSON in them
    secret  : ``whsec_…``, or several while one is being replaced

    Raises ``ValueError`` when a *secret* is not one: that is the shop's own mistake.
    """
    given = {name.lower(): value for name, value in headers.items()}
    message_id, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not message_id or not (stamp.isascii() and stamp.isdigit()) or len(stamp) > 12:
        raise BadSignature("no webhook-id or webhook-timestamp")
    now = clock.now_s() if now_s is None else now_s
    if abs(now - int(stamp)) > tolerance_s:
        raise BadSignature(f"signed at {stamp}: more than {tolerance_s:g} s away")
    secrets = (secret,) if isinstance(secret, str) else tuple(secret)
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    ours = [hmac.digest(_key(one), signed, sha256) for one in secrets]
    if not _any_equal(ours, given.get("webhook-signature", "")):
        raise BadSignature("not signed with this secret")
    return _read(message_id, body)


def _any_equal(ours: Sequence[bytes], header: str) -> bool:
    theirs = []
    for word in header.split():
        version, _, text = word.partition(",")
        if version == "v1":
            try:
                theirs.append(base64.b64decode(text, validate=True))
            except (binascii.Error, ValueError):
                continue
    # All pairs, whatever the first one says: time tells nothing.
    return any([hmac.compare_digest(one, other) for one in ours for other in theirs])


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a webhook's secret is whsec_ and base64") from None
    if not key:
        raise ValueError("a webhook's secret is empty: anybody could sign")
    return key


def _read(message_id: str, body: bytes) -> Message:
    try:
        told = json.loads(body)
        data = told["data"]
        event = Event.of(data) if "position" in data else None
        return Message(message_id, str(told["type"]), event, told)
    except (ValueError, KeyError, TypeError):
        raise BadSignature("signed, and yet no message we know how to read") from None
