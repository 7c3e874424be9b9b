"""A shop closes a day from its own page, and reads first what it still owes on it."""

from __future__ import annotations

import html
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from dispatch.core.ids import MerchantId
from dispatch.operations.access import PageKind
from dispatch.operations.closures import close, closures_ahead
from dispatch.operations.manifest import short_ref
from dispatch.slots.closures import Closure
from dispatch.slots.service_levels import Mode
from tests.fakes.spaces import plain
from tests.web.site import Site, token_of

#: Every mode, open on Tuesdays.
CAVE = "m_cave_du_bouvreuil"
OTHER = "m_pivoine_et_basilic"
TODAY = date(2026, 11, 24)
NEXT_WEEK = TODAY + timedelta(days=7)
SHOP, PLANNER = "/commerce/fermetures", "/planification/fermetures"


@pytest.fixture
def shop(site: Site) -> FlaskClient:
    return site.signed_in(PageKind.MERCHANT, CAVE)


@pytest.fixture
def planner(site: Site) -> FlaskClient:
    return site.signed_in(PageKind.PLANNER)


def press(client: FlaskClient, page: str, act: str, **said: object) -> tuple[int, str]:
    """Press a button of *page*; return the status, and the page that follows."""
    token = token_of(client.get(page).text)
    data = {name: str(value) for name, value in said.items()}
    answer = client.post(page, data={"csrf_token": token, "act": act, **data})
    text = client.get(page).text if answer.status_code == 303 else answer.text
    return answer.status_code, plain(html.unescape(text))


def ahead(site: Site) -> list[tuple[str | None, date, date, str]]:
    return [(c.merchant_id, c.first_day, c.last_day, c.reason) for c in closures_ahead(site.ports)]


def test_a_free_day_is_closed_at_once_and_reopened(site: Site, shop: FlaskClient) -> None:
    status, page = press(shop, SHOP, "close", first=NEXT_WEEK, reason="Inventaire")
    assert status == 303
    assert ahead(site) == [(CAVE, NEXT_WEEK, NEXT_WEEK, "Inventaire")]
    assert "Fermeture notée : La Cave du Bouvreuil, mardi 1er décembre." in page
    assert "Inventaire" in page
    (closure,) = closures_ahead(site.ports)
    status, page = press(shop, SHOP, "open", closure_id=closure.closure_id)
    assert (status, ahead(site)) == (303, [])
    assert "Aucune fermeture à venir" in page


