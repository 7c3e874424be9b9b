"""The national address base (Base Adresse Nationale), asked over the network.

Decides which of its answers to believe.  Does not retry and keeps nothing:
whoever plugs it in decides what to do without it.

The service moved: geopy 2.5 still defaults to a host retired in January 2026,
so the domain of the Géoplateforme is always passed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from dispatch import __version__
from dispatch.adapters.geocoder.choice import MOST, closest
from dispatch.core.errors import DispatchError
from dispatch.core.places import Place
from dispatch.operations.ports import Candidate

DOMAIN: Final = "data.geopf.fr/geocodage"
USER_AGENT: Final = f"tournees/{__version__}"

#: The service refuses fewer than 3 and more than 200 characters.
_SHORTEST_TEXT: Final = 3
_LONGEST_TEXT: Final = 200

#: Its words for what it found, and ours.  A locality is a named hamlet: a doorstep in the
#: country, as precise as a street.  Anything else is not an address.
_KINDS: Final = {
    "housenumber": "housenumber",
    "street": "street",
    "locality": "street",
    "municipality": "commune",
}


class BanGeocoder:
    """The online geocoder.  Safe to share between threads.

    insee     : codes of the communes answers may lie in; empty: all of France
    min_score : answers below are not believed (the service's scale, 0 to 1).
                First guess: half, where it starts to answer with other towns
    """

    def __init__(
        self,
        *,
        domain: str = DOMAIN,
        scheme: str = "https",
        timeout_s: float = 3.0,
        user_agent: str = USER_AGENT,
        insee: Collection[str] = (),
        min_score: float = 0.5,
    ) -> None:
        if timeout_s <= 0:
            raise ValueError(f"timeout_s is {timeout_s}, more than 0 needed")
        if not 0 <= min_score <= 1:
            raise ValueError(f"min_score is {min_score}, 0 to 1 needed")
        # Only an installation that asks the network pays for the import.
        from geopy.adapters import URLLibAdapter
        from geopy.geocoders import BANFrance

        # geopy's other adapter waits three times over and writes the address to the log.
        self._service = BANFrance(
            domain=domain,
            scheme=scheme,
            timeout=timeout_s,
            user_agent=user_agent,
            adapter_factory=URLLibAdapter,
        )
        self._insee = frozenset(insee)
        self._min_score = min_score

    def find(self, text: str) -> list[Candidate]:
        """Return the addresses *text* may mean, best first; none when nothing is good enough.

        Raises ``DispatchError`` when the service does not answer in time, refuses,
        or answers what cannot be read: silence is not "no such address".
        """
        asked = " ".join(text.split())[:_LONGEST_TEXT]
        if len(asked) < _SHORTEST_TEXT:
            return []
        found = []
        for feature in self._ask(asked):
            try:
                candidate = self._candidate(feature)
            except (KeyError, TypeError, ValueError, IndexError) as error:
                raise DispatchError(
                    f"the address service sent an answer that cannot be read: {error!r}"
                ) from error
            if candidate is not None:
                found.append(candidate)
        return closest(found)

    def _ask(self, text: str) -> list[Mapping[str, Any]]:
        from geopy.exc import GeopyError

        try:
            locations = self._service.geocode(text, exactly_one=False, limit=MOST)
        except GeopyError as error:
            reason = type(error).__name__
            raise DispatchError(
                f"the address service did not answer: {reason}", reason=reason
            ) from error
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise DispatchError(
                f"the address service sent an answer that cannot be read: {error!r}"
            ) from error
        return [location.raw for location in locations or ()]

    def _candidate(self, feature: Mapping[str, Any]) -> Candidate | None:
        about = feature["properties"]
        kind = _KINDS.get(about["type"])
        score = min(max(float(about["score"]), 0.0), 1.0)
        elsewhere = self._insee and about["citycode"] not in self._insee
        if kind is None or score < self._min_score or elsewhere:
            return None
        lon_deg, lat_deg = feature["geometry"]["coordinates"][:2]
        label = str(about["label"])
        return Candidate(Place(float(lat_deg), float(lon_deg), label), label, score, kind)
