"""A planner says with one click that a day is wet, reads it, and takes it back."""

from __future__ import annotations

import html
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from dispatch.operations.access import PageKind
from dispatch.operations.weather import is_wet
from tests.web.site import Site, token_of

TODAY = date(2026, 11, 24)
PAGE, WORD = "/planification", "/planification/pluie"


@pytest.fixture
def planner(site: Site) -> FlaskClient:
    return site.signed_in(PageKind.PLANNER)


def page(planner: FlaskClient, day: date) -> str:
    return html.unescape(planner.get(f"{PAGE}?jour={day}").text)


def press(planner: FlaskClient, day: str, act: str) -> int:
    token = token_of(planner.get(PAGE).text)
    return planner.post(WORD, data={"csrf_token": token, "day": day, "act": act}).status_code


@pytest.mark.parametrize("day", [TODAY, TODAY + timedelta(days=1)])
def test_a_day_is_wet_from_one_click_to_another(
    site: Site, planner: FlaskClient, day: date
) -> None:
    assert "Il pleut ce jour-là" in page(planner, day)

    assert press(planner, day.isoformat(), "wet") == 303
    assert is_wet(day, site.ports)
    wet = page(planner, day)
    assert "Les trajets sont comptés plus longs." in wet
    assert "Il pleut ce jour-là" not in wet

    assert press(planner, day.isoformat(), "dry") == 303
    assert not is_wet(day, site.ports)
    assert "Il pleut ce jour-là" in page(planner, day)


def test_it_is_in_the_journal(site: Site, planner: FlaskClient) -> None:
    press(planner, TODAY.isoformat(), "wet")

    assert "Jour de pluie noté" in html.unescape(planner.get("/planification/journal").text)


def test_no_button_on_a_day_of_which_nobody_knows_and_none_is_noted(
    site: Site, planner: FlaskClient
) -> None:
    far = TODAY + timedelta(days=30)

    assert "Il pleut ce jour-là" not in page(planner, far)
    press(planner, far.isoformat(), "wet")
    assert not is_wet(far, site.ports)
    assert press(planner, "soon", "wet") >= 400


def test_only_planners_say_so(site: Site) -> None:
    with site.app.test_client() as stranger:
        stranger.post(WORD, data={"day": TODAY.isoformat(), "act": "wet"})

    assert not is_wet(TODAY, site.ports)