def test_a_promised_day_is_closed_only_when_said_twice_and_stays_owed(
    site: Site, shop: FlaskClient
) -> None:
    bookings = [site.book(CAVE, mode=mode) for mode in (Mode.EXPRESS, Mode.COLLECT)]
    site.book(OTHER)
    status, page = press(shop, SHOP, "close", first=TODAY)
    assert (status, ahead(site)) == (200, [])
    assert "mardi 24 novembre</h2>" in page
    assert "2 commandes sont déjà promises ces jours-là" in page
    assert "elles restent dues" in page
    assert page.count('class="code small-code"') == 2
    status, page = press(shop, SHOP, "sure", first=TODAY, last=TODAY)
    assert (status, ahead(site)) == (303, [(CAVE, TODAY, TODAY, "")])
    assert "2 colis restent dus" in page
    for booking in bookings:
        assert short_ref(booking.quote_id) in page
        assert site.shipments(booking)[0].ended_at is None


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({}, "Choisissez le premier jour"),
        ({"first": "demain"}, "Choisissez le premier jour"),
        ({"first": "2062-12-24"}, "dans l’année qui vient"),
        ({"first": "9999-12-31"}, "dans l’année qui vient"),
        ({"first": "0001-01-01", "last": TODAY}, "Le dernier jour ne peut être"),
        ({"first": TODAY - timedelta(days=1)}, "Le dernier jour ne peut être"),
        ({"first": NEXT_WEEK, "last": TODAY}, "Le dernier jour ne peut être"),
        ({"first": NEXT_WEEK, "last": "2026-02-30"}, "Le dernier jour ne peut être"),
        ({"first": TODAY, "last": "2027-12-24"}, "Le dernier jour ne peut être"),
        ({"first": TODAY, "reason": "x" * 201}, "Le motif est trop long"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(
    site: Site, shop: FlaskClient, said: dict[str, object], wrong: str
) -> None:
    status, page = press(shop, SHOP, "close", **said)
    assert (status, ahead(site)) == (422, [])
    assert wrong in page
    assert page.count('aria-invalid="true"') == 1


def test_a_shop_reads_the_town_s_closings_and_touches_only_its_own(
    site: Site, shop: FlaskClient
) -> None:
    def closed(who: str | None) -> Closure:
        return close(who, NEXT_WEEK, NEXT_WEEK, "", site.ports)

    town, other = closed(None), closed(OTHER)
    site.book(OTHER)
    page = html.unescape(shop.get(SHOP).text)
    assert "décidé par la planification" in page
    assert page.count("data-closing=") == 1
    for foreign in (town, other):
        _, page = press(shop, SHOP, "open", closure_id=foreign.closure_id)
        assert "Cette fermeture n’existe plus." in page
    # A shop closes itself, whoever the form names.
    press(shop, SHOP, "close", first=TODAY, who=OTHER)
    assert [c.merchant_id for c in closures_ahead(site.ports)] == [CAVE, None, OTHER]


def test_a_town_s_closing_shows_a_shop_its_own_parcels_only(
    site: Site, shop: FlaskClient, planner: FlaskClient
) -> None:
    mine, other = site.book(CAVE), site.book(OTHER)
    close(None, TODAY, TODAY, "", site.ports)
    refs = short_ref(mine.quote_id), short_ref(other.quote_id)
    seen, all_seen = shop.get(SHOP).text, planner.get(PLANNER).text
    assert [ref in seen for ref in refs] == [True, False]
    assert [ref in all_seen for ref in refs] == [True, True]


def test_the_planner_closes_any_shop_or_all_and_takes_any_closing_back(
    site: Site, planner: FlaskClient
) -> None:
    assert press(planner, PLANNER, "close", who=CAVE, first=NEXT_WEEK)[0] == 303
    assert press(planner, PLANNER, "close", who="*", first=NEXT_WEEK)[0] == 303
    assert [c.merchant_id for c in closures_ahead(site.ports)] == [MerchantId(CAVE), None]
    for who in ("", "m_nowhere"):
        status, page = press(planner, PLANNER, "close", who=who, first=NEXT_WEEK)
        assert status == 422
        assert "Choisissez une boutique, ou toutes." in page
    for closure in closures_ahead(site.ports):
        press(planner, PLANNER, "open", closure_id=closure.closure_id)
    assert ahead(site) == []


def test_the_planner_is_asked_once_more_for_the_same_shop(site: Site, planner: FlaskClient) -> None:
    site.book(CAVE)
    status, page = press(planner, PLANNER, "close", who=CAVE, first=TODAY, reason="Inventaire")
    assert status == 200
    for name, value in (("who", CAVE), ("first", str(TODAY)), ("reason", "Inventaire")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    assert "La Cave du Bouvreuil" in page


def test_no_form_works_from_another_site_or_for_another_reader(
    site: Site, shop: FlaskClient, planner: FlaskClient
) -> None:
    said = {"act": "close", "first": str(NEXT_WEEK), "who": CAVE}
    assert shop.post(SHOP, data=said).status_code == 400
    assert planner.post(PLANNER, data=said).status_code == 400
    assert planner.get(SHOP).status_code == shop.get(PLANNER).status_code == 403
    assert site.visitor().get(SHOP).status_code == 401
    assert press(shop, SHOP, "burn", first=NEXT_WEEK)[0] == 422
    assert ahead(site) == []


def test_closings_are_told_in_english_when_asked(site: Site, shop: FlaskClient) -> None:
    close(CAVE, NEXT_WEEK, NEXT_WEEK + timedelta(days=2), "", site.ports)
    page = html.unescape(shop.get(f"{SHOP}?lang=en").text)
    assert "from Tuesday 1 December to Thursday 3 December" in page
    assert "Reopen" in page
