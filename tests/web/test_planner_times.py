"""The page of learnt times: the error before and after, one button to apply, one to undo."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from dispatch.operations.access import PageKind
from dispatch.operations.calibrate import history
from dispatch.operations.calibration import Lesson, Subject
from dispatch.web.planner.times import rows
from tests.fakes.house import clock_of, house
from tests.fakes.true_road import World, live_in
from tests.web.site import Site
from tests.web.test_planner import plain

FLORIST = "m_pivoine_et_basilic"
PAGE = "/planification/temps"


@pytest.fixture
def driven() -> Site:
    """Two orders, fetched and handed over in a world where doors take twice as long."""
    site = Site(house())
    for _ in range(2):
        site.book(FLORIST)
    clock_of(site.ports).advance(minutes=30)
    site.hand_out()
    live_in(World(doors=2.0), site.ports, minutes=120)
    return site


@pytest.fixture
def planner(driven: Site) -> FlaskClient:
    return driven.signed_in(PageKind.PLANNER)


def press(client: FlaskClient, action: str) -> str:
    page = client.get(PAGE).text
    form = re.search(rf'<form[^>]*action="{PAGE}/{action}".*?</form>', page, re.S)
    assert form is not None, f"the page has no form {action}"
    token = re.search(r'name="csrf_token" value="([^"]+)"', form[0])
    assert token is not None
    answer = client.post(f"{PAGE}/{action}", data={"csrf_token": token[1]}, follow_redirects=True)
    assert answer.status_code == 200
    return plain(answer.text)


def test_the_planner_reads_what_was_measured_and_what_it_says_instead(planner: FlaskClient) -> None:
    page = plain(planner.get(PAGE).text)

    assert "Livraisons : 2" in page
    # Twice 180 s, two visits beside a guess worth five: 180 s times 2 to the power 2/7.
    assert "immeuble 2 3 min 00 3 min 39 50 %" in page
    assert "50 % –" in page
    assert "Rien : les trajets sont ceux des rues" in page


def test_the_page_speaks_english(planner: FlaskClient) -> None:
    page = plain(planner.get(f"{PAGE}?lang=en").text)

    assert "block of flats 2 3 min 00 3 min 39 50%" in page
    assert "Apply these times" in page


def test_what_is_applied_says_when_and_from_how_much_and_can_be_undone(
    planner: FlaskClient, driven: Site
) -> None:
    applied = press(planner, "appliquer")

    (one,) = history(driven.ports)
    assert one.undone_at is None
    assert f"{one.facts} mesures, 2 livraisons" in applied
    assert "en vigueur" in applied

    undone = press(planner, "annuler")

    assert history(driven.ports)[0].undone_at is not None
    assert "annulé le" in undone
    assert "en vigueur" not in undone


def test_before_any_courier_reported_there_is_nothing_to_apply(site: Site) -> None:
    page = site.signed_in(PageKind.PLANNER).get(PAGE).text

    assert "Aucun livreur" in page
    assert "appliquer" not in page
    assert "annuler" not in page


@pytest.mark.parametrize(("act", "said"), [("appliquer", "Aucun livreur"), ("annuler", "rien")])
def test_a_button_pressed_twice_is_told_and_nothing_breaks(site: Site, act: str, said: str) -> None:
    client = site.signed_in(PageKind.PLANNER)
    page = client.get(PAGE).text
    token = re.search(r'<meta name="csrf-token" content="([^"]+)"', page)
    assert token is not None

    answer = client.post(f"{PAGE}/{act}", data={"csrf_token": token[1]}, follow_redirects=True)

    assert answer.status_code == 200
    assert said in plain(answer.text)


def test_only_a_planner_opens_it(site: Site) -> None:
    assert site.visitor().get(PAGE).status_code == 401
    assert site.signed_in(PageKind.MERCHANT, FLORIST).get(PAGE).status_code == 403


def test_the_planners_day_leads_to_it(planner: FlaskClient) -> None:
    assert f'href="{PAGE}"' in planner.get("/planification").text


@pytest.fixture
def french(site: Site) -> Iterator[Site]:
    with site.app.test_request_context("/?lang=fr"):
        yield site


def test_a_lesson_says_how_long_the_way_is_and_whether_forecasts_get_better(french: Site) -> None:
    better = Lesson(Subject.WAYS, "cargo_bike", 40, 0.8375, 25.2, 9.7)
    worse = Lesson(Subject.SHOP, "m_gone", 6, 1.5, 10.0, 12.0)

    way, shop = rows([better, worse], french.ports)

    assert (way.what, way.guess, way.learnt) == ("vélo cargo", "× 1", "× 0,84")
    assert (way.before, way.after, way.better) == ("25\u00a0%", "10\u00a0%", True)
    # A shop that left keeps its id; 120 s are set.
    assert (shop.what, shop.guess, shop.learnt, shop.better) == (
        "m_gone",
        "2 min 00",
        "3 min 00",
        False,
    )
