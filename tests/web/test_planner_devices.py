"""The planner sees who comes in with which phone, and shuts a lost one out by a click."""

from __future__ import annotations

import html
import re

from dispatch.operations.access import PageKind
from dispatch.operations.devices import devices
from tests.web.site import Site, token_of

PAGE = "/planification/appareils"


def test_a_lost_phone_is_one_click_and_its_courier_gets_a_new_link(site: Site) -> None:
    lea = next(iter(site.ports.territory.couriers))
    phone, planner = site.signed_in(PageKind.COURIER, lea), site.signed_in(PageKind.PLANNER)
    page = planner.get(PAGE)
    assert page.headers["Cache-Control"] == "no-store"
    press = {"csrf_token": token_of(page.text), "kind": "courier", "subject": lea, "act": "lost"}
    answer = html.unescape(planner.post(PAGE, data=press).text)
    assert phone.get("/livreur").status_code == 401
    found = re.search(r"<code>http://localhost(/l/[^<]+)</code>", answer)
    assert found is not None and "<svg" in answer
    assert site.visitor().get(found[1]).status_code == 200
    assert found[1] not in planner.get(PAGE).text  # shown once


def test_one_device_of_several_is_shut_out_by_its_name(site: Site) -> None:
    lea = next(iter(site.ports.territory.couriers))
    old, new = (site.signed_in(PageKind.COURIER, lea) for _ in range(2))
    planner = site.signed_in(PageKind.PLANNER)
    first = min(
        (d for d in devices(site.ports) if d.kind is PageKind.COURIER), key=lambda d: d.link_hash
    )
    token = token_of(planner.get(PAGE).text)
    press = {"csrf_token": token, "name": first.name, "act": "out"}
    assert planner.post(PAGE, data=press).status_code == 303
    assert sorted(c.get("/livreur").status_code for c in (old, new)) == [200, 401]
    assert first.name not in planner.get(PAGE).text
    gone = planner.post(PAGE, data=press, follow_redirects=True).text
    assert "Cet appareil n’existe plus." in html.unescape(gone)


def test_what_makes_no_sense_changes_nothing(site: Site) -> None:
    planner = site.signed_in(PageKind.PLANNER)
    token = token_of(planner.get(PAGE).text)
    for press in ({}, {"act": "lost", "kind": "king"}, {"act": "out", "name": "abc"}):
        assert planner.post(PAGE, data={"csrf_token": token, **press}).status_code == 422
    nobody = {"csrf_token": token, "act": "link", "kind": "courier", "subject": "nobody"}
    assert planner.post(PAGE, data=nobody).status_code == 404
    assert planner.get(PAGE).status_code == 200


def test_each_button_says_whose_it_is_and_a_visit_reads_like_a_clock(site: Site) -> None:
    courier_id, courier = next(iter(site.ports.territory.couriers.items()))
    site.signed_in(PageKind.COURIER, courier_id)
    page = html.unescape(site.signed_in(PageKind.PLANNER).get(PAGE).text)
    assert f'aria-label="Nouveau lien, {courier.name}"' in page
    assert page.count(">Fermer tout</button>") == len(
        set(re.findall(r'aria-label="(Fermer tout, [^"]+)"', page))
    )
    assert "vu 10\u00a0h<" in page


def test_couriers_and_shops_do_not_see_who_comes_in(site: Site) -> None:
    courier = site.signed_in(PageKind.COURIER, next(iter(site.ports.territory.couriers)))
    assert courier.get(PAGE).status_code == 403
