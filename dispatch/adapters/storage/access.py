"""Keys and page links, by the hash of their secret; the secret itself is never here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from dispatch.adapters.storage.dialect import by_code_point
from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema import api_keys, page_links
from dispatch.operations.access import ApiKey, PageLink

_KEYS = Shelf(ApiKey, api_keys)
_LINKS = Shelf(PageLink, page_links)


class AccessRows(Rows):
    """The Transaction's words about keys and links."""

    def add_key(self, key: ApiKey) -> None:
        self._add(_KEYS, key)

    def key(self, key_hash: str) -> ApiKey | None:
        return self._maybe(_KEYS, api_keys.c.key_hash == key_hash)

    def keys(self) -> Sequence[ApiKey]:
        """Return every key ever made, revoked ones too, in order of making."""
        made = (api_keys.c.created_at, by_code_point(api_keys.c.key_hash))
        return self._all(_KEYS, select(api_keys).order_by(*made))

    def revoke_key(self, key_hash: str, at: datetime) -> None:
        """End the key at *at*; one that was ended before keeps its instant."""
        alive = (api_keys.c.key_hash == key_hash) & api_keys.c.revoked_at.is_(None)
        self._connection.execute(update(api_keys).where(alive).values(revoked_at=at))

    def add_link(self, link: PageLink) -> None:
        self._add(_LINKS, link)

    def link(self, token_hash: str) -> PageLink | None:
        return self._maybe(_LINKS, page_links.c.token_hash == token_hash)

    def links(self) -> Sequence[PageLink]:
        """Return every link ever made, revoked ones too, in order of making."""
        made = (page_links.c.created_at, by_code_point(page_links.c.token_hash))
        return self._all(_LINKS, select(page_links).order_by(*made))

    def revoke_links(self, at: datetime) -> None:
        """End every link at *at*; those that were ended before keep their instant."""
        alive = page_links.c.revoked_at.is_(None)
        self._connection.execute(update(page_links).where(alive).values(revoked_at=at))
