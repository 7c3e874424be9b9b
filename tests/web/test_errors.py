"""When something is wrong, pages stay calm, and the API keeps its own voice."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from structlog.testing import capture_logs
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from dispatch.core.errors import DispatchError, NotFound, Stale, StorageError, StreetsUnavailable
from dispatch.operations.access import PageKind
from dispatch.operations.run_wave import wave_by_hand
from dispatch.routing.plan import Plan
from dispatch.web import wiring
from dispatch.web.troubles import BY_CODE, BY_STATUS
from tests.fakes.house import embedded_town, house
from tests.fakes.town import express_shops
from tests.web.site import SECRET, Site, token_of


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


# --- nobody reads an error's own English words on a French page ---------------------------------

#: Words that every English sentence of ours has one of, and no French one.
ENGLISH = re.compile(
    r"\b(the|is|are|not|this|was|with|of|and|your|needs?|cannot|unknown|known|missing|wrong|"
    r"keep|undo|send|most|only|another|took|there)\b",
    re.IGNORECASE,
)


def visible(page: str) -> str:
    """The text of a page: no tags, no scripts, no codes, nothing marked as another language."""
    for element in ("script", "style", "code", "footer", "nav"):
        page = re.sub(rf"<{element}\b.*?</{element}>", " ", page, flags=re.DOTALL)
    page = re.sub(r'<a [^>]*hreflang="en".*?</a>', " ", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def kinds_of(kind: type[DispatchError]) -> list[type[DispatchError]]:
    return [kind, *(one for child in kind.__subclasses__() for one in kinds_of(child))]


@pytest.mark.parametrize("kind", kinds_of(DispatchError), ids=lambda kind: kind.__name__)
def test_every_error_of_the_house_is_told_in_the_page_s_language(
    site: Site, kind: type[DispatchError]
) -> None:
    def broken() -> str:
        raise kind("this is not the sentence of a French page")

    for path in ("/broken", "/broken.json"):
        site.app.add_url_rule(path, path, broken)
    site.app.testing = False
    client = site.visitor()
    page, data = client.get("/broken"), client.get("/broken.json")
    assert page.status_code == data.status_code
    assert data.get_json()["code"] == kind.code
    said = data.get_json()["message"]
    # A no-break space survives its way through JSON and through HTML.
    assert said in re.sub(r"[ \n]+", " ", visible(page.text))
    for text in (visible(page.text), said):
        assert ENGLISH.findall(text) == []
    english = client.get("/broken.json?lang=en").get_json()["message"]
    assert english != said
    assert ENGLISH.search(english)


def test_every_known_trouble_is_another_one() -> None:
    known = [*BY_CODE.values(), *BY_STATUS.values()]
    assert len({one.text for one in known}) == len(known)


def requests_that_go_wrong(site: Site) -> Iterator[tuple[str, TestResponse]]:
    """What browsers and phones really send and should not, by the kind of page."""
    visitor = site.visitor()
    for path in ("/nowhere", "/l/wrong", "/suivi/wrong", "/livreur", "/planification"):
        yield path, visitor.get(path)
    shop = express_shops(site.ports)[0]
    courier = site.signed_in(PageKind.COURIER, next(iter(site.ports.territory.couriers)))
    planner = site.signed_in(PageKind.PLANNER)
    merchant = site.signed_in(PageKind.MERCHANT, shop)
    for client, home, posts in (
        (courier, "/livreur", [("/livreur/arret", {"kind": "stolen"})]),
        (planner, "/planification", [("/planification/portes", {"act": "eat"})]),
        (merchant, "/commerce", [("/commerce/envois/shp_none", {"act": "eat"})]),
    ):
        token = {"csrf_token": token_of(client.get(home).text)}
        for path, form in posts:
            yield path, client.post(path, data=form)  # no token
            yield path, client.post(path, data={**form, **token})
            yield path, client.get(path)
            yield path, client.post(path, data={**form, **token, "more": "x" * 300_000})
        yield "another's page", client.get("/commerce" if client is courier else "/livreur")
    token_header = {"X-CSRFToken": token_of(courier.get("/livreur").text)}
    some: list[object] = [{"kind": "door"}, 7]
    bodies: list[object] = [{"facts": 7}, {"facts": [{}] * 201}, [], "x", {"facts": some}]
    for body in bodies:
        yield "/livreur/faits", courier.post("/livreur/faits", json=body, headers=token_header)
    yield "/livreur/faits", courier.post("/livreur/faits", data="{", headers=token_header)
    for query in ("?minutes=0", "?vehicule=cow", "?boutique=m_x", "?adresse=nulle+part"):
        yield "/planification/portee", planner.get(f"/planification/portee{query}")
        yield ".geojson", planner.get(f"/planification/portee.geojson{query}")
    for query in ("?jour=hier", "?jour=1999-01-01"):
        yield "/planification", planner.get(f"/planification{query}")


def test_no_request_that_goes_wrong_is_answered_in_english(site: Site) -> None:
    statuses = set()
    for path, answer in requests_that_go_wrong(site):
        statuses.add(answer.status_code)
        if answer.is_json:
            texts = re.findall(r'"message":\s*"([^"]*)"', answer.get_data(as_text=True))
            texts = [json.loads(f'"{text}"') for text in texts]
        else:
            page = answer.text
            start = page.index("<main")
            texts = [visible(page[start : page.index("</main>")])]
        for text in texts:
            assert ENGLISH.findall(text) == [], (path, answer.status_code, text)
    assert statuses >= {400, 401, 403, 404, 405, 413, 422}


def test_a_wave_that_failed_is_told_by_its_code_and_our_words(site: Site) -> None:
    def broken(*_: object, **__: object) -> Plan:
        raise RuntimeError("this is not for the planner")

    site.book(express_shops(site.ports)[0])
    wave_by_hand(replace(site.ports, solver=broken))
    page = site.signed_in(PageKind.PLANNER).get("/planification").text
    assert "une erreur est survenue de notre côté." in html.unescape(page)
    assert "<code>RuntimeError</code>" in page
    assert "not for the planner" not in page


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
