"""The courier's page: what is next, one button per thing that happens, nobody else's tour."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from dispatch.core.civil import local_day, local_text
from dispatch.operations.access import PageKind
from dispatch.operations.book import BookRequest, book
from dispatch.operations.manifest import ManifestStop
from dispatch.operations.quote import quote
from dispatch.orders.doubts import FAR_FROM_STREET, NUMBER_ESTIMATED, Doubt
from dispatch.orders.failures import AT_DROP, AT_PICKUP
from dispatch.orders.shipments import State
from dispatch.tracking.tours import StopKind
from tests.fakes.house import CUSTOMER, SHOP, an_order, clock_of
from tests.fakes.moody_streets import MoodyStreets
from tests.fakes.town import express_shops
from tests.web.site import Site, token_of

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@pytest.fixture
def courier_id(site: Site) -> str:
    """Who got the one order of the day, after the wave that handed it out."""
    site.book(express_shops(site.ports)[0])
    site.hand_out()
    return site.busy_courier()[0]


@pytest.fixture
def phone(site: Site, courier_id: str) -> FlaskClient:
    return site.signed_in(PageKind.COURIER, courier_id)


def fields_of_first_form(page: str) -> dict[str, str]:
    """What the next stop's big buttons send."""
    form = page[page.index("data-fact>") :]
    return dict(HIDDEN.findall(form[: form.index("</form>")]))


def press(phone: FlaskClient, button: str, **typed: str) -> None:
    fields = fields_of_first_form(phone.get("/livreur").text)
    answer = phone.post("/livreur/arret", data={**fields, "kind": button, **typed})
    assert answer.status_code == 303


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
    text = page.get("/livreur").text.replace("\u00a0", " ")
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
    assert site.ports.territory.notice_fr in html.unescape(page)
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


# --- the phone's queue ------------------------------------------------------------------------


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


