"""A web shop as the interface knows it: asks for a quote, books an option, cancels.

Decides which option a customer takes.  A lost answer is asked for again under the
same key, so that no customer is ever booked twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from dispatch.core.errors import Broken
from dispatch.demo.orders import DemoOrder
from dispatch.slots.service_levels import Mode

Json = dict[str, Any]

#: Real seconds before each new try after a network error or a server that is busy.
PAUSES_S: Final = (0.1, 0.3, 1.0, 2.0)
_TRY_AGAIN: Final = frozenset({429, 502, 503, 504})
#: Every fifth customer is written to in English.
_SPEAKS_ENGLISH: Final = 5
#: What is taken when the wish is not offered, best first.
_INSTEAD: Final = (Mode.EXPRESS, Mode.COLLECT, Mode.MERCHANT, Mode.STANDARD)
#: How often a customer accepts a fresh quote in place of one that was lost.
_FRESH_QUOTES: Final = 3


class Unanswered(Broken):
    """The server gave no usable answer: its status and code, or the network's error."""

    code = "unanswered"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one order.

    booking : as the interface answered; None: nothing was taken
    option  : the option taken
    why     : why the wish was not offered, by reason code; "" when it was
    """

    quote: Json
    booking: Json | None = None
    option: Json | None = None
    why: str = ""


@dataclass(slots=True)
class Tally:
    """Figures of the day so far."""

    quotes: int = 0
    bookings: int = 0
    cancelled: int = 0
    refused_by_code: Counter[str] = field(default_factory=Counter)


class Storefront:
    """One storefront with its key.

    http : a client whose base address is the house's
    wait : waits that many real seconds, and returns True when it is time to end
    tally: where it counts
    """

    def __init__(
        self, http: httpx.Client, key: str, wait: Callable[[float], bool], tally: Tally
    ) -> None:
        self._http, self._wait, self.tally = http, wait, tally
        self._headers = {"Authorization": f"Bearer {key}"}

    def order(self, order: DemoOrder) -> Answer:
        """Ask for *order* and, when its customer means it, book the best option.

        Raises ``Unanswered``.
        """
        quote = self._quote(order)
        why = _refusal_of_wish(quote, order)
        if why:
            self.tally.refused_by_code[why] += 1
        if not order.books:
            return Answer(quote, why=why)
        for _ in range(_FRESH_QUOTES):
            option = choose(quote["options"], order)
            if option is None:
                return Answer(quote, why=why)
            made, fresh = self._book(quote, option, order)
            if made is not None:
                self.tally.bookings += 1
                return Answer(quote, made, option, why)
            if fresh is None:
                break
            quote = fresh
        raise Unanswered(f"order {order.number}: every quote was gone before it was booked")

    def cancel(self, booking_id: str) -> bool:
        """Cancel a booking; False when a parcel has left its shop already."""
        answer = self._post(f"/v1/bookings/{booking_id}/cancel", None)
        if answer.status_code == httpx.codes.CONFLICT:
            return False
        _expect(answer, httpx.codes.OK)
        self.tally.cancelled += 1
        return True

    def _quote(self, order: DemoOrder) -> Json:
        body = {
            "external_ref": _reference(order),
            "merchants": [
                {
                    "merchant_id": line.merchant_id,
                    "items_value": line.items_value_cents,
                    "weight_g": line.weight_g,
                    "volume_cm3": line.volume_cm3,
                    "cold": line.cold,
                }
                for line in order.lines
            ],
            "deliver_to": {"address": order.address, "note": order.note},
        }
        # Asked again without a key: a quote nobody books dies by itself.
        quote = _expect(self._post("/v1/quotes", body), httpx.codes.OK, httpx.codes.CREATED)
        self.tally.quotes += 1
        return quote

    def _book(self, quote: Json, option: Json, order: DemoOrder) -> tuple[Json | None, Json | None]:
        """Return the booking, or the fresh quote that stands in for a lost one."""
        body = {
            "quote_id": quote["id"],
            "option_id": option["id"],
            "external_ref": _reference(order),
            "customer": {
                "name": order.name,
                "phone": order.phone,
                "email": _address(order),
                "language": "en" if order.number % _SPEAKS_ENGLISH == 0 else "fr",
            },
        }
        # One key per quote: a fresh quote is another question, not the same one again.
        answer = self._post("/v1/bookings", body, key=f"{_reference(order)}.{quote['id']}")
        if answer.status_code == httpx.codes.CONFLICT:
            return None, answer.json().get("quote")
        return _expect(answer, httpx.codes.CREATED, httpx.codes.OK), None

    def _post(self, path: str, body: Json | None, key: str | None = None) -> httpx.Response:
        """Post, again and again under the same *key* while the network or the server fails."""
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        last: str = ""
        for pause_s in (*PAUSES_S, None):
            try:
                answer = self._http.post(path, json=body, headers=headers)
            except httpx.TransportError as why:
                last = f"{type(why).__name__}"
            else:
                if not _is_passing(answer):
                    return answer
                last = str(answer.status_code)
            if pause_s is None or self._wait(pause_s):
                break
        raise Unanswered(f"POST {path}: {last}")


def choose(options: list[Json], order: DemoOrder) -> Json | None:
    """Return the offered option the customer takes, or None when nothing is offered.

    The wish if there is one: of several express windows the one hoped for, or the last.
    Else the first mode of express, collect, merchant and standard that is offered.
    """
    offered = [option for option in options if option["offered"]]
    for mode in (order.wish, *_INSTEAD):
        same = [option for option in offered if option["mode"] == mode]
        if same:
            return same[min(order.window, len(same) - 1)]
    return None


def _refusal_of_wish(quote: Json, order: DemoOrder) -> str:
    """Why none of the wished mode is offered; "" when one is."""
    wished = [option for option in quote["options"] if option["mode"] == order.wish]
    if not wished or any(option["offered"] for option in wished):
        return ""
    return str(wished[0]["reasons"][0]["code"])


def _is_passing(answer: httpx.Response) -> bool:
    """True for trouble that a new try may not meet."""
    return answer.status_code in _TRY_AGAIN


def _expect(answer: httpx.Response, *statuses: int) -> Json:
    if answer.status_code not in statuses:
        # The code only: a message might name somebody.
        code = answer.json().get("code", "") if "json" in answer.headers["content-type"] else ""
        raise Unanswered(f"{answer.request.url.path}: {answer.status_code} {code}".rstrip())
    body: Json = answer.json()
    return body


def _address(order: DemoOrder) -> str:
    """A domain that is nobody's (RFC 2606): should a letter ever leave, it goes nowhere."""
    return f"client-{order.number}@example.org"


def _reference(order: DemoOrder) -> str:
    return f"DEMO-{order.number:04d}"
