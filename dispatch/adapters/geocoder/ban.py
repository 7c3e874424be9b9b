"""The national address base (Base Adresse Nationale), asked over the network.

Decides what is sent, and which of the answers to believe.  Does not retry and
keeps nothing: ``online`` decides when it is asked and what is remembered.

The service moved: geopy 2.5 still defaults to a host retired in January 2026,
so the address of the Géoplateforme is always passed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from dispatch import __version__
from dispatch.adapters.geocoder.choice import MOST, closest
from dispatch.adapters.geocoder.communes import CommuneSpeller
from dispatch.adapters.geocoder.reading import Reading, public_part, readings
from dispatch.adapters.geocoder.settings import URL
from dispatch.core.errors import DispatchError
from dispatch.core.places import Place
from dispatch.operations.ports import Candidate

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
#: Below this the service itself is not sure of the door.  First guess.
_EXACT_FROM: Final = 0.7


class CodedCommune(Protocol):
    """What is needed of a commune."""

    @property
    def insee(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def postcode(self) -> str: ...


class ServiceError(DispatchError):
    """The address service did not answer, or not with an answer.

    at_fault     : False when only this question was refused (HTTP 400)
    retry_after_s: how long it asks to be left alone, None when it does not say
    """

    code = "address_service"

    def __init__(
        self, message: str, *, at_fault: bool = True, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.at_fault = at_fault
        self.retry_after_s = retry_after_s


class BanGeocoder:
    """The online geocoder.  Safe to share between threads.

    communes  : those answers may lie in; none: all of France
    near      : where the town is: of two like answers the nearer comes first
    min_score : answers below are not believed (the service's scale, 0 to 1).
                First guess: half, where it starts to answer with other towns
    """

    def __init__(
        self,
        *,
        url: str = URL,
        timeout_s: float = 3.0,
        user_agent: str = USER_AGENT,
        communes: Sequence[CodedCommune] = (),
        near: Place | None = None,
        min_score: float = 0.5,
    ) -> None:
        if timeout_s <= 0:
            raise ValueError(f"timeout_s is {timeout_s}, more than 0 needed")
        if not 0 <= min_score <= 1:
            raise ValueError(f"min_score is {min_score}, 0 to 1 needed")
        # Only an installation that asks the network pays for the import.
        from dispatch.adapters.geocoder.ban_service import BanService

        scheme, _, domain = url.partition("://")
        self._service = BanService(domain, scheme, timeout_s, user_agent)
        self._communes = tuple(communes)
        self._speller = CommuneSpeller([commune.name for commune in communes])
        self._near = near
        self._min_score = min_score

    def find(self, text: str) -> list[Candidate]:
        """Return the addresses *text* may mean, best first; none when nothing is good enough.

        What lies behind the door (floor, name, code) is not sent.  Raises ``ServiceError``
        when the service does not answer in time, refuses, or answers what cannot be read:
        silence is not "no such address".
        """
        asked = " ".join(public_part(text).split())[:_LONGEST_TEXT]
        if len(asked) < _SHORTEST_TEXT:
            return []
        way = readings(asked, self._speller)[0]
        found = []
        for feature in self._ask(self._parameters(asked, way)):
            try:
                candidate = self._candidate(feature, way.number)
            except (KeyError, TypeError, ValueError, IndexError) as error:
                raise ServiceError(
                    f"the address service sent an answer that cannot be read: {error!r}"
                ) from error
            if candidate is not None:
                found.append(candidate)
        return closest(found)

    def _parameters(self, asked: str, way: Reading) -> dict[str, object]:
        """Return the question, kept to one commune where the text leaves no doubt which.

        Several codes at once are not sent: the service's answer to them was never tested.
        """
        parameters: dict[str, object] = {"q": asked, "limit": MOST, "autocomplete": 0}
        commune = None if way.commune is None else self._communes[way.commune]
        if commune is not None and way.postcode and way.postcode == commune.postcode:
            parameters["citycode"] = commune.insee
        elif self._near is not None:
            parameters |= {"lat": self._near.lat_deg, "lon": self._near.lon_deg}
        return parameters

    def _ask(self, parameters: Mapping[str, object]) -> list[Mapping[str, Any]]:
        from geopy.exc import GeocoderQueryError, GeocoderRateLimited, GeopyError

        try:
            return self._service.ask(parameters)
        except GeopyError as error:
            wait_s = getattr(error, "retry_after", None)
            raise ServiceError(
                f"the address service did not answer: {type(error).__name__}",
                at_fault=not isinstance(error, GeocoderQueryError),
                retry_after_s=wait_s if isinstance(error, GeocoderRateLimited) else None,
            ) from error
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise ServiceError(
                f"the address service sent an answer that cannot be read: {error!r}"
            ) from error

    def _candidate(self, feature: Mapping[str, Any], number: int | None) -> Candidate | None:
        about = feature["properties"]
        kind = _KINDS.get(about["type"])
        score = min(max(float(about["score"]), 0.0), 1.0)
        insee = str(about["citycode"])
        elsewhere = self._communes and insee not in {commune.insee for commune in self._communes}
        if kind is None or score < self._min_score or elsewhere:
            return None
        if kind == "housenumber" and not _is_number(about.get("housenumber"), number):
            return None
        lon_deg, lat_deg = feature["geometry"]["coordinates"][:2]
        label = str(about["label"])
        place = Place(float(lat_deg), float(lon_deg), label)
        # A street's point is no door, unless no door was asked for.
        exact = score >= _EXACT_FROM and (kind == "housenumber" or about["type"] == "locality")
        return Candidate(place, label, score, kind, exact, insee)


def _is_number(answered: object, asked: int | None) -> bool:
    """Tell whether the service's "12bis" is the 12 asked for; it answers 12 for 13 at times."""
    if asked is None or not isinstance(answered, str):
        return True
    return (
        answered[: len(str(asked))] == str(asked) and not answered[len(str(asked)) :][:1].isdigit()
    )
