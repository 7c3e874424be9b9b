"""Every error has one shape, and says no more than it should."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from dispatch.api.problems import STATUS
from dispatch.api.wiring import flask_app
from dispatch.core import errors
from dispatch.core.errors import Broken, Busy, DispatchError, Gone, StorageError, TooLate
from dispatch.operations.ports import Ports, Transaction
from tests.api.conftest import Storefront, storefront
from tests.fakes.house import house
from tests.fakes.moody_streets import MoodyStreets


def _every(kind: type[DispatchError]) -> set[type[DispatchError]]:
    return {kind}.union(*(_every(child) for child in kind.__subclasses__()))


def test_every_error_of_the_house_has_a_status_of_its_own_or_its_parents() -> None:
    drawn = {kind for kind in _every(DispatchError) if kind.__module__ == errors.__name__}
    homeless = [kind for kind in drawn - {DispatchError} if not STATUS.keys() & set(kind.__mro__)]
    assert homeless == []


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/v1/", 404, "not_found"),
        ("GET", "/v1", 404, "not_found"),
        ("DELETE", "/v1/quotes", 405, "method_not_allowed"),
        ("GET", "/v1/quotes", 405, "method_not_allowed"),
    ],
)
def test_a_path_nobody_serves_is_a_problem_too(
    client: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    problem = answer.get_json()
    assert (problem["status"], problem["code"]) == (status, code)
    if status == 405:
        assert "POST" in answer.headers["Allow"]


def test_other_pages_keep_their_own_errors(client: FlaskClient) -> None:
    assert client.get("/nothing").mimetype == "text/html"
    assert client.get("/v10").mimetype == "text/html"


def test_pages_registered_later_do_not_take_over_the_api_s_errors(ports: Ports) -> None:
    app: Flask = flask_app(ports)
    for status in (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503):
        app.register_error_handler(status, lambda error: ("a page", error.code or 500))
    app.register_error_handler(DispatchError, lambda error: ("a page", 500))
    client = app.test_client()
    shop = storefront(ports, client)
    for path in ("/v1", "/v1/nothing", "/v1/bookings/bkg_none", "/v1/tours?day=never"):
        assert shop.get(path).mimetype == "application/problem+json", path
    assert shop.post("/v1/quotes").mimetype == "application/problem+json"
    assert client.get("/nothing").text == "a page"


class _BrokenStore:
    """A store that fails in a chosen way."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def reading(self) -> AbstractContextManager[Transaction]:
        raise self.error

    writing = reading


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StorageError("disk full at /var/lib/secret"), 503, "storage_unavailable"),
        (Busy("secret waited ten seconds"), 503, "busy"),
        (Broken("row of secret contradicts itself"), 500, "internal"),
        (RuntimeError("secret Camille"), 500, "internal"),
    ],
)
def test_our_own_failures_are_told_without_their_insides(
    error: Exception, status: int, code: str
) -> None:
    client = flask_app(replace(house(), store=_BrokenStore(error))).test_client()
    with capture_logs() as lines:
        answer = client.get("/v1/health")
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert ("Retry-After" in answer.headers) == (status == 503)
    (crash,) = [line for line in lines if line["event"] == "request_failed"]
    assert crash["error"] == type(error).__name__
    assert crash["request_id"] == answer.headers["X-Request-Id"]
    assert "secret" not in repr(lines)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Gone("this booking's page has ended"), 410, "gone"),
        (TooLate("the courier has left"), 409, "too_late"),
    ],
)
def test_what_has_ended_is_told_from_what_never_was(
    error: DispatchError, status: int, code: str
) -> None:
    client = flask_app(replace(house(), store=_BrokenStore(error))).test_client()
    answer = client.get("/v1/health")
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert answer.get_json()["detail"] == str(error)


def test_a_crowd_at_the_lock_is_not_told_as_something_broken() -> None:
    client = flask_app(replace(house(), store=_BrokenStore(Busy("ten seconds")))).test_client()
    problem = client.get("/v1/health").get_json()
    assert "ask again" in problem["detail"]
    assert "broke" not in problem["detail"]


def test_without_travel_times_nothing_is_promised_and_the_caller_told_to_come_back(
    ports: Ports,
) -> None:
    streets = MoodyStreets(ports.streets, ports.clock)
    mute = replace(ports, streets=streets)
    shop = storefront(mute, flask_app(mute).test_client())
    streets.silent = True
    answer = shop.post("/v1/quotes", shop.order())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    problem = answer.get_json()
    assert (problem["code"], problem["retry_after"]) == ("streets_unavailable", 5)
    assert "travel times cannot be had" in problem["detail"]
    streets.silent = False
    assert shop.post("/v1/quotes", shop.order()).status_code == 201


def test_a_problem_has_all_the_fields_a_client_may_count_on(shop: Storefront) -> None:
    problem = shop.get("/v1/bookings/bkg_none").get_json()
    assert problem == {
        "type": "urn:dispatch:problem:not_found",
        "title": "Not found",
        "status": 404,
        "detail": "no booking bkg_none",
        "code": "not_found",
        "fields": [],
        "reasons": [],
        "facts": {"booking_id": "bkg_none"},
    }
