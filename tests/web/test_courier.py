"""The courier's page: what is next, one button per thing that happens, nobody else's tour."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace

from flask.testing import FlaskClient

from dispatch.core.civil import local_text
from dispatch.operations.access import PageKind
from dispatch.operations.book import BookRequest, book
from dispatch.operations.manifest import ManifestStop
from dispatch.operations.quote import quote
from dispatch.orders.doubts import FAR_FROM_STREET, NUMBER_ESTIMATED, Doubt
from dispatch.orders.failures import AT_DROP, AT_PICKUP
from dispatch.tracking.tours import StopKind
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of
from tests.fakes.moody_streets import MoodyStreets
from tests.fakes.spaces import plain
from tests.fakes.town import express_shops
from tests.web.site import Site, token_of

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def fields_of_first_form(page: str) -> dict[str, str]:
    """What the next stop's big buttons send."""
    form = page[page.index("data-fact>") :]
    return dict(HIDDEN.findall(form[: form.index("</form>")]))


def press(phone: FlaskClient, button: str, **typed: str) -> None:
    fields = fields_of_first_form(phone.get("/livreur").text)
    answer = phone.post("/livreur/arret", data={**fields, "kind": button, **typed})
    assert answer.status_code == 303


def fact(item: ManifestStop, kind: str, **more: object) -> dict[str, object]:
    return {
        "fact_id": f"{kind}-{item.stop.stop_id}",
        "tour_id": item.tour_id,
        "stop_id": item.stop.stop_id,
        "kind": kind,
        "at_device": "2026-11-24T10:00:00+01:00",
        **more,
    }


def send(phone: FlaskClient, *facts: object) -> list[dict[str, str]]:
    token = token_of(phone.get("/livreur").text)
    answer = phone.post("/livreur/faits", json={"facts": facts}, headers={"X-CSRFToken": token})
    assert answer.status_code == 200, answer.text
    results = answer.get_json()["results"]
    assert isinstance(results, list)
    return results


# --- what is shown ------------------------------------------------------------------------


