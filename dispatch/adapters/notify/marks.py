"""Marks of contacts, and links that say "no more": made of a key of the installation's own.

A mark is a keyed hash (HMAC-SHA256) of one address or number on one channel.  Telephone numbers
are few enough to be tried one by one: without the key, which is a file and not in the database,
nobody can tell whose a mark is.  A sealed mark carries a second hash: a link cannot be made up.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

from dispatch.operations.notices import Channel

_MARK, _SEAL = b"notices: mark ", b"notices: seal "
#: Hexadecimal digits kept of each: 128 and 80 bits.
_MARK_DIGITS: Final = 32
_SEAL_DIGITS: Final = 20


class Marks:
    """Marks made with *key*, at least 16 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError(f"a key of {len(key)} bytes could be tried through")
        self._key = key

    def mark(self, channel: Channel, contact: str) -> str:
        """Return the mark of *contact*: an address in whatever case, a number as it is."""
        said = f"{channel} {contact.strip().casefold()}".encode()
        return f"{channel}-{self._digest(_MARK + said)[:_MARK_DIGITS]}"

    def sealed(self, mark: str) -> str:
        """Return *mark* as it stands in a link."""
        return f"{mark}-{self._digest(_SEAL + mark.encode())[:_SEAL_DIGITS]}"

    def opened(self, sealed: str) -> tuple[Channel, str] | None:
        """Return the channel and the mark that were *sealed* here; None: they were not."""
        mark, _, _ = sealed.rpartition("-")
        if not sealed.isascii() or not hmac.compare_digest(self.sealed(mark), sealed):
            return None
        return Channel(mark.partition("-")[0]), mark

    def _digest(self, what: bytes) -> str:
        return hmac.new(self._key, what, sha256).hexdigest()
