"""What a webhook is on its way: one letter, its signature, and what the endpoint said to it.

Follows Standard Webhooks 1.0 (standardwebhooks.com, "Signature scheme").  Decides neither
what is told nor when to try again: that is ``webhooks``' and ``mailroom``'s.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

SECRET_PREFIX: Final = "whsec_"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one endpoint.

    message_id : the same at each try, so that a shop can tell a message it has had
    secrets    : each signs; more than one while a secret is being replaced
    timeout_s  : real seconds for all of it, from the connection to the answer
    """

    url: str
    message_id: str
    body: bytes
    secrets: tuple[str, ...]
    timeout_s: float

    def __post_init__(self) -> None:
        if "." in self.message_id:
            raise ValueError(f"a dot parts what is signed: {self.message_id!r}")
        if not self.secrets:
            raise ValueError("a letter that nobody signs would be refused by every shop")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    status : HTTP's; None: no answer at all
    error  : why there is none, in one word that repeats nothing of what came
    """

    status: int | None
    error: str = ""

    @property
    def arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def words(self) -> str:
        return self.error if self.status is None else str(self.status)


class Post(Protocol):
    """Carries letters, and knows the secrets they are signed with."""

    def secret(self, endpoint_id: str, version: int) -> str:
        """Return the *version*-th secret of the endpoint: the same one, whenever asked.

        Raises ``Invalid`` when the key that secrets are made of is gone.
        """
        ...

    def new_secret(self, endpoint_id: str, version: int) -> str:
        """As ``secret``; makes the key when there is none yet."""
        ...

    def send(self, letter: Letter) -> Answer:
        """Send *letter*, stamped with the real time and signed; never raises for the network."""
        ...


def secret_text(key: bytes) -> str:
    """Return the 24 to 64 bytes of *key* as shops write a secret: ``whsec_`` and base64."""
    if not 24 <= len(key) <= 64:
        raise ValueError(f"a secret has 24 to 64 bytes, not {len(key)}")
    return SECRET_PREFIX + base64.b64encode(key).decode()


def signature(secret: str, message_id: str, timestamp_s: int, body: bytes) -> str:
    """Return ``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``.

    Raises ``ValueError`` for a *secret* that is not base64 behind ``whsec_``.
    """
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        raise ValueError("the secret is not base64") from None
    signed = b".".join((message_id.encode(), str(timestamp_s).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, sha256)).decode()


def signed_headers(letter: Letter, timestamp_s: int) -> dict[str, str]:
    """Return the three headers of *letter*; a shop accepts any one of the signatures."""
    signatures = (
        signature(secret, letter.message_id, timestamp_s, letter.body) for secret in letter.secrets
    )
    return {
        "webhook-id": letter.message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(signatures),
    }
