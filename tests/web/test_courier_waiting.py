"""A courier without work sees where to wait, agrees without a ring, and planners see both."""

from __future__ import annotations

import html
from dataclasses import replace

from flask.testing import FlaskClient

from dispatch.core.civil import local_day
from dispatch.operations.access import PageKind
from dispatch.operations.standing import tours_of
from dispatch.tracking.waiting import Waiting
from tests.fakes.house import clock_of
from tests.fakes.town import express_shops
from tests.web.site import Site
from tests.web.test_courier import HIDDEN, fact, send


def sent_to_wait(site: Site, courier_id: str, phone: FlaskClient) -> str:
    """The one order is brought; then the courier is told to wait.  Returns the shop's id."""
    pickup, drop = site.stops_of(courier_id)
    send(phone, fact(pickup, "done"), fact(drop, "done"))
    clock_of(site.ports).advance(minutes=1)
    shop = site.ports.territory.merchant(express_shops(site.ports)[1])
    now = site.ports.clock.now()
    with site.ports.store.writing() as tx:
        tours = tours_of(tx, local_day(now), site.ports)
        (tour,) = (t for t in tours if t.courier_id == courier_id and now in t.shift)
        word = Waiting(shop.merchant_id, shop.place, now, 300)
        tx.put_tour(replace(tour, waiting=word))
    return shop.merchant_id


def page(browser: FlaskClient, path: str) -> str:
    return html.unescape(browser.get(path).text)


def name_of(shop_id: str, site: Site) -> str:
    return site.ports.territory.merchant(shop_id).name


def test_the_page_says_where_with_the_same_link_to_a_map_as_stops_and_does_not_ring(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    shop = sent_to_wait(site, courier_id, phone)
    shown = page(phone, "/livreur")

    assert f"Attendez plutôt près de {name_of(shop, site)}" in shown
    place = site.ports.territory.merchant(shop).place
    assert f'data-navigate="{place.lat_deg},{place.lon_deg}"' in shown
    assert "data-read=" not in shown  # what rings


def test_the_button_agrees_and_everybody_sees_it(
    site: Site, courier_id: str, phone: FlaskClient, planner: FlaskClient
) -> None:
    shop = sent_to_wait(site, courier_id, phone)
    assert f"invité à attendre près de {name_of(shop, site)}" in page(planner, "/planification")

    fields = dict(HIDDEN.findall(phone.get("/livreur").text))
    assert phone.post("/livreur/attente", data=fields).status_code == 303

    assert f"Vous attendez près de {name_of(shop, site)}." in page(phone, "/livreur")
    assert f">attend près de {name_of(shop, site)}" in page(planner, "/planification")


def test_a_phone_without_a_signal_agrees_later_and_once(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    shop = sent_to_wait(site, courier_id, phone)
    state = phone.get("/livreur/etat.json").get_json()["waiting"]
    assert (state["near"], state["there_at"]) == (shop, None)
    said = {
        "fact_id": "w1",
        "tour_id": state["tour_id"],
        "near": shop,
        "kind": "wait",
        "at_device": "2026-11-24T10:59:00+01:00",
    }
    clock_of(site.ports).move_to("2026-11-24T11:10+01:00")

    assert [one["status"] for one in send(phone, said, said)] == ["ok", "ok"]
    there = phone.get("/livreur/etat.json").get_json()["waiting"]["there_at"]
    assert there == "2026-11-24T11:04:00+01:00"


def test_somebody_elses_tour_is_refused(site: Site, courier_id: str, phone: FlaskClient) -> None:
    shop = sent_to_wait(site, courier_id, phone)
    tour_id = phone.get("/livreur/etat.json").get_json()["waiting"]["tour_id"]
    other = next(name for name in site.ports.territory.couriers if name != courier_id)
    thief = site.signed_in(PageKind.COURIER, other)

    (answer,) = send(
        thief,
        {
            "fact_id": "w1",
            "tour_id": tour_id,
            "near": shop,
            "kind": "wait",
            "at_device": "2026-11-24T10:59:00+01:00",
        },
    )
    assert (answer["status"], answer["code"]) == ("refused", "forbidden")
