"""The store's words about who comes in: storefront keys and page links.

Hashes only; the secrets themselves are never stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from dispatch.operations.access import ApiKey, PageLink


class StoredAccess(Protocol):
    """Every key and link ever made, ended ones too."""

    def add_key(self, key: ApiKey) -> None: ...
    def key(self, key_hash: str) -> ApiKey | None: ...
    def keys(self) -> Sequence[ApiKey]:
        """Return every key ever made, revoked ones too, in order of making."""
        ...

    def revoke_key(self, key_hash: str, at: datetime) -> None:
        """End the key at *at*; one that was ended before keeps its instant."""
        ...

    def add_link(self, link: PageLink) -> None: ...
    def link(self, token_hash: str) -> PageLink | None: ...
    def links(self) -> Sequence[PageLink]:
        """Return every link ever made, revoked ones too, in order of making."""
        ...

    def revoke_links(self, at: datetime) -> None:
        """End every link at *at*; those that were ended before keep their instant."""
        ...