def test_the_next_stop_shows_what_is_needed_at_the_counter(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    item = site.stops_of(courier_id)[0]
    assert item.stop.kind is StopKind.PICKUP
    page = html.unescape(phone.get("/livreur").text)
    for word in (item.who, item.address, item.order_ref, item.codes[0], f"tel:{item.phone}"):
        assert word in page
    assert f"geo:{item.place.lat_deg},{item.place.lon_deg}" in page
    assert "Colis récupéré" in page


def test_what_is_not_sure_about_a_door_is_read_at_its_stop(site: Site) -> None:
    doubts = (Doubt(NUMBER_ESTIMATED), Doubt(FAR_FROM_STREET, 85))
    order = an_order(site.ports, express_shops(site.ports)[0])
    order = replace(order, deliver_to=replace(order.deliver_to, doubts=doubts))
    offer = quote(order, SHOP, site.ports)
    book(BookRequest(offer.quote_id, offer.options[0].option_id, CUSTOMER), SHOP, site.ports)
    site.hand_out()
    phone = site.signed_in(PageKind.COURIER, site.busy_courier()[0])
    pickup, drop = html.unescape(phone.get("/livreur").text).split('data-kind="drop"')
    for said in ("Numéro estimé", "La porte est à 85 m de la rue la plus proche."):
        assert said in drop and said not in pickup
    assert "The door is 85 m from the nearest street." in phone.get("/livreur?lang=en").text
    (tour,) = phone.get("/livreur/etat.json?lang=fr").get_json()["tours"]
    assert [one["code"] for one in tour["stops"][1]["doubts"]] == [d.code for d in doubts]


def test_each_kind_of_stop_offers_its_own_reasons_and_no_other(phone: FlaskClient) -> None:
    page = phone.get("/livreur").text
    pickup, drop = page.split('data-kind="drop"')
    for part, reasons, others in ((pickup, AT_PICKUP, AT_DROP), (drop, AT_DROP, AT_PICKUP)):
        for reason in reasons:
            assert f'value="{reason.value}"' in part
        for reason in set(others) - set(reasons):
            assert f'value="{reason.value}"' not in part


def test_after_a_failure_no_more_is_promised_than_the_planners_call(
    site: Site, phone: FlaskClient
) -> None:
    for query, said in (
        ("", "Le planificateur décide de la suite et appelle le client."),
        ("?lang=en", "The planner decides what follows and calls the customer."),
    ):
        page = html.unescape(phone.get(f"/livreur{query}").text)
        # At a door, three reasons bring the parcel back by themselves.
        assert page.count(said) == len(AT_PICKUP) + len(AT_DROP) - 3


def test_before_the_first_wave_the_page_says_when_it_comes(site: Site) -> None:
    page = site.signed_in(PageKind.COURIER, next(iter(site.ports.territory.couriers)))
    text = plain(page.get("/livreur").text)
    # Ten o'clock's wave is closing; the next closes at 10:30 and is out two minutes later.
    assert "Pas encore de tournée" in text
    assert "vers 10 h 32" in text


def test_after_the_last_wave_the_page_says_that_the_day_is_over(site: Site) -> None:
    clock_of(site.ports).move_to("2026-11-24T18:59+01:00")
    page = site.signed_in(PageKind.COURIER, next(iter(site.ports.territory.couriers)))
    assert "La journée est finie" in page.get("/livreur").text


def test_on_a_day_off_the_page_says_so(site: Site) -> None:
    clock_of(site.ports).move_to("2026-12-25T10:00+01:00")
    page = site.signed_in(PageKind.COURIER, next(iter(site.ports.territory.couriers)))
    assert "Pas de service aujourd’hui" in page.get("/livreur").text


def test_the_map_numbers_the_open_stops_and_says_that_streets_are_drawn(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    page = phone.get("/livreur").text
    block = re.search(r'id="tour-map-data" data-live>(.*?)</script>', page, re.S)
    assert block is not None
    data = json.loads(block[1])
    assert {m["text"] for m in data["markers"]} == {"1", "2"}
    assert len(data["lines"]) == 1 and len(data["lines"][0]["points"]) > 2
    assert site.ports.territory.notice_fr in plain(html.unescape(page))
    english = phone.get("/livreur?lang=en").text
    assert site.ports.territory.notice_en in html.unescape(english)


def test_a_customer_leaves_the_page_when_the_delivery_is_over(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    assert "Camille Essai" in phone.get("/livreur").text
    press(phone, "done")
    press(phone, "done")
    page = phone.get("/livreur").text
    assert "Tous vos arrêts sont faits" in page
    assert "Camille Essai" not in page and "06\u00a039" not in page
    assert "restant" not in page


# --- plain forms ----------------------------------------------------------------------------


def test_without_javascript_two_taps_deliver_an_order(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    site.book(express_shops(site.ports)[0])
    site.hand_out()
    assert len(site.stops_of(courier_id)) == 4
    for left in (3, 2, 1, 0):
        press(phone, "done")
        assert len(site.stops_of(courier_id)) == left


def test_arriving_then_leaving_by_the_same_old_page_are_two_facts(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    fields = fields_of_first_form(phone.get("/livreur").text)
    for button in ("arrived", "done"):
        phone.post("/livreur/arret", data={**fields, "kind": button})
    assert len(site.stops_of(courier_id)) == 1


def test_a_failure_without_reason_is_refused_and_one_with_reason_is_told(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    press(phone, "done")
    fields = fields_of_first_form(phone.get("/livreur").text)
    assert phone.post("/livreur/arret", data={**fields, "kind": "failed"}).status_code == 422
    assert len(site.stops_of(courier_id)) == 1
    press(phone, "failed", reason="not_at_home")
    page = html.unescape(phone.get("/livreur").text)
    assert [item.kind for item in site.stops_of(courier_id)] == ["return"]
    assert "Personne n’ouvre" in page


def test_a_reason_of_another_kind_of_stop_is_refused_in_words(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    press(phone, "failed", reason="not_at_home")
    assert "Ce message n’a pas été compris." in phone.get("/livreur").text
    assert len(site.stops_of(courier_id)) == 2


# --- locks -----------------------------------------------------------------------------------


def test_facts_without_the_pages_token_are_refused(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    pickup, _ = site.stops_of(courier_id)
    answer = phone.post("/livreur/faits", json={"facts": [fact(pickup, "done")]})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "csrf")
    assert len(site.stops_of(courier_id)) == 2


def test_another_couriers_tour_is_neither_shown_nor_touched(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    pickup, _ = site.stops_of(courier_id)
    other = next(c for c in site.ports.territory.couriers if c != courier_id)
    thief = site.signed_in(PageKind.COURIER, other)
    assert pickup.order_ref not in thief.get("/livreur").text
    assert pickup.stop.stop_id not in thief.get("/livreur/etat.json").text
    (result,) = send(thief, fact(pickup, "done"))
    assert (result["status"], result["code"]) == ("refused", "forbidden")
    assert len(site.stops_of(courier_id)) == 2


def test_nothing_of_the_courier_opens_without_a_link(site: Site) -> None:
    stranger = site.visitor()
    assert stranger.get("/livreur").status_code == 401
    answer = stranger.get("/livreur/etat.json")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "unauthorised")


# --- the state as data, and without signal -------------------------------------------------------


def test_the_state_as_json_is_the_tour_of_the_page(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    state = phone.get("/livreur/etat.json").get_json()
    items = site.stops_of(courier_id)
    assert state["courier"]["id"] == courier_id
    assert state["now"] == "2026-11-24T10:00:00+01:00"
    (tour,) = state["tours"]
    assert tour["tour_id"] == items[0].tour_id
    assert [s["stop_id"] for s in tour["stops"]] == [i.stop.stop_id for i in items]
    assert [s["kind"] for s in tour["stops"]] == ["pickup", "drop"]
    assert tour["stops"][0]["codes"] == list(items[0].codes)
    assert tour["stops"][1]["promised"]["end"] == "2026-11-24T14:00:00+01:00"


def test_the_worker_may_look_after_the_couriers_page_and_nothing_else(site: Site) -> None:
    with site.visitor().get("/livreur/sw.js") as answer:
        assert answer.headers["Service-Worker-Allowed"] == "/livreur"
        assert answer.headers["Content-Type"].startswith("text/javascript")
        assert '"/commerce"' not in answer.get_data(as_text=True)


def test_a_fact_told_while_travel_times_are_missing_is_kept_by_the_phone(
    site: Site, courier_id: str
) -> None:
    streets = MoodyStreets(site.ports.streets, site.ports.clock)
    mute = Site(ports=replace(site.ports, streets=streets))
    phone = mute.signed_in(PageKind.COURIER, courier_id)
    streets.silent = True
    page = phone.get("/livreur")
    assert page.status_code == 200
    fields = fields_of_first_form(page.text)
    fact = {key: fields[key] for key in ("fact_id", "tour_id", "stop_id")}
    now = local_text(clock_of(site.ports).now())
    body = {"facts": [{**fact, "kind": "arrived", "at_device": now}]}
    headers = {"X-CSRFToken": token_of(page.text)}
    answer = phone.post("/livreur/faits", json=body, headers=headers)
    assert answer.status_code == 503
    streets.silent = False
    assert phone.post("/livreur/faits", json=body, headers=headers).json == {
        "results": [{"fact_id": fact["fact_id"], "status": "ok"}]
    }