def test_facts_kept_on_the_phone_are_taken_in_order_and_only_once(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    pickup, drop = site.stops_of(courier_id)
    facts = [fact(pickup, "arrived"), fact(pickup, "done"), fact(drop, "done")]
    assert [r["status"] for r in send(phone, *facts)] == ["ok"] * 3
    assert [r["status"] for r in send(phone, *facts)] == ["ok"] * 3
    shipment_id = drop.stop.shipment_ids[0]
    with site.ports.store.reading() as tx:
        states = [e.state for e in tx.events_of(shipment_id) if e.type == "shipment.state"]
    assert states.count(State.DELIVERED) == 1


def test_a_door_told_before_its_shop_is_kept_and_counts_once_the_shop_is_told(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    pickup, drop = site.stops_of(courier_id)
    (kept,) = send(phone, fact(drop, "done", phone="p1", seq=2))
    assert (kept["status"], kept["code"]) == ("kept", "waits")
    assert "le retrait au commerce" in kept["message"]
    assert (
        "La porte avant la boutique" in site.signed_in(PageKind.PLANNER).get("/planification").text
    )
    assert send(phone, fact(pickup, "done", phone="p1", seq=1))[0]["status"] == "ok"
    assert site.stops_of(courier_id) == ()
    assert send(phone, fact(drop, "done", phone="p1", seq=2))[0]["status"] == "ok"


def test_a_plain_form_about_a_stop_that_is_gone_says_that_it_is_noted(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    press(phone, "failed", reason="merchant_closed")
    gone = site.ports.store
    with gone.reading() as tx:
        (order,) = tx.loose_orders(local_day(site.ports.clock.now()))
    door = order.stops[-1].stop_id.removesuffix("r2")
    fields = dict(HIDDEN.findall(phone.get("/livreur").text))
    tour_id = phone.get("/livreur/etat.json").get_json()["tours"][0]["tour_id"]
    body = {**fields, "fact_id": "f", "tour_id": tour_id, "stop_id": door, "kind": "done"}
    assert phone.post("/livreur/arret", data=body).status_code == 303
    assert "le planificateur regardera" in html.unescape(phone.get("/livreur").text)


def test_the_phones_own_time_is_when_it_happened(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    pickup, _ = site.stops_of(courier_id)
    clock_of(site.ports).advance(minutes=30)
    send(phone, fact(pickup, "done", at_device="2026-11-24T09:10:00Z"))
    state = phone.get("/livreur/etat.json").get_json()
    assert state["tours"][0]["stops"][0]["ended_at"] == "2026-11-24T10:10:00+01:00"


@pytest.mark.parametrize("device", ["1970-01-01T00:00:00Z", "2026-11-23T21:00:00+01:00"])
def test_a_phone_that_lost_its_clock_is_given_ours(
    site: Site, courier_id: str, phone: FlaskClient, device: str
) -> None:
    pickup, _ = site.stops_of(courier_id)
    send(phone, fact(pickup, "done", at_device=device))
    state = phone.get("/livreur/etat.json").get_json()
    assert state["tours"][0]["stops"][0]["ended_at"] == local_text(site.ports.clock.now())


def test_one_bad_message_does_not_hold_up_the_others(
    site: Site, courier_id: str, phone: FlaskClient
) -> None:
    pickup, _ = site.stops_of(courier_id)
    results = send(phone, {"fact_id": "f1"}, 7, fact(pickup, "done"), fact(pickup, "failed"))
    assert [(r["fact_id"], r["status"], r.get("code")) for r in results] == [
        ("f1", "refused", "invalid"),
        ("", "refused", "invalid"),
        (f"done-{pickup.stop.stop_id}", "ok", None),
        (f"failed-{pickup.stop.stop_id}", "refused", "invalid"),
    ]
    assert results[0]["message"] == "Ce message n’a pas été compris."


@pytest.mark.parametrize(
    "change",
    [
        {"at_device": "2026-11-24T10:00:00"},
        {"at_device": "0001-01-01T00:00:00+14:00"},
        {"at_device": 1_800_000_000},
        {"at_device": "yesterday"},
        {"kind": "stolen"},
        {"kind": "failed"},
        {"kind": "failed", "reason": "bored"},
        {"reason": "not_ready"},
        {"position": {"lat": 91, "lon": 0}},
        {"position": {"lat": True, "lon": 0}},
        {"position": {"lat": 44.5}},
        {"fact_id": ""},
        {"fact_id": "x" * 65},
        {"tour_id": None},
        {"surprise": 1},
    ],
)
def test_nonsense_from_a_phone_is_refused_and_changes_nothing(
    site: Site, courier_id: str, phone: FlaskClient, change: dict[str, object]
) -> None:
    pickup, _ = site.stops_of(courier_id)
    (result,) = send(phone, {**fact(pickup, "done"), **change})
    assert (result["status"], result["code"]) == ("refused", "invalid")
    assert len(site.stops_of(courier_id)) == 2


def test_a_body_that_is_no_list_of_facts_is_refused_as_json(phone: FlaskClient) -> None:
    token = token_of(phone.get("/livreur").text)
    for body, status in ((b'{"facts": 3}', 422), (b"[1]", 422), (b"{", 400)):
        answer = phone.post(
            "/livreur/faits",
            data=body,
            content_type="application/json",
            headers={"X-CSRFToken": token},
        )
        assert answer.status_code == status
        assert answer.get_json()["code"]


def test_more_than_a_days_facts_at_once_are_refused(phone: FlaskClient) -> None:
    token = token_of(phone.get("/livreur").text)
    answer = phone.post(
        "/livreur/faits", json={"facts": [{}] * 201}, headers={"X-CSRFToken": token}
    )
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")


def test_the_longest_day_without_signal_fits_in_one_message(phone: FlaskClient) -> None:
    longest = {
        "tour_id": "t" * 80,
        "stop_id": "s" * 80,
        "kind": "failed",
        "reason": "vehicle_breakdown",
        "at_device": "2026-11-24T09:00:00.123456+01:00",
        "position": {"lat": -44.49876543210987, "lon": -0.17123456789012345},
        "phone": "p" * 32,
        "seq": 2**31 - 1,
    }
    facts = [{"fact_id": f"{n:064}", **longest} for n in range(200)]
    token = token_of(phone.get("/livreur").text)
    answer = phone.post("/livreur/faits", json={"facts": facts}, headers={"X-CSRFToken": token})
    assert answer.status_code == 200
    assert len(answer.get_json()["results"]) == 200


def test_a_flood_from_a_phone_is_refused_as_json(phone: FlaskClient) -> None:
    token = token_of(phone.get("/livreur").text)
    answer = phone.post(
        "/livreur/faits", json={"facts": ["x" * 300_000]}, headers={"X-CSRFToken": token}
    )
    assert (answer.status_code, answer.is_json) == (413, True)


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
