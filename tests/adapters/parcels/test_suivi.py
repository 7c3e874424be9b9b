"""News of parcels: one number or ten, known or not, and a post that is away."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from dispatch.adapters.parcels.asking import Answer
from dispatch.adapters.parcels.la_poste import la_poste
from dispatch.adapters.parcels.settings import LABELS_KEY, TRACKING_KEY, ParcelSettings
from dispatch.adapters.parcels.suivi import TrackingService, read
from dispatch.core.civil import parse_instant
from dispatch.core.errors import CarrierUnavailable, Invalid
from dispatch.operations.carrier import CarrierEvent
from dispatch.orders.shipments import State
from tests.adapters.parcels.conftest import Office
from tests.adapters.parcels.test_colissimo import WANTED


def labelled(office: Office, count: int) -> list[str]:
    return [office.carrier.label(WANTED).tracking_number for _ in range(count)]


def test_a_parcel_s_events_come_oldest_first_in_our_words(office: Office) -> None:
    (number,) = labelled(office, 1)
    office.clock.advance(minutes=8 * 60)
    assert office.carrier.follow([number]) == {
        number: (
            CarrierEvent("DR1", parse_instant("2026-11-24T10:00+01:00"), None),
            CarrierEvent("PC1", parse_instant("2026-11-24T14:00+01:00"), State.TO_DROPOFF),
            CarrierEvent("ET1", parse_instant("2026-11-24T18:00+01:00"), State.TO_DROPOFF),
        )
    }


def test_ten_parcels_are_one_question_and_an_unknown_one_spoils_nothing(office: Office) -> None:
    numbers = [*labelled(office, 9), "6A99999999999"]
    said = office.carrier.follow(numbers)
    assert set(said) == set(numbers)
    assert said["6A99999999999"] == ()
    assert all(len(said[number]) == 1 for number in numbers[:9])


def test_an_answer_as_the_service_documents_it_is_read() -> None:
    """From the shape of the published schema, with fields that we do not use."""
    body = {
        "lang": "fr_FR",
        "scope": "open",
        "returnCode": 200,
        "shipment": {
            "idShip": "6A11111111111",
            "holder": 4,
            "product": "colissimo",
            "isFinal": True,
            "entryDate": "2026-11-20T14:43:00+01:00",
            "timeline": [{"shortLabel": "Votre colis est en chemin.", "id": 2, "status": True}],
            "event": [
                {"code": "DI1", "label": "Livré", "date": "2026-11-23T09:38:00+01:00"},
                {"code": "XX9", "label": "Nouveau", "date": "2026-11-22T09:38:00+01:00"},
            ],
            "contextData": {"deliveryChoice": {"deliveryChoice": 0}},
        },
    }
    said = read(Answer(200, "application/json", json.dumps(body).encode()))
    assert [(e.code, e.state) for e in said["6A11111111111"]] == [
        ("XX9", None),
        ("DI1", State.DELIVERED),
    ]


@pytest.mark.parametrize(
    "body", [b"null", b"[1]", b'{"shipment": {"idShip": "6A", "event": [{}]}}', b"{}", b"<html>"]
)
def test_nonsense_is_a_silence(body: bytes) -> None:
    with pytest.raises(CarrierUnavailable):
        read(Answer(200, "application/json", body))


def test_a_post_that_is_down_is_a_silence(office: Office) -> None:
    office.post.down = True
    with pytest.raises(CarrierUnavailable, match="503"):
        office.carrier.follow(["6A00000000001"])
    with pytest.raises(CarrierUnavailable, match="503"):
        office.carrier.label(WANTED)


def test_a_refused_key_is_a_silence_that_says_so(office: Office) -> None:
    stranger = replace(office.carrier.tracking, key="")
    with pytest.raises(CarrierUnavailable, match="does not know our key"):
        stranger.follow(["6A00000000001"])


def test_nobody_there_and_nobody_answering_are_silences() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        service = TrackingService(f"http://127.0.0.1:{deaf.getsockname()[1]}", "k", 0.2)
        with pytest.raises(CarrierUnavailable, match=r"within 0\.2 s"):
            service.follow(["6A00000000001"])
    with pytest.raises(CarrierUnavailable, match="cannot be reached"):
        service.follow(["6A00000000001"])


class _Unreadable(BaseHTTPRequestHandler):
    """As the real service was seen: an unreadable number makes the whole answer a bare 404."""

    def do_GET(self) -> None:
        found = "6A00000000001" if self.path.startswith("/idships/6A00000000001?") else None
        body = json.dumps({"returnCode": 200, "shipment": {"idShip": found, "event": []}})
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json" if found else "text/html")
        self.end_headers()
        self.wfile.write(body.encode() if found else b"<h1>404</h1>")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def unreadable() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Unreadable)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_one_number_that_cannot_be_read_does_not_hide_the_others(unreadable: str) -> None:
    said = TrackingService(unreadable, "k", 5.0).follow(["6A00000000001", "6A0000000000Z"])
    assert said == {"6A00000000001": (), "6A0000000000Z": ()}


def test_a_house_without_keys_does_not_start_with_the_post() -> None:
    for keys in ({}, {LABELS_KEY: "k"}, {LABELS_KEY: "k", TRACKING_KEY: ""}):
        with pytest.raises(Invalid, match="in the environment"):
            la_poste(ParcelSettings("la_poste"), keys)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"carrier": "ups"}, "known: none, la_poste"),
        ({"timeout_s": 0.0}, "more than 0"),
        ({"product_code": "A2P"}, "known: DOM, DOS"),
        ({"print_on": "ZPL_10x15_203dpi"}, "no PDF"),
        ({"tracking_url": "ftp://x"}, "tracking_url does not begin"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        ParcelSettings(**settings)  # type: ignore[arg-type]
