"""From a quote to a booking, exactly once, and back."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from flask.testing import FlaskClient

from dispatch.api.booking_models import BookingBody
from dispatch.core.civil import local_day
from dispatch.operations.ports import Ports
from dispatch.operations.standing import tours_of
from dispatch.operations.steps import step
from dispatch.operations.tick import tick
from dispatch.orders.shipments import State
from tests.api.conftest import Storefront, storefront
from tests.fakes.house import clock_of


@pytest.fixture
def other(ports: Ports, client: FlaskClient) -> Storefront:
    return storefront(ports, client, "sf_other")


def test_quote_book_replay_look_cancel(shop: Storefront) -> None:
    body = shop.booking_body(shop.quote()) | {"external_ref": "CMD-1042"}
    first = shop.post("/v1/bookings", body, Idempotency_Key="k-1")
    assert first.status_code == 201
    assert "Idempotent-Replay" not in first.headers
    again = shop.post("/v1/bookings", body, Idempotency_Key="k-1")
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Idempotent-Replay"] == "true"

    booking = first.get_json()
    assert (booking["state"], booking["external_ref"]) == ("booked", "CMD-1042")
    assert booking["tracking_url"].startswith("http://localhost/suivi/token-")
    assert shop.get(f"/v1/bookings/{booking['id']}").get_json() == booking

    (shipment,) = booking["shipments"]
    seen = shop.get(f"/v1/shipments/{shipment['id']}").get_json()
    assert (seen["state"], seen["booking_id"]) == ("booked", booking["id"])
    assert seen["promise"] == shipment["promise"]
    assert seen["pickup"] == shipment["pickup"]
    assert [(event["type"], event["state"]) for event in seen["events"]] == [
        ("shipment.state", "booked")
    ]

    gone = shop.post(f"/v1/bookings/{booking['id']}/cancel")
    assert (gone.status_code, gone.get_json()["state"]) == (200, "cancelled")
    assert shop.post(f"/v1/bookings/{booking['id']}/cancel").data == gone.data
    replay = shop.post("/v1/bookings", body, Idempotency_Key="k-1")
    assert replay.data == first.data, "a replay is the first answer, whatever happened since"


def test_the_same_key_with_another_body_is_refused(shop: Storefront) -> None:
    body = shop.booking_body(shop.quote())
    assert shop.post("/v1/bookings", body, Idempotency_Key="k").status_code == 201
    other = body | {"external_ref": "another"}
    answer = shop.post("/v1/bookings", other, Idempotency_Key="k")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "idempotency_key_reused")
    assert answer.get_json()["fields"][0]["field"] == "Idempotency-Key"


def test_the_same_body_spelt_otherwise_is_a_replay(shop: Storefront) -> None:
    body = shop.booking_body(shop.quote())
    first = shop.post("/v1/bookings", body, Idempotency_Key="k")
    spelt = dict(reversed(body.items()))
    spelt["customer"] = {"phone": "+33639980042", "name": " Camille Essai "}
    assert shop.post("/v1/bookings", spelt, Idempotency_Key="k").data == first.data


def test_a_customer_s_language_is_part_of_the_call_and_french_when_nobody_says(
    shop: Storefront, ports: Ports
) -> None:
    body = shop.booking_body(shop.quote())
    first = shop.post("/v1/bookings", body, Idempotency_Key="k")
    said = body | {"customer": {**body["customer"], "language": "fr"}}
    assert shop.post("/v1/bookings", said, Idempotency_Key="k").data == first.data
    english = body | {"customer": {**body["customer"], "language": "en"}}
    assert shop.post("/v1/bookings", english, Idempotency_Key="k").status_code == 422
    again = {**english, "quote_id": shop.quote()["id"]}
    second = shop.post("/v1/bookings", again, Idempotency_Key="k-2").get_json()
    with ports.store.reading() as tx:
        languages = [tx.booking(b["id"]).language for b in (first.get_json(), second)]
    assert languages == ["fr", "en"]
    german = body | {"customer": {**body["customer"], "language": "de"}}
    assert shop.post("/v1/bookings", german, Idempotency_Key="k-3").status_code == 422


def test_the_digest_of_a_call_from_before_there_were_languages_has_not_changed() -> None:
    """Written down by the version before: a retry across an upgrade is the same call."""
    before = {
        "quote_id": "qte_1",
        "option_id": "opt_1",
        "external_ref": None,
        "customer": {"name": "Camille Essai", "phone": "+33639980042", "email": None},
    }
    digest = sha256(json.dumps(before, separators=(",", ":")).encode()).hexdigest()
    assert BookingBody.model_validate(before).request("k").fingerprint == digest


def test_a_quote_is_booked_once_and_says_by_which_booking(shop: Storefront) -> None:
    body = shop.booking_body(shop.quote())
    first = shop.post("/v1/bookings", body).get_json()
    answer = shop.post("/v1/bookings", body)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "quote_used")
    assert answer.get_json()["facts"] == {"booking_id": first["id"]}


def test_an_expired_quote_comes_back_with_a_fresh_one_that_can_be_booked(
    shop: Storefront,
) -> None:
    body = shop.booking_body(shop.quote(external_ref="CMD-7"))
    clock_of(shop.ports).advance(minutes=15)
    answer = shop.post("/v1/bookings", body)
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (409, "quote_expired")
    fresh = problem["quote"]
    assert fresh["id"] != body["quote_id"]
    assert fresh["external_ref"] == "CMD-7"
    assert fresh["expires_at"] == "2026-11-24T10:30:00+01:00"
    assert shop.post("/v1/bookings", shop.booking_body(fresh)).status_code == 201


def test_an_expired_quote_for_an_unserved_door_does_not_invent_a_door(shop: Storefront) -> None:
    quote = shop.quote(deliver_to={"address": "99 rue de Nulle Part, 75000 Ailleurs"})
    clock_of(shop.ports).advance(minutes=15)
    answer = shop.post("/v1/bookings", shop.booking_body(quote, "collect")).get_json()
    express = next(o for o in answer["quote"]["options"] if o["mode"] == "express")
    assert express["reasons"][0]["code"] == "address_not_found"


def test_a_place_lost_meanwhile_is_told_with_its_reason_and_a_fresh_quote(
    shop: Storefront,
) -> None:
    # Everybody is shown the hour from eleven, and two such parcels fill a car.
    heavy = {**shop.order()["merchants"][0], "weight_g": 140_000}
    carts = [shop.quote(merchants=[heavy]) for _ in range(25)]
    for quote in carts:
        at_eleven = [
            o
            for o in quote["options"]
            if o.get("promise", {}).get("start") == "2026-11-24T11:00:00+01:00"
        ]
        if not at_eleven:
            continue
        body = shop.booking_body(quote) | {"option_id": at_eleven[0]["id"]}
        answer = shop.post("/v1/bookings", body)
        if answer.status_code != 201:
            break
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (409, "no_longer_feasible")
    assert problem["reasons"][0]["fr"]
    assert problem["quote"]["id"] != quote["id"]


def test_a_rehearsal_answers_like_a_booking_and_writes_nothing(shop: Storefront) -> None:
    body = shop.booking_body(shop.quote())
    answer = shop.post("/v1/bookings?dry_run=true", body, Idempotency_Key="k")
    assert answer.status_code == 200
    assert answer.get_json()["dry_run"] is True
    assert shop.get(f"/v1/bookings/{answer.get_json()['id']}").status_code == 404
    real = shop.post("/v1/bookings", body, Idempotency_Key="k")
    assert (real.status_code, "Idempotent-Replay" in real.headers) == (201, False)


def test_a_reference_is_taken_once_per_storefront(shop: Storefront, other: Storefront) -> None:
    ref = {"external_ref": "CMD-1"}
    assert shop.post("/v1/bookings", shop.booking_body(shop.quote()) | ref).status_code == 201
    taken = shop.post("/v1/bookings", shop.booking_body(shop.quote()) | ref)
    assert (taken.status_code, taken.get_json()["code"]) == (409, "duplicate_external_ref")
    mine = other.post("/v1/bookings", other.booking_body(other.quote()) | ref)
    assert mine.status_code == 201


def test_what_belongs_to_another_storefront_does_not_exist(
    shop: Storefront, other: Storefront
) -> None:
    quote, booking = shop.quote(), shop.book()
    shipment = booking["shipments"][0]["id"]
    answers = [
        other.get(f"/v1/bookings/{booking['id']}"),
        other.get(f"/v1/shipments/{shipment}"),
        other.post(f"/v1/bookings/{booking['id']}/cancel"),
        other.post("/v1/bookings", other.booking_body(quote)),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert other.get("/v1/events").get_json() == {"events": [], "next_after": 0}
    assert shop.get(f"/v1/bookings/{booking['id']}").get_json()["state"] == "booked"


def test_only_a_collecting_customer_is_given_a_code(shop: Storefront) -> None:
    (collected,) = shop.book("collect")["shipments"]
    (ridden,) = shop.book("express")["shipments"]
    assert len(collected["collect_code"]) == 4
    assert "collect_code" not in ridden


def test_a_customer_is_never_sent_back(shop: Storefront) -> None:
    booking = shop.book()
    shipment = booking["shipments"][0]["id"]
    paths = [f"/v1/bookings/{booking['id']}", f"/v1/shipments/{shipment}", "/v1/events"]
    texts = [shop.get(path).text for path in paths]
    assert not any("Camille" in text or "39980042" in text for text in texts)


@pytest.mark.parametrize(
    ("customer", "field"),
    [
        ({"name": "", "phone": "0639980042"}, "customer.name"),
        ({"name": "A", "phone": "12"}, "customer.phone"),
        ({"name": "A", "phone": "call me"}, "customer.phone"),
        ({"name": "A", "phone": 639980042}, "customer.phone"),
        ({"name": "A", "phone": "0639980042", "email": "a@b"}, "customer.email"),
        ({"name": "A", "phone": "0639980042", "age": 7}, "customer.age"),
        ({"name": "A"}, "customer.phone"),
    ],
)
def test_a_customer_nobody_could_call_is_refused(
    shop: Storefront, customer: dict[str, Any], field: str
) -> None:
    body = {"quote_id": "qte_1", "option_id": "opt_1", "customer": customer}
    answer = shop.post("/v1/bookings", body)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.get_json()["fields"]] == [field]


@pytest.mark.parametrize(
    ("phone", "stored"),
    [("06 39 98 00 42", "+33639980042"), ("+1 202 555 0123", "+12025550123")],
)
def test_a_phone_is_stored_as_e164(shop: Storefront, phone: str, stored: str) -> None:
    body = shop.booking_body(shop.quote())
    body["customer"]["phone"] = phone
    booking = shop.post("/v1/bookings", body).get_json()
    with shop.ports.store.reading() as tx:
        assert tx.booking(booking["id"]).customer.phone == stored


def test_a_refused_option_cannot_be_booked(shop: Storefront) -> None:
    quote = shop.quote()
    refused = next(option for option in quote["options"] if not option["offered"])
    body = shop.booking_body(quote) | {"option_id": refused["id"]}
    answer = shop.post("/v1/bookings", body)
    assert answer.status_code == 422
    assert answer.get_json()["fields"][0]["field"] == "option_id"


def test_a_parcel_that_left_its_shop_is_not_cancelled(shop: Storefront) -> None:
    booking = shop.book()
    with shop.ports.store.writing() as tx:
        moved = tx.shipment(booking["shipments"][0]["id"])
        for state in (State.ASSIGNED, State.PICKED_UP):
            moved = step(moved, state, tx, shop.ports, actor="courier")
    answer = shop.post(f"/v1/bookings/{booking['id']}/cancel")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "too_late")


def test_an_eta_appears_once_a_courier_has_the_order(shop: Storefront) -> None:
    shipment = shop.book()["shipments"][0]["id"]
    assert "eta" not in shop.get(f"/v1/shipments/{shipment}").get_json()
    clock_of(shop.ports).move_to("2026-11-24T10:30+01:00")
    tick(shop.ports)
    seen = shop.get(f"/v1/shipments/{shipment}").get_json()
    assert seen["state"] == "to_pickup"
    assert "2026-11-24T10:30" <= seen["eta"]["start"] < seen["eta"]["end"]


def test_a_booking_is_moved_to_another_window(shop: Storefront) -> None:
    booking = shop.book()
    body = {"window": {"start": "2026-11-24T12:00:00+01:00"}, "note": "3e étage"}
    tried = shop.post(f"/v1/bookings/{booking['id']}/amend?dry_run=true", body)
    assert (tried.status_code, tried.get_json()["dry_run"]) == (200, True)
    assert shop.get(f"/v1/bookings/{booking['id']}").get_json() == booking
    moved = shop.post(f"/v1/bookings/{booking['id']}/amend", body)
    assert moved.status_code == 200
    (shipment,) = moved.get_json()["shipments"]
    assert shipment["promise"]["start"] == "2026-11-24T12:00:00+01:00"
    (first, told) = shop.get("/v1/events").get_json()["events"]
    assert (first["type"], told["type"]) == ("shipment.state", "shipment.amended")
    assert told["data"]["changed"] == ["window", "note"]


@pytest.mark.parametrize("body", [{}, {"window": {}}, {"customer": {"phone": "12"}}, {"price": 1}])
def test_a_change_that_changes_nothing_is_refused(shop: Storefront, body: dict[str, Any]) -> None:
    booking = shop.book()
    assert shop.post(f"/v1/bookings/{booking['id']}/amend", body).status_code == 422


def test_the_fee_of_a_cancellation_can_be_asked_first(shop: Storefront) -> None:
    booking = shop.book()
    with shop.ports.store.writing() as tx:
        (shipment,) = tx.shipments_of(booking["id"])
        tx.put_shipment(replace(shipment, state=State.AT_PICKUP))
    asked = shop.post(f"/v1/bookings/{booking['id']}/cancel?dry_run=true").get_json()
    assert (asked["dry_run"], asked["fee"]["amount"]) == (True, 250)
    assert "fee" not in shop.get(f"/v1/bookings/{booking['id']}").get_json()
    gone = shop.post(f"/v1/bookings/{booking['id']}/cancel").get_json()
    assert (gone["state"], gone["fee"]["amount"]) == ("cancelled", 250)


def test_a_rehearsal_that_fails_keeps_no_place(shop: Storefront) -> None:
    quote = shop.quote()
    clock_of(shop.ports).move_to(quote["expires_at"])
    lost = shop.post("/v1/bookings?dry_run=true", shop.booking_body(quote))
    assert (lost.status_code, lost.get_json()["code"]) == (409, "quote_expired")
    with shop.ports.store.reading() as tx:
        tours = tours_of(tx, local_day(shop.ports.clock.now()), shop.ports)
    assert not any(tour.stops for tour in tours)
