"""The installation's webhook key: a file that every endpoint's secret is made of.

Decides how: HMAC-SHA256 of the endpoint's id and the secret's number, so that the database
has no secret in it and yet each can be made again to sign with.  A file of its own, beside
the one that signs sessions: that one may be deleted at any time, this one may not.
"""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from dispatch.core.errors import Invalid
from dispatch.operations.letters import secret_text

KEY_FILE: Final = "webhooks.key"
_LENGTH: Final = 32


class WebhookKey:
    """The key in *path*; read when it is needed, so that one brought back is seen at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def secret(self, endpoint_id: str, version: int) -> str:
        """Return the endpoint's *version*-th secret.  Raises ``Invalid`` without a whole key."""
        try:
            key = self._path.read_bytes()
        except FileNotFoundError:
            key = b""
        if len(key) != _LENGTH:
            raise Invalid(
                f"{self._path} is missing or damaged: bring it back, or delete it and give each "
                "endpoint a new secret",
                field="webhooks",
            )
        return secret_text(hmac.digest(key, f"{endpoint_id}:{version}".encode(), sha256))

    def make(self) -> None:
        """Make the key if there is none, readable by its owner only."""
        if self._path.exists():
            return
        # Whole or not at all, and the first of two that try at the same moment stays.
        draft = self._path.with_suffix(f".{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(handle, secrets.token_bytes(_LENGTH))
            os.fsync(handle)
            with suppress(FileExistsError):
                self._path.hardlink_to(draft)
        finally:
            os.close(handle)
            draft.unlink()
