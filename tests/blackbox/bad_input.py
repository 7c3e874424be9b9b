"""Requests that no storefront should send, drawn from a seed: each is wrong in one known way.

Decides what is wrong with each, and so that it has to be refused.  What schemathesis draws
from the document may be right by accident; these never are.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from urllib.parse import quote

from tests.installation import A_DOOR, MERCHANT

GOOD_QUOTE: Final[dict[str, Any]] = {
    "external_ref": "order-1",
    "merchants": [
        {"merchant_id": MERCHANT, "items_value": 3000, "weight_g": 500, "volume_cm3": 4000}
    ],
    "deliver_to": {"location": A_DOOR, "note": "2e étage"},
}
GOOD_BOOKING: Final[dict[str, Any]] = {
    "quote_id": "qte_none",
    "option_id": "opt_1",
    "customer": {"name": "Camille Essai", "phone": "+33639980042"},
}
#: Of no type, size or meaning that any field here takes.
NONSENSE: Final[tuple[Any, ...]] = (
    *(-1, -(10**30), 10**30, 1.5, 1e308, True, "", "\x00", "\ud800", "a" * 100_000),
    *([], [[]], {}, {"a": {}}, "'; DROP TABLE bookings; --", "=1+1", "٣", "<script>"),
)
#: What is not JSON at all, or not the object that was asked for.
NOT_JSON: Final = (
    *(b"", b"{", b"nul", b"\xff\xfe", b"{'a': 1}", b'{"a": 1,}', b'{"a": NaN', b"[" * 5000),
    *(b"[]", b"null", b"1", b'"text"', b"true", b'{"a": 1} x'),
)


@dataclass(frozen=True, slots=True)
class Sent:
    """One bad request.  ``what``: what is wrong with it, for whoever reads a failure."""

    what: str
    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None = None


def bad_inputs(dice: Random, wanted: int, key: str) -> Iterator[Sent]:
    """Return *wanted* bad requests, of every kind in turn."""
    kinds: tuple[Callable[[Random, dict[str, str]], Sent], ...] = (
        *(_odd_field, _odd_field, _missing_field, _unknown_field, _not_json, _wrong_type),
        *(_stranger, _unknown_path, _wrong_method, _odd_query, _unknown_id, _too_large),
        *(_odd_header, _far_door),
    )
    head = {"Authorization": f"Bearer {key}"}
    for n in range(wanted):
        yield kinds[n % len(kinds)](dice, dict(head))


def _post(what: str, url: str, body: Any, head: dict[str, str]) -> Sent:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Sent(what, "POST", url, {"Content-Type": "application/json", **head}, text)


def _either(dice: Random) -> tuple[str, dict[str, Any]]:
    url, good = dice.choice([("/v1/quotes", GOOD_QUOTE), ("/v1/bookings", GOOD_BOOKING)])
    return url, copy.deepcopy(good)


def _leaves(body: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a body, at any depth."""
    found: list[tuple[Any, Any]] = []
    for name, value in body.items() if isinstance(body, dict) else enumerate(body):
        found.append((body, name))
        if isinstance(value, dict | list):
            found += _leaves(value)
    return found


def _odd_field(dice: Random, head: dict[str, str]) -> Sent:
    """A value of the wrong kind.  Texts may be any text, so those get no text."""
    url, body = _either(dice)
    holder, name = dice.choice(_leaves(body))
    was = holder[name]
    fits = str if isinstance(was, str) else type(None)
    holder[name] = odd = dice.choice([x for x in NONSENSE if not isinstance(x, fits)])
    if isinstance(was, int | float) and isinstance(odd, int | float) and odd is not True:
        holder[name] = "a lot"  # too large a number is tried by the tests of each field
    return _post(f"{name} is {str(holder[name])[:40]!r}", url, body, head)


def _missing_field(dice: Random, head: dict[str, str]) -> Sent:
    url, body = _either(dice)
    needed = {"merchants", "deliver_to", "merchant_id", "location", "lat", "lon", "quote_id"}
    needed |= {"option_id", "customer", "name", "phone"}
    holder, name = dice.choice([leaf for leaf in _leaves(body) if leaf[1] in needed])
    del holder[name]
    return _post(f"{name} is missing", url, body, head)


