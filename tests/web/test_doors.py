"""A personal link opens one reader's pages, keeps its secret, and can be taken back."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dispatch.operations.access import PageKind, create_link
from dispatch.operations.devices import IDLE_LIFE, devices, invite, lost
from dispatch.operations.strangers import BURST
from tests.fakes.house import clock_of
from tests.web.site import Site, token_of

PAGES = {
    PageKind.COURIER: "/livreur",
    PageKind.MERCHANT: "/commerce",
    PageKind.PLANNER: "/planification",
}


def subject_of(kind: PageKind, site: Site) -> str:
    if kind is PageKind.COURIER:
        return next(iter(site.ports.territory.couriers))
    return next(iter(site.ports.territory.merchants)) if kind is PageKind.MERCHANT else ""


@pytest.mark.parametrize("kind", PageKind)
def test_a_link_leads_to_its_readers_page_and_leaves_the_address_bar(
    site: Site, kind: PageKind
) -> None:
    token = create_link(kind, subject_of(kind, site), site.ports)
    client = site.visitor()
    answer = client.get(f"/l/{token}")
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGES[kind])
    page = client.get(PAGES[kind])
    assert page.status_code == 200
    assert token not in page.text


@pytest.mark.parametrize("path", PAGES.values())
def test_without_a_link_the_page_says_how_to_get_one(site: Site, path: str) -> None:
    answer = site.visitor().get(path)
    assert answer.status_code == 401
    assert "Demandez un nouveau lien" in answer.text


@pytest.mark.parametrize("mine", PageKind)
@pytest.mark.parametrize("other", PageKind)
def test_a_link_of_one_kind_opens_no_page_of_another(
    site: Site, mine: PageKind, other: PageKind
) -> None:
    client = site.signed_in(mine, subject_of(mine, site))
    assert client.get(PAGES[other]).status_code == (200 if mine is other else 403)


def test_one_phone_may_hold_a_link_of_each_kind(site: Site) -> None:
    client = site.visitor()
    for kind in PageKind:
        client.get(f"/l/{create_link(kind, subject_of(kind, site), site.ports)}")
    assert [client.get(path).status_code for path in PAGES.values()] == [200, 200, 200]


def test_an_invented_link_opens_nothing(site: Site) -> None:
    client = site.visitor()
    assert client.get("/l/nobody-gave-this").status_code == 401
    assert client.get("/livreur").status_code == 401


def test_a_lost_phone_shows_nothing_from_that_moment_on(site: Site) -> None:
    lea, malik = list(site.ports.territory.couriers)[:2]
    lost_phone, other = (site.signed_in(PageKind.COURIER, who) for who in (lea, malik))
    assert lost_phone.get("/livreur").status_code == 200
    assert lost(PageKind.COURIER, lea, site.ports) == 1
    assert lost_phone.get("/livreur").status_code == 401
    assert other.get("/livreur").status_code == 200


def enter(client: FlaskClient, token: str) -> TestResponse:
    """Touch the link and press its button."""
    page = client.get(f"/l/{token}")
    return client.post(f"/l/{token}", data={"csrf_token": token_of(page.text)})


@pytest.mark.parametrize("kind", PageKind)
def test_a_link_lets_one_device_in_and_is_spent(site: Site, kind: PageKind) -> None:
    token = invite(kind, subject_of(kind, site), site.ports)
    mine, thiefs = site.visitor(), site.visitor()
    assert enter(mine, token).headers["Location"] == PAGES[kind]
    assert mine.get(PAGES[kind]).status_code == 200
    assert thiefs.get(f"/l/{token}").status_code == 401
    thiefs.get("/")
    assert thiefs.get(PAGES[kind]).status_code == 401
    # The same phone may touch its message again.
    assert mine.get(f"/l/{token}").headers["Location"] == PAGES[kind]
    assert len(devices(site.ports)) == 1


def test_a_messenger_that_looks_at_a_link_does_not_spend_it(site: Site) -> None:
    token = invite(PageKind.COURIER, subject_of(PageKind.COURIER, site), site.ports)
    looked = site.visitor().get(f"/l/{token}")
    assert looked.status_code == 200 and "Set-Cookie" in looked.headers
    assert enter(site.visitor(), token).status_code == 302


def test_a_link_is_spent_by_our_own_page_and_by_no_other_site_s_form(site: Site) -> None:
    token = invite(PageKind.PLANNER, "", site.ports)
    assert site.visitor().post(f"/l/{token}").status_code == 400
    assert enter(site.visitor(), token).status_code == 302


def test_a_link_is_dead_after_a_week_and_a_phone_after_a_month_away(site: Site) -> None:
    late = invite(PageKind.PLANNER, "", site.ports)
    client = site.signed_in(PageKind.PLANNER)
    clock = clock_of(site.ports)
    clock.advance(minutes=7 * 24 * 60 - 1)
    assert site.visitor().get(f"/l/{late}").status_code == 200
    clock.advance(minutes=1)
    assert site.visitor().get(f"/l/{late}").status_code == 401
    assert client.get("/planification/appareils").status_code == 200  # seen: a new month begins
    clock.advance(seconds=IDLE_LIFE.total_seconds() - 60)
    assert client.get("/planification/appareils").status_code == 200
    clock.advance(seconds=IDLE_LIFE.total_seconds() + 3600)
    assert client.get("/planification/appareils").status_code == 401


def test_the_token_a_phone_keeps_is_not_the_link_s(site: Site) -> None:
    """Who reads an old message has nothing to forge a session with, even knowing our key."""
    token = invite(PageKind.PLANNER, "", site.ports)
    client = site.visitor()
    enter(client, token)
    with client.session_transaction() as session:
        assert token not in str(session)
        session["links"] = {"planner": token}
    assert client.get("/planification/appareils").status_code == 401


def test_leaving_forgets_the_link(site: Site) -> None:
    client = site.signed_in(PageKind.COURIER, subject_of(PageKind.COURIER, site))
    page = client.get("/livreur").text
    assert client.post("/sortie", data={"csrf_token": token_of(page)}).status_code == 302
    assert client.get("/livreur").status_code == 401


def test_leaving_needs_the_pages_token(site: Site) -> None:
    client = site.signed_in(PageKind.COURIER, subject_of(PageKind.COURIER, site))
    assert client.post("/sortie").status_code == 400
    assert client.get("/livreur").status_code == 200


@pytest.mark.parametrize("path", ["/l/guess", "/suivi/guess"])
def test_who_makes_links_up_is_asked_to_wait_and_real_ones_go_on(site: Site, path: str) -> None:
    miss = 401 if path.startswith("/l/") else 404
    client = site.visitor()
    answers = [client.get(path) for _ in range(BURST + 1)]
    assert [answer.status_code for answer in answers] == [miss] * BURST + [429]
    assert answers[-1].headers["Retry-After"] == "2"
    assert "attendez un instant" in answers[-1].text
    token = create_link(PageKind.PLANNER, "", site.ports)
    assert client.get(f"/l/{token}").status_code == 302
