"""The online geocoder, against a local server that speaks the service's GeoJSON."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dispatch.adapters.geocoder.ban import DOMAIN, BanGeocoder
from dispatch.core.errors import DispatchError


def feature(label: str, score: float, kind: str = "housenumber", **more: object) -> dict[str, Any]:
    """Return one answer in the shape the service sends (a subset of its properties)."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [0.165, 44.5]},
        "properties": {
            "label": label,
            "score": score,
            "type": kind,
            "postcode": "47200",
            "citycode": "47157",
            "city": "Marmande",
            **more,
        },
    }


class Service:
    """A local stand-in: says ``answer`` with ``status`` after ``wait_s``, remembers the asking."""

    def __init__(self) -> None:
        self.answer: object = {"type": "FeatureCollection", "features": []}
        self.status = 200
        self.wait_s = 0.0
        self.asked: list[tuple[str, dict[str, list[str]], str]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                agent = self.headers["User-Agent"]
                service.asked.append((url.path, parse_qs(url.query), agent))
                time.sleep(service.wait_s)
                body = json.dumps(service.answer).encode()
                self.send_response(service.status)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test output quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.domain = f"127.0.0.1:{self.server.server_port}/geocodage"

    def say(self, *features: dict[str, Any]) -> None:
        self.answer = {"type": "FeatureCollection", "features": list(features)}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    local = Service()
    thread = Thread(target=local.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield local
    local.server.shutdown()
    local.server.server_close()
    thread.join()


def ban(service: Service, **options: Any) -> BanGeocoder:
    return BanGeocoder(domain=service.domain, scheme="http", **options)


def test_an_address_is_asked_for_and_its_point_is_latitude_first(service: Service) -> None:
    service.say(feature("12 Rue de la Libération 47200 Marmande", 0.97))
    (found,) = ban(service, user_agent="tournees/test").find(" 12 rue de la  Libération ")
    assert (found.place.lat_deg, found.place.lon_deg) == (44.5, 0.165)
    assert found.label == found.place.label == "12 Rue de la Libération 47200 Marmande"
    assert (found.score, found.kind) == (0.97, "housenumber")
    assert service.asked == [
        (
            "/geocodage/search",
            {"q": ["12 rue de la Libération"], "limit": ["5"]},
            "tournees/test",
        )
    ]


def test_close_answers_are_all_given_best_first_and_distant_ones_are_not(service: Service) -> None:
    service.say(feature("low", 0.70), feature("second", 0.90), feature("first", 0.93))
    assert [found.label for found in ban(service).find("rue du port")] == ["first", "second"]


def test_an_answer_nobody_should_believe_is_not_given(service: Service) -> None:
    service.say(feature("somewhere", 0.49))
    assert ban(service).find("rue du port") == []
    assert len(ban(service, min_score=0.4).find("rue du port")) == 1


def test_answers_outside_the_communes_served_are_left_out(service: Service) -> None:
    service.say(feature("here", 0.9), feature("Paris", 0.95, citycode="75101"))
    assert [found.label for found in ban(service, insee=["47157"]).find("rue du port")] == ["here"]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("housenumber", ["housenumber"]),
        ("street", ["street"]),
        ("locality", ["street"]),
        ("municipality", ["commune"]),
        ("poi", []),
    ],
)
def test_what_kind_of_place_it_is_is_told_in_our_words(
    service: Service, theirs: str, ours: list[str]
) -> None:
    service.say(feature("x", 0.9, theirs))
    assert [found.kind for found in ban(service).find("rue du port")] == ours


def test_nothing_found_is_an_empty_answer(service: Service) -> None:
    assert ban(service).find("rue du port") == []


def test_a_text_the_service_would_refuse_is_not_sent(service: Service) -> None:
    assert ban(service).find(" a ") == []
    assert service.asked == []
    ban(service).find("x" * 500)
    assert len(service.asked[0][1]["q"][0]) == 200


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_a_refusal_is_an_error_not_an_unknown_address(service: Service, status: int) -> None:
    service.status = status
    with pytest.raises(DispatchError, match="did not answer"):
        ban(service).find("rue du port")


def test_a_slow_service_is_asked_once_and_not_waited_for(service: Service) -> None:
    service.wait_s = 0.3
    with pytest.raises(DispatchError, match="GeocoderTimedOut"):
        ban(service, timeout_s=0.05).find("rue du port")
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"features": [{"geometry": {"coordinates": []}, "properties": {}}]},
        {"features": [{"geometry": {"coordinates": [0.1, 44.5]}, "properties": {"label": "x"}}]},
        {"features": [feature("x", 0.9) | {"geometry": {"coordinates": [0.1, None]}}]},
        {"features": [7]},
        7,
    ],
)
def test_an_answer_that_cannot_be_read_is_an_error(service: Service, answer: object) -> None:
    service.answer = answer
    with pytest.raises(DispatchError, match="cannot be read"):
        ban(service).find("rue du port")


def test_neither_the_error_nor_the_log_repeats_the_customers_address(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    service.wait_s, service.status = 0.1, 500
    for timeout_s in (0.05, 2.0):
        with pytest.raises(DispatchError) as failed:
            ban(service, timeout_s=timeout_s).find("12 rue secrète")
        assert "secr" not in f"{failed.value} {failed.value.facts} {caplog.text}"


def test_the_service_is_asked_where_it_lives_since_2026() -> None:
    assert DOMAIN == "data.geopf.fr/geocodage"
    assert BanGeocoder()._service.geocode_api == "https://data.geopf.fr/geocodage/search"


@pytest.mark.parametrize(
    ("options", "message"),
    [({"timeout_s": 0.0}, "timeout_s is 0.0"), ({"min_score": 1.5}, "min_score is 1.5")],
)
def test_a_nonsense_setting_is_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BanGeocoder(**options)  # type: ignore[arg-type]


def test_geopy_is_loaded_only_when_the_network_is_asked() -> None:
    code = "import sys, dispatch.adapters.geocoder.ban as _; print('geopy' in sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert loaded.strip() == "False"
