"""Whether, where and how long the national address service is asked.

Decides the bounds of these settings.  Imports nothing slow: every command reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: The Géoplateforme's; geopy's own default was retired in January 2026.
URL: Final = "https://data.geopf.fr/geocodage"
LONGEST_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class GeocoderSettings:
    """The settings' table ``[geocoder]``.

    online    : False: no address leaves this machine
    url       : of the service; another one that speaks like it (addok) will do
    timeout_s : real seconds a quote may wait for it
    keep_days : how long an answer is believed without asking again
    """

    online: bool = False
    url: str = URL
    timeout_s: float = 2.0
    keep_days: int = 90

    def __post_init__(self) -> None:
        if not 0 < self.timeout_s <= LONGEST_TIMEOUT_S:
            raise ValueError(
                f"timeout_s is {self.timeout_s}, more than 0 and at most {LONGEST_TIMEOUT_S:g}"
            )
        if not 1 <= self.keep_days <= 3650:
            raise ValueError(f"keep_days is {self.keep_days}, 1 to 3650 needed")
        scheme, _, domain = self.url.partition("://")
        if scheme not in ("http", "https") or not domain.strip("/"):
            raise ValueError(f"url {self.url!r} does not begin with https:// or http://")
