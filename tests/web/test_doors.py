"""A personal link opens one reader's pages, keeps its secret, and can be taken back."""

from __future__ import annotations

import pytest

from dispatch.core.errors import Unauthorised
from dispatch.operations.access import PageKind, PageLink, create_link
from dispatch.operations.ports import Ports
from dispatch.web import doors
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


def test_a_revoked_link_closes_the_page_that_is_already_open(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = site.signed_in(PageKind.COURIER, subject_of(PageKind.COURIER, site))
    assert client.get("/livreur").status_code == 200

    def revoked(token: str, ports: Ports) -> PageLink:
        raise Unauthorised("this link is not valid")

    monkeypatch.setattr(doors, "open_link", revoked)
    assert client.get("/livreur").status_code == 401


def test_leaving_forgets_the_link(site: Site) -> None:
    client = site.signed_in(PageKind.COURIER, subject_of(PageKind.COURIER, site))
    page = client.get("/livreur").text
    assert client.post("/sortie", data={"csrf_token": token_of(page)}).status_code == 302
    assert client.get("/livreur").status_code == 401


def test_leaving_needs_the_pages_token(site: Site) -> None:
    client = site.signed_in(PageKind.COURIER, subject_of(PageKind.COURIER, site))
    assert client.post("/sortie").status_code == 400
    assert client.get("/livreur").status_code == 200
