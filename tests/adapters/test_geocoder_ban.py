"""The online geocoder, against a local server that speaks the service's GeoJSON."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from dispatch.adapters.geocoder.ban import BanGeocoder, ServiceError
from dispatch.adapters.geocoder.settings import URL
from dispatch.core.errors import DispatchError
from dispatch.core.places import Place
from geodata.town import Commune
from tests.adapters.geocoder_service import Service, feature, local_service

MARMANDE = Commune("47157", "Marmande", "47200", 17_849, 44.5036, 0.1655, True)
TONNEINS = Commune("47310", "Tonneins", "47400", 9_625, 44.3948, 0.3101, True)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with local_service() as local:
        yield local


def ban(service: Service, **options: Any) -> BanGeocoder:
    return BanGeocoder(url=service.url, **options)


def test_an_address_is_asked_for_and_its_point_is_latitude_first(service: Service) -> None:
    service.say(feature("12 Rue de la Libération 47200 Marmande", 0.97))
    (found,) = ban(service, user_agent="tournees/test").find(" 12 rue de la  Libération ")
    assert (found.place.lat_deg, found.place.lon_deg) == (44.5, 0.165)
    assert found.label == found.place.label == "12 Rue de la Libération 47200 Marmande"
    assert (found.score, found.kind) == (0.97, "housenumber")
    assert service.asked == [
        (
            "/geocodage/search",
            {"q": ["12 rue de la Libération"], "limit": ["5"], "autocomplete": ["0"]},
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
    assert [found.label for found in ban(service, communes=[MARMANDE]).find("rue du port")] == [
        "here"
    ]


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
    assert URL == "https://data.geopf.fr/geocodage"
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


def test_a_text_that_names_its_commune_and_postcode_is_asked_in_that_commune_only(
    service: Service,
) -> None:
    asking = ban(service, communes=[MARMANDE, TONNEINS], near=Place(44.5, 0.16))
    asking.find("12 rue du port, 47400 Tonneins")
    asking.find("12 rue de Tonneins")  # a street of another commune, perhaps
    asking.find("12 rue de Tonneins, 47200")
    first, *others = service.questions
    assert first["citycode"] == ["47310"]
    assert "lat" not in first
    for other in others:
        assert "citycode" not in other
        assert (other["lat"], other["lon"]) == (["44.5"], ["0.16"])


def test_another_number_than_the_one_asked_for_is_not_its_door(service: Service) -> None:
    service.say(
        feature("12 Rue du Port", 0.9, housenumber="12"),
        feature("12bis Rue du Port", 0.9, housenumber="12bis"),
        feature("1 Rue du Port", 0.9, housenumber="1"),
        feature("120 Rue du Port", 0.9, housenumber="120"),
    )
    labels = [found.label for found in ban(service).find("12 rue du port")]
    assert labels == ["12 Rue du Port", "12bis Rue du Port"]


@pytest.mark.parametrize(
    ("kind", "score", "exact"),
    [
        ("housenumber", 0.9, True),
        ("housenumber", 0.6, False),
        ("street", 0.9, False),
        ("locality", 0.9, True),
    ],
)
def test_only_a_sure_door_is_exact_and_every_answer_names_its_commune(
    service: Service, kind: str, score: float, exact: bool
) -> None:
    service.say(feature("x", score, kind))
    (found,) = ban(service).find("rue du port")
    assert (found.exact, found.insee) == (exact, "47157")


def test_what_lies_behind_the_door_is_not_sent(service: Service) -> None:
    ban(service).find("12 rue du port, chez Mme Lamy, digicode 4B12, 47200 Marmande")
    assert service.questions[0]["q"] == ["12 rue du port, 47200 Marmande"]


@pytest.mark.parametrize(
    ("status", "headers", "at_fault", "rest_s"),
    [
        (400, {}, False, None),
        (429, {"Retry-After": "5"}, True, 5),
        (500, {}, True, None),
        (503, {}, True, None),
    ],
)
def test_a_refusal_says_whose_fault_it_is_and_how_long_to_rest(
    service: Service,
    status: int,
    headers: dict[str, str],
    at_fault: bool,
    rest_s: int | None,
) -> None:
    service.status, service.headers = status, headers
    with pytest.raises(ServiceError) as refused:
        ban(service).find("rue du port")
    assert (refused.value.at_fault, refused.value.retry_after_s) == (at_fault, rest_s)
