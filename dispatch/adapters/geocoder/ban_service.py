"""geopy's client of the national address service, with the parameters it does not know.

Decides nothing: ``dispatch.adapters.geocoder.ban`` does.  Imported only by an
installation that asks the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from geopy.adapters import URLLibAdapter
from geopy.geocoders import BANFrance


class BanService(BANFrance):  # type: ignore[misc]  # geopy has no types
    """The service at one domain; errors are geopy's."""

    def __init__(self, domain: str, scheme: str, timeout_s: float, user_agent: str) -> None:
        # geopy's other adapter waits three times over and writes the address to the log.
        super().__init__(
            domain=domain,
            scheme=scheme,
            timeout=timeout_s,
            user_agent=user_agent,
            adapter_factory=URLLibAdapter,
        )

    def ask(self, parameters: Mapping[str, object]) -> list[Mapping[str, Any]]:
        """Return the GeoJSON features found: ``q``, ``limit``, ``citycode``, ``lat``, ``lon``…"""
        url = f"{self.geocode_api}?{urlencode(parameters)}"
        locations = self._call_geocoder(url, partial(self._parse_json, exactly_one=False))
        return [location.raw for location in locations or ()]
