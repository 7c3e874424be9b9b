"""The phone's queue: what it kept is taken in, once, in any order, and nothing else is."""

from __future__ import annotations

import html

import pytest
from flask.testing import FlaskClient

from dispatch.core.civil import local_day, local_text
from dispatch.operations.access import PageKind
from dispatch.orders.shipments import State
from tests.fakes.house import clock_of
from tests.web.site import Site, token_of
from tests.web.test_courier import HIDDEN, fact, press, send


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
