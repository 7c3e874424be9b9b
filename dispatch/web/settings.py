"""What an installation may set about where it is found on the internet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

#: Whoever is on the machine itself may say so: a proxy, a health check.
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """The settings' table ``[server]``.

    public_url : ``https://livraison.example.fr``, what links in messages begin with; requests
                 for any other host are refused.  "": whatever a request says it asked for is
                 believed, which suits a machine that only itself can reach
    """

    public_url: str = ""

    def __post_init__(self) -> None:
        if not self.public_url:
            return
        parts = urlsplit(self.public_url)
        extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username
        if parts.scheme not in ("http", "https") or not parts.hostname or extra:
            raise ValueError(
                f"public_url {self.public_url!r} is no address such as https://livraison.example.fr"
            )

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that requests may name; empty: any."""
        name = urlsplit(self.public_url).hostname
        return frozenset() if name is None else LOOPBACK | {name}
