"""Keys, page links and devices, by the hash of their secret; the secret itself is never here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from dispatch.adapters.storage.dialect import by_code_point
from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema import api_keys, devices, page_links
from dispatch.operations.access import ApiKey, PageLink
from dispatch.operations.devices import Device

_KEYS = Shelf(ApiKey, api_keys)
_LINKS = Shelf(PageLink, page_links)
_DEVICES = Shelf(Device, devices)


class AccessRows(Rows):
    """The Transaction's words about keys, links and devices."""

    def add_key(self, key: ApiKey) -> None:
        self._add(_KEYS, key)

    def key(self, key_hash: str) -> ApiKey | None:
        return self._found(_KEYS, "key_hash", key_hash)

    def keys(self) -> Sequence[ApiKey]:
        """Return every key ever made, revoked ones too, in order of making."""
        made = (api_keys.c.created_at, by_code_point(api_keys.c.key_hash))
        return self._all(_KEYS, select(api_keys).order_by(*made))

    def revoke_key(self, key_hash: str, at: datetime) -> None:
        """End the key at *at*; one that was ended before keeps its instant."""
        alive = (api_keys.c.key_hash == key_hash) & api_keys.c.revoked_at.is_(None)
        self._connection.execute(update(api_keys).where(alive).values(revoked_at=at))

    def use_key(self, key_hash: str, at: datetime) -> None:
        this = api_keys.c.key_hash == key_hash
        self._connection.execute(update(api_keys).where(this).values(last_used_at=at))

    def end_key(self, key_hash: str, at: datetime) -> None:
        """Let the key open nothing from *at* on."""
        this = api_keys.c.key_hash == key_hash
        self._connection.execute(update(api_keys).where(this).values(expires_at=at))

    def add_link(self, link: PageLink) -> None:
        self._add(_LINKS, link)

    def link(self, token_hash: str) -> PageLink | None:
        return self._found(_LINKS, "token_hash", token_hash)

    def links(self) -> Sequence[PageLink]:
        """Return every link ever made, revoked ones too, in order of making."""
        made = (page_links.c.created_at, by_code_point(page_links.c.token_hash))
        return self._all(_LINKS, select(page_links).order_by(*made))

    def revoke_links(self, at: datetime) -> None:
        """End every link at *at*; those that were ended before keep their instant."""
        alive = page_links.c.revoked_at.is_(None)
        self._connection.execute(update(page_links).where(alive).values(revoked_at=at))

    def revoke_link(self, token_hash: str, at: datetime) -> None:
        """End one link at *at*; one that was ended before keeps its instant."""
        alive = (page_links.c.token_hash == token_hash) & page_links.c.revoked_at.is_(None)
        self._connection.execute(update(page_links).where(alive).values(revoked_at=at))

    def use_link(self, token_hash: str, at: datetime) -> None:
        """Write down that somebody came in by the link at *at*."""
        this = page_links.c.token_hash == token_hash
        self._connection.execute(update(page_links).where(this).values(used_at=at))

    def add_device(self, device: Device) -> None:
        self._add(_DEVICES, device)

    def device(self, token_hash: str) -> Device | None:
        return self._found(_DEVICES, "token_hash", token_hash)

    def devices(self) -> Sequence[Device]:
        """Return every device ever let in, ended ones too, in order of coming."""
        made = (devices.c.created_at, devices.c.token_hash)
        return self._all(_DEVICES, select(devices).order_by(*made))

    def see_device(self, token_hash: str, at: datetime) -> None:
        this = devices.c.token_hash == token_hash
        self._connection.execute(update(devices).where(this).values(last_seen_at=at))

    def revoke_device(self, token_hash: str, at: datetime) -> None:
        """End the device at *at*; one that was ended before keeps its instant."""
        alive = (devices.c.token_hash == token_hash) & devices.c.revoked_at.is_(None)
        self._connection.execute(update(devices).where(alive).values(revoked_at=at))
