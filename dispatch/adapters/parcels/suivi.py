"""La Poste's tracking service: where parcels are, ten numbers a question.

Decides which event is which.  ``GET …/idships/NUMBER,NUMBER?lang=fr_FR`` of "Suivi v2", with
the key in the header ``X-Okapi-Key``.  One number is answered by one object, several by a
list, with HTTP 207 when not all are known.  An unknown number has its own ``returnCode``; the
service has also been seen to answer an unreadable one with a 404 that is no JSON.  The free
plan allows ten questions a second: we ask far less.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from dispatch.adapters.parcels.asking import Answer, ask
from dispatch.adapters.parcels.codes import state_of
from dispatch.core.civil import parse_instant
from dispatch.core.errors import CarrierUnavailable
from dispatch.operations.carrier import CarrierEvent

_UNKNOWN: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND})


@dataclass(frozen=True, slots=True)
class TrackingService:
    """La Poste's service at *url*, opened by *key*."""

    url: str
    key: str = field(repr=False)
    timeout_s: float

    def follow(self, numbers: Sequence[str]) -> Mapping[str, tuple[CarrierEvent, ...]]:
        """Return what is known of each parcel, oldest first.  Raises ``CarrierUnavailable``."""
        if not numbers:
            return {}
        answer = self._ask(numbers)
        if _is_json(answer):
            return read(answer)
        if answer.status not in _UNKNOWN:
            raise CarrierUnavailable("the post sent what is not its JSON")
        if len(numbers) == 1:
            return {numbers[0]: ()}
        # One number that it cannot read spoils the others: each is asked alone.
        found: dict[str, tuple[CarrierEvent, ...]] = {}
        for number in numbers:
            found.update(self.follow((number,)))
        return found

    def _ask(self, numbers: Sequence[str]) -> Answer:
        return ask(
            "GET",
            f"{self.url.rstrip('/')}/idships/{','.join(numbers)}?lang=fr_FR",
            timeout_s=self.timeout_s,
            headers={"X-Okapi-Key": self.key, "Accept": "application/json"},
        )


def read(answer: Answer) -> dict[str, tuple[CarrierEvent, ...]]:
    """Return the events in *answer*, by number.  Raises ``CarrierUnavailable`` for nonsense."""
    try:
        found = json.loads(answer.body)
        each = found if isinstance(found, list) else [found]
        return dict(_shipment(one) for one in each)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CarrierUnavailable(
            f"the post's answer cannot be read ({type(error).__name__})"
        ) from None


def _is_json(answer: Answer) -> bool:
    return "json" in answer.content_type.lower()


def _shipment(one: Mapping[str, Any]) -> tuple[str, tuple[CarrierEvent, ...]]:
    shipment = one.get("shipment") or {}
    number = str(shipment.get("idShip") or one["idShip"])
    events = [_event(event) for event in shipment.get("event") or ()]
    # It tells the latest first.
    return number, tuple(sorted(events, key=lambda event: event.at))


def _event(said: Mapping[str, Any]) -> CarrierEvent:
    code = str(said["code"])
    return CarrierEvent(code, parse_instant(str(said["date"])), state_of(code))
