"""The store's words about who comes in: storefront keys, page links, people's devices.

Hashes only; the secrets themselves are never stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from dispatch.operations.access import ApiKey, PageLink

if TYPE_CHECKING:
    from dispatch.operations.devices import Device


class StoredAccess(Protocol):
    """Every key, link and device ever made, ended ones too."""

    def add_key(self, key: ApiKey) -> None: ...
    def key(self, key_hash: str) -> ApiKey | None: ...
    def keys(self) -> Sequence[ApiKey]:
        """Return every key ever made, revoked ones too, in order of making."""
        ...

    def revoke_key(self, key_hash: str, at: datetime) -> None:
        """End the key at *at*; one that was ended before keeps its instant."""
        ...

    def use_key(self, key_hash: str, at: datetime) -> None: ...
    def end_key(self, key_hash: str, at: datetime) -> None:
        """Let the key open nothing from *at* on."""
        ...

    def add_link(self, link: PageLink) -> None: ...
    def link(self, token_hash: str) -> PageLink | None: ...
    def links(self) -> Sequence[PageLink]:
        """Return every link ever made, revoked ones too, in order of making."""
        ...

    def revoke_links(self, at: datetime) -> None:
        """End every link at *at*; those that were ended before keep their instant."""
        ...

    def revoke_link(self, token_hash: str, at: datetime) -> None:
        """End one link at *at*."""
        ...

    def use_link(self, token_hash: str, at: datetime) -> None:
        """Write down that somebody came in by the link at *at*."""
        ...

    def add_device(self, device: Device) -> None: ...
    def device(self, token_hash: str) -> Device | None: ...
    def devices(self) -> Sequence[Device]:
        """Return every device ever let in, ended ones too, in order of coming."""
        ...

    def see_device(self, token_hash: str, at: datetime) -> None: ...
    def revoke_device(self, token_hash: str, at: datetime) -> None:
        """End the device at *at*; one that was ended before keeps its instant."""
        ...
