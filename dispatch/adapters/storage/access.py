"""Keys and page links, by the hash of their secret; the secret itself is never here."""

from __future__ import annotations

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

    def add_link(self, link: PageLink) -> None:
        self._add(_LINKS, link)

    def link(self, token_hash: str) -> PageLink | None:
        return self._maybe(_LINKS, page_links.c.token_hash == token_hash)
