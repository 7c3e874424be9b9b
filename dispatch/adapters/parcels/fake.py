"""A made-up post for tests and demonstrations: the shapes of the real one, and nothing else.

Decides what happens to its parcels: they move by themselves, one event after the other, or
as somebody tells them.  It says that it is made up on its first page, in a header of every
answer and on every label.  Nothing it makes can be posted.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final

from flask import Flask, Response, request

from dispatch.adapters.parcels.codes import CODES
from dispatch.adapters.parcels.settings import LABELS_PATH, TRACKING_PATH
from dispatch.adapters.parcels.sheet import one_page
from dispatch.core.civil import local_text

SAYS_SO: Final = {"X-Fake-Carrier": "yes"}
#: What an ordinary parcel lives through, one step after the other.
LIFE: Final = ("DR1", "PC1", "ET1", "EP1", "MD2", "DI1")
#: More in one question, and it answers nothing.
_MOST_NUMBERS: Final = 10
_BOUNDARY: Final = "uuid:7b0c9f4e-fake-carrier"


@dataclass
class FakePost:
    """Its parcels.  Safe between threads.

    now  : the instant it lives in
    step : from one event of a parcel to the next
    down : it answers nothing but 503
    asked : the labels asked for last, as they were asked for
    """

    now: Callable[[], datetime]
    step: timedelta = timedelta(hours=4)
    down: bool = False
    asked: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=100))
    _made: dict[str, datetime] = field(default_factory=dict)
    _told: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def label(self, wanted: dict[str, Any]) -> str:
        """Take in a parcel and return its number."""
        with self._lock:
            self.asked.append(wanted)
            number = f"6A{len(self._made) + 1:011d}"
            self._made[number] = self.now()
            return number

    def tell(self, number: str, code: str) -> None:
        """Let *code* happen to the parcel now; it no longer moves by itself."""
        with self._lock:
            self._told.setdefault(number, [(self._made[number], LIFE[0])])
            self._told[number].append((self.now(), code))

    def events(self, number: str) -> list[tuple[datetime, str]] | None:
        """Return what happened to the parcel, oldest first; None: it was never here."""
        with self._lock:
            if number not in self._made:
                return None
            if number in self._told:
                return list(self._told[number])
            born, now = self._made[number], self.now()
            life = [(born + n * self.step, code) for n, code in enumerate(LIFE)]
            return [(at, code) for at, code in life if at <= now]


def fake_carrier(post: FakePost) -> Flask:
    """Return the made-up services of *post*, as an application of their own."""
    app = Flask("fake_carrier")

    @app.before_request
    def _down() -> Response | None:
        return Response("down", 503) if post.down and request.path != "/" else None

    @app.after_request
    def _says_so(response: Response) -> Response:
        response.headers.update(SAYS_SO)
        return response

    @app.get("/")
    def about() -> str:
        return "This is a made-up carrier. Its labels are worth nothing.\n"

    @app.post(f"{LABELS_PATH}/generateLabel")
    def generate_label() -> Response:
        return _label(post)

    @app.get(f"{TRACKING_PATH}/idships/<numbers>")
    def idships(numbers: str) -> Response:
        return _tracking(post, numbers.split(","))

    return app


def _label(post: FakePost) -> Response:
    if not request.headers.get("apiKey"):
        return _messages(("30000", "Identifiant ou mot de passe incorrect"))
    wanted = request.get_json(silent=True)
    if not isinstance(wanted, dict) or not isinstance(wanted.get("letter"), dict):
        return _messages(("30007", "Requête illisible"))
    letter: Mapping[str, Any] = wanted["letter"]
    if trouble := _trouble(letter):
        return _messages(*trouble)
    number = post.label(wanted)
    said = {
        "messages": [
            {"id": "0", "type": "INFOS", "messageContent": "La requête a été traitée avec succès"}
        ],
        "labelV31Response": {"parcelNumber": number, "pdfUrl": None, "fields": None},
    }
    return Response(
        _multipart(said, one_page(_lines(number, letter))),
        mimetype=f'multipart/mixed; boundary="{_BOUNDARY}"',
    )


def _trouble(letter: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the real service would refuse, as far as it matters to us."""
    found = []
    for side in ("sender", "addressee"):
        address = letter.get(side, {}).get("address", {})
        for name in ("line2", "city", "countryCode"):
            if not address.get(name):
                found.append(("30100", f"{side}.{name} est obligatoire"))
            elif len(address[name]) > 35:
                found.append(("30101", f"{side}.{name} est trop long"))
        zip_code = str(address.get("zipCode", ""))
        if not (zip_code.isdecimal() and len(zip_code) == 5):
            found.append(("30109", f"{side}.zipCode est incorrect"))
    if not letter.get("addressee", {}).get("address", {}).get("lastName"):
        found.append(("30102", "addressee.lastName est obligatoire"))
    if not 0 < float(letter.get("parcel", {}).get("weight", 0)) <= 30:
        found.append(("30204", "Le poids est incorrect"))
    return found


def _messages(*troubles: tuple[str, str]) -> Response:
    said = [{"id": i, "type": "ERROR", "messageContent": text} for i, text in troubles]
    return Response(
        json.dumps({"messages": said, "labelV31Response": None}), 400, mimetype="application/json"
    )


def _multipart(said: Mapping[str, Any], pdf: bytes) -> bytes:
    parts = (
        (b"application/json;charset=UTF-8", b"<jsonInfos>", json.dumps(said).encode()),
        (b"application/octet-stream", b"<label>", pdf),
    )
    edge = b"--" + _BOUNDARY.encode()
    body = b"".join(
        edge
        + b"\r\nContent-Type: "
        + kind
        + b"\r\nContent-Transfer-Encoding: binary\r\nContent-ID: "
        + name
        + b"\r\n\r\n"
        + content
        + b"\r\n"
        for kind, name, content in parts
    )
    return body + edge + b"--"


def _lines(number: str, letter: Mapping[str, Any]) -> list[str]:
    to = letter["addressee"]["address"]
    return [
        "FAUX TRANSPORTEUR - NE PAS POSTER",
        "",
        number,
        " ".join(x for x in (to.get("firstName"), to["lastName"]) if x),
        to["line2"],
        f"{to['zipCode']} {to['city']}",
        f"{letter['parcel']['weight']} kg",
    ]


def _tracking(post: FakePost, numbers: list[str]) -> Response:
    if not request.headers.get("X-Okapi-Key"):
        body = {"code": "UNAUTHORIZED", "message": "This action requires an authorization"}
        return Response(json.dumps(body), 401, mimetype="application/json")
    if len(numbers) > _MOST_NUMBERS:
        return Response(json.dumps({"returnCode": 400}), 400, mimetype="application/json")
    found = [_shipment(post, number) for number in numbers]
    codes = {int(one["returnCode"]) for one in found}
    status = codes.pop() if len(codes) == 1 else 207
    return Response(
        json.dumps(found[0] if len(found) == 1 else found), status, mimetype="application/json"
    )


def _shipment(post: FakePost, number: str) -> dict[str, Any]:
    head = {"lang": "fr_FR", "scope": "open", "idShip": number}
    events = post.events(number)
    if events is None:
        return {**head, "returnCode": 404, "returnMessage": "Numéro inconnu"}
    last = events[-1][1]
    return {
        **head,
        "returnCode": 200,
        "shipment": {
            "idShip": number,
            "holder": 4,
            "product": "colissimo",
            "isFinal": last in ("DI1", "DI2"),
            "event": [
                {"code": code, "label": CODES[code][0], "date": local_text(at)}
                for at, code in reversed(events)
            ],
        },
    }
