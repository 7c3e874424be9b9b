"""Spaces of a French page, as a test sees them: made plain, or looked at."""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: A mark that French sets off, behind a space at which a line may end; or a guillemet's own.
_LOOSE = re.compile(r"[^<>]{0,20}(?:[ \n][;:!?»]|«[ \n])")


def plain(text: str) -> str:
    """Return *text* with the spaces of a keyboard."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def loose_marks(html: str) -> list[str]:
    """Return what of a page's French text a browser may break before a mark, or inside « »."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return _LOOSE.findall("".join(reader.said))


#: Elements within a line of text; every other begins a text of its own.
_INLINE = frozenset({"a", "abbr", "b", "code", "em", "i", "small", "span", "strong", "time"})


class _Reader(HTMLParser):
    """Reads the text nodes, and the attributes that are read out or shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._ignored = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._ignored += tag in ("script", "style")
        if tag not in _INLINE:
            self.said.append("<")
        for name, value in attrs:
            shown = name in ("title", "alt", "placeholder", "aria-label")
            if value and (shown or (name.startswith("data-") and "{" not in value)):
                self.said.append(f"<{value}>")

    def handle_endtag(self, tag: str) -> None:
        self._ignored -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._ignored:
            self.said.append(data)