def _unknown_field(dice: Random, head: dict[str, str]) -> Sent:
    url, body = _either(dice)
    places = [body, *(h[n] for h, n in _leaves(body) if isinstance(h[n], dict))]
    name = "x" + str(dice.random())
    dice.choice(places)[name] = 1
    return _post("a field nobody knows", url, body, head)


def _not_json(dice: Random, head: dict[str, str]) -> Sent:
    url, _ = _either(dice)
    text = dice.choice(NOT_JSON)
    return _post(f"the body is {text[:20]!r}", url, text, head)


def _wrong_type(dice: Random, head: dict[str, str]) -> Sent:
    url, body = _either(dice)
    media = dice.choice(["text/plain", "application/xml", "multipart/form-data", "x"])
    return _post(f"media type {media}", url, body, {**head, "Content-Type": media})


def _stranger(dice: Random, head: dict[str, str]) -> Sent:
    url, body = _either(dice)
    word = dice.choice(["", "Bearer", "Bearer dk_none", "Basic YTpi", "Bearer " + "x" * 3000])
    return _post(f"the key is {word[:20]!r}", url, body, {**head, "Authorization": word})


def _unknown_path(dice: Random, head: dict[str, str]) -> Sent:
    end = dice.choice(["/", "/nothing", "/quotes/", "/%00", "/é", "/a/b/c"])
    return Sent(f"path /v1{end}", "GET", "/v1" + quote(end, safe="/%.") + "x", head)


def _wrong_method(dice: Random, head: dict[str, str]) -> Sent:
    method = dice.choice(["PUT", "DELETE", "PATCH"])
    url = dice.choice(["/v1/quotes", "/v1/bookings", "/v1/events", "/v1/slots", "/v1/health"])
    return Sent(f"{method} {url}", method, url, head)


def _odd_query(dice: Random, head: dict[str, str]) -> Sent:
    query = dice.choice(
        [
            *("events?limit=0", "events?limit=x", "events?after=-1", "events?after=1e3"),
            *("events?nobody=1", "tours?day=2026-02-30", "tours?day=today", "tours"),
            *("slots", "slots?merchant_id=&lat=44&lon=0", "slots?merchant_id=m&lat=91&lon=0"),
            f"slots?merchant_id={MERCHANT}&lat=44.5",
            f"slots?merchant_id={MERCHANT}&lat=nan&lon=inf",
            "events?limit=99999999999999999999999999",
            "events?after=99999999999999999999999999",
        ]
    )
    return Sent(query, "GET", f"/v1/{query}", head)


def _unknown_id(dice: Random, head: dict[str, str]) -> Sent:
    name = dice.choice(["none", "%00", "%ff", "..%2f..", "a" * 2000, "%27%20OR%201=1", "é", " "])
    url = dice.choice(["/v1/bookings/{}", "/v1/shipments/{}"]).format(quote(name, safe="%"))
    return Sent(f"no {url[:60]}", "GET", url, head)


def _too_large(dice: Random, head: dict[str, str]) -> Sent:
    url, body = _either(dice)
    body["external_ref"] = "x" * dice.randint(262_200, 300_000)
    head["Connection"] = "close"  # what nobody read of it the server does not wait for
    return _post("a body above 256 KiB", url, body, head)


def _odd_header(dice: Random, head: dict[str, str]) -> Sent:
    head["Idempotency-Key"] = "x" * dice.randint(300, 3000)
    return _post(
        f"Idempotency-Key {head['Idempotency-Key'][:9]!r}", "/v1/bookings", GOOD_BOOKING, head
    )


def _far_door(dice: Random, head: dict[str, str]) -> Sent:
    body = copy.deepcopy(GOOD_QUOTE)
    name, odd = dice.choice([("lat", 90.1), ("lat", -91), ("lon", 180.5), ("lon", -1e9)])
    body["deliver_to"]["location"][name] = odd
    return _post(f"{name} is {odd}", "/v1/quotes", body, head)
