"""When something is wrong, pages stay calm, and the API keeps its own voice."""

from __future__ import annotations

import pytest
from flask import Flask
from structlog.testing import capture_logs
from werkzeug.exceptions import HTTPException

from dispatch.core.errors import DispatchError, NotFound, Stale, StorageError, StreetsUnavailable
from dispatch.web import wiring
from tests.fakes.house import embedded_town, house
from tests.web.site import SECRET, Site


def test_an_address_that_names_nothing_is_a_page_of_ours(site: Site) -> None:
    answer = site.visitor().get("/nowhere")
    assert answer.status_code == 404
    assert "Il n’y a rien à cette adresse" in answer.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("x"), 404),
        (Stale("x"), 409),
        (StorageError("x"), 503),
        (StreetsUnavailable("x"), 503),
    ],
)
def test_an_operations_error_becomes_its_status(
    site: Site, error: DispatchError, status: int
) -> None:
    def broken() -> str:
        raise error

    site.app.add_url_rule("/broken", "broken", broken)
    answer = site.visitor().get("/broken")
    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == ("5" if status == 503 else None)


def test_a_bug_is_admitted_without_its_secrets(site: Site) -> None:
    def bug() -> str:
        raise RuntimeError("the password is 1234")

    site.app.add_url_rule("/bug", "bug", bug)
    site.app.testing = False
    answer = site.visitor().get("/bug")
    assert answer.status_code == 500
    assert "Quelque chose s’est cassé chez nous" in answer.text
    assert "1234" not in answer.text


@pytest.mark.parametrize(
    ("error", "status"),
    [(RuntimeError("Camille"), 500), (StorageError("row of Camille"), 503)],
)
def test_what_breaks_is_logged_by_its_place_and_never_by_its_path(
    site: Site, error: Exception, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(token: str) -> str:
        raise error

    site.app.view_functions["tracking.follow"] = broken
    site.app.testing = False
    with capture_logs() as lines:
        answer = site.visitor().get("/suivi/secret-token?name=secret")
    assert answer.status_code == status
    (line,) = lines
    assert (line["path"], line["error"]) == ("/suivi/<token>", type(error).__name__)
    assert "test_errors.py:" in line["where"]
    for log in (repr(lines), caplog.text):
        assert "secret" not in log and "Camille" not in log


def test_a_wrong_method_says_which_is_right(site: Site) -> None:
    answer = site.visitor().options("/livreur/arret")
    assert "POST" in answer.headers["Allow"]
    refused = site.visitor().get("/livreur/arret")
    assert refused.status_code == 405
    assert "POST" in refused.headers["Allow"]


def test_below_v1_the_apis_own_handlers_go_on_answering() -> None:
    app = Flask("with_api")

    def theirs(error: HTTPException) -> tuple[str, int]:
        return f"problem {error.code}", error.code or 500

    app.register_error_handler(HTTPException, theirs)
    wiring.register(app, house(), map_geojson=embedded_town().map_geojson, secret_key=SECRET)
    client = app.test_client()
    assert client.get("/v1/nowhere").text == "problem 404"
    assert "<h1>" in client.get("/nowhere").text
