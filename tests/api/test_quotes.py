"""One call answers four modes; what cannot be had says why; what is nonsense names its field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dispatch.api.wiring import flask_app
from dispatch.core.civil import parse_instant
from dispatch.operations.closures import close
from dispatch.operations.hold_rules import HoldRules
from tests.api.conftest import BAKER_ID, JEWELLER_ID, SHOP_ID, Storefront, storefront
from tests.fakes.house import clock_of, house


def fields_of(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.json
    assert answer.mimetype == "application/problem+json"
    return [each["field"] for each in answer.get_json()["fields"]]


def options(quote: dict[str, Any], mode: str) -> list[dict[str, Any]]:
    return [option for option in quote["options"] if option["mode"] == mode]


def test_a_quote_answers_all_four_modes_at_once(shop: Storefront) -> None:
    quote = shop.quote()
    assert {o["mode"] for o in quote["options"]} == {"collect", "express", "standard", "merchant"}
    assert quote["created_at"] == "2026-11-24T10:00:00+01:00"
    assert quote["expires_at"] == "2026-11-24T10:15:00+01:00"


def test_the_first_express_option_is_held_and_has_its_proof(shop: Storefront) -> None:
    first, *others = options(shop.quote(), "express")
    assert first["held"] is True
    assert not any(option["held"] for option in others if option["offered"])
    assert first["pickup"]["ready_at"] == "2026-11-24T10:20:00+01:00"  # 20 min to pack
    assert first["promise"]["end"] == "2026-11-24T14:00:00+01:00"  # within 4 h
    told = {"tour", "after_stop", "added_s", "slack_s", "also_changed"}
    assert first["witness"].keys() == told
    assert first["witness"]["slack_s"] >= 0
    assert first["ghg_g_co2e"] >= 0


def test_a_price_is_cents_with_vat_and_adds_up(shop: Storefront) -> None:
    price = options(shop.quote(SHOP_ID, JEWELLER_ID), "express")[0]["price"]
    assert (price["amount"], price["currency"], price["vat_rate"]) == (490 + 150, "EUR", 0.2)
    assert price["amount_without_vat"] == 533  # 640 / 1.2 = 533.33
    assert sum(line["amount"] for line in price["breakdown"]) == price["amount"]


def test_each_merchant_of_an_order_has_its_own_part(shop: Storefront) -> None:
    express = options(shop.quote(SHOP_ID, JEWELLER_ID), "express")[0]
    ready = {part["merchant_id"]: part["pickup"]["ready_at"] for part in express["parts"]}
    assert ready == {
        SHOP_ID: "2026-11-24T10:20:00+01:00",
        JEWELLER_ID: "2026-11-24T10:25:00+01:00",
    }
    assert "pickup" not in express  # there are two


def test_collect_says_from_when_until_when_and_standard_says_days(shop: Storefront) -> None:
    quote = shop.quote()
    (collect,), (standard,) = options(quote, "collect"), options(quote, "standard")
    assert collect["ready_at"] == "2026-11-24T12:00:00+01:00"  # two opening hours
    assert parse_instant(collect["collect_until"]) > parse_instant(collect["ready_at"])
    assert standard["delivery_dates"] == {"first": "2026-11-27", "last": "2026-12-02"}


def test_an_order_from_two_shops_is_collected_when_both_have_it(shop: Storefront) -> None:
    clock_of(shop.ports).move_to("2026-11-24T11:00+01:00")
    (collect,) = options(shop.quote(SHOP_ID, BAKER_ID), "collect")
    ready = [part["ready_at"][11:16] for part in collect["parts"]]
    assert ready == ["14:30", "15:30"]  # two opening hours each, around two lunch breaks
    assert collect["ready_at"] == "2026-11-24T15:30:00+01:00"
    until = [part["collect_until"] for part in collect["parts"]]
    assert len(set(until)) == 2
    assert collect["collect_until"] == min(until)


def test_a_refused_option_says_why_in_both_languages(shop: Storefront) -> None:
    (own,) = options(shop.quote(), "merchant")
    assert own["offered"] is False
    (reason,) = own["reasons"]
    assert reason["code"] == "mode_disabled"
    assert reason["fr"] != reason["en"]
    assert "price" not in own


def test_a_doorstep_out_of_reach_is_an_answer_and_collect_is_still_offered(
    shop: Storefront,
) -> None:
    paris = {"location": {"lat": 48.85, "lon": 2.35}}
    quote = shop.quote(deliver_to=paris)
    (express,) = options(quote, "express")
    assert [reason["code"] for reason in express["reasons"]] == ["outside_area"]
    assert options(quote, "collect")[0]["offered"] is True
    assert options(quote, "standard")[0]["offered"] is True  # the post goes there


def test_an_address_alone_is_enough_and_an_unreadable_one_is_told(shop: Storefront) -> None:
    address = shop.ports.territory.merchant(SHOP_ID).address
    found = shop.quote(deliver_to={"address": address})
    assert options(found, "express")[0]["offered"] is True
    lost = shop.quote(deliver_to={"address": "99 rue de Nulle Part, 75000 Ailleurs"})
    assert options(lost, "express")[0]["reasons"][0]["code"] == "address_not_found"
    assert options(lost, "standard")[0]["offered"] is True  # the post knows more than we do
    nonsense = shop.quote(deliver_to={"address": "xyz"})
    assert options(nonsense, "standard")[0]["reasons"][0]["code"] == "address_not_found"
    assert options(lost, "collect")[0]["offered"] is True


def test_an_address_and_a_far_point_contradict_each_other(shop: Storefront) -> None:
    order = shop.order()
    far = shop.ports.territory.merchant(JEWELLER_ID)
    order["deliver_to"]["address"] = far.address
    quote = shop.post("/v1/quotes", order).get_json()
    assert options(quote, "express")[0]["reasons"][0]["code"] == "address_mismatch"


def test_what_the_merchant_says_of_its_ready_time_is_kept(shop: Storefront) -> None:
    order = shop.order()
    order["merchants"][0]["ready_at"] = "2026-11-24T10:45:00Z"
    quote = shop.post("/v1/quotes", order).get_json()
    assert options(quote, "express")[0]["pickup"]["ready_at"] == "2026-11-24T11:45:00+01:00"


LINE = {"merchant_id": SHOP_ID}
DOOR = {"location": {"lat": 44.5, "lon": 0.16}}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"coupon": "NOEL"}, "coupon"),
        ({"day": "2026-11-23"}, "day"),
        ({"day": "2026-12-09"}, "day"),
        ({"day": "2026-02-30"}, "day"),
        ({"day": "24/11/2026"}, "day"),
        ({"day": 0}, "day"),
        ({"merchants": []}, "merchants"),
        ({"merchants": [LINE, LINE]}, "merchants"),
        ({"merchants": [{"merchant_id": f"m_{n}"} for n in range(21)]}, "merchants"),
        ({"merchants": [LINE, {"merchant_id": "m_nobody"}]}, "merchants.1.merchant_id"),
        ({"merchants": [LINE | {"colour": "red"}]}, "merchants.0.colour"),
        ({"merchants": [LINE | {"weight_g": -1}]}, "merchants.0.weight_g"),
        ({"merchants": [LINE | {"weight_g": 10**9}]}, "merchants.0.weight_g"),
        ({"merchants": [LINE | {"weight_g": True}]}, "merchants.0.weight_g"),
        ({"merchants": [LINE | {"weight_g": "1200"}]}, "merchants.0.weight_g"),
        ({"merchants": [LINE | {"weight_g": 1.5}]}, "merchants.0.weight_g"),
        ({"merchants": [LINE | {"weight_g": float("inf")}]}, "merchants.0.weight_g"),
        ({"merchants": [LINE | {"cold": 1}]}, "merchants.0.cold"),
        ({"merchants": [LINE | {"ready_at": "2026-11-24T11:00"}]}, "merchants.0.ready_at"),
        ({"merchants": [LINE | {"ready_at": "2026-11-24"}]}, "merchants.0.ready_at"),
        ({"merchants": [LINE | {"ready_at": 0}]}, "merchants.0.ready_at"),
        ({"merchants": [LINE | {"ready_at": "2026-11-24T09:00+01:00"}]}, "merchants.0.ready_at"),
        ({"merchants": [LINE | {"ready_at": "2027-11-24T09:00+01:00"}]}, "merchants.0.ready_at"),
        ({"merchants": [LINE | {"ready_at": "0001-01-01T00:00+23:59"}]}, "merchants.0.ready_at"),
        ({"merchants": [LINE | {"ready_at": "9999-12-31T23:59-23:59"}]}, "merchants.0.ready_at"),
        ({"deliver_to": {}}, "deliver_to"),
        ({"deliver_to": DOOR | {"note": "x" * 501}}, "deliver_to.note"),
        ({"deliver_to": DOOR | {"note": "a\u0000b"}}, "deliver_to.note"),
        ({"deliver_to": {"address": "  "}}, "deliver_to.address"),
        ({"deliver_to": {"location": {"lat": 91, "lon": 0}}}, "deliver_to.location.lat"),
        ({"deliver_to": {"location": {"lat": False, "lon": 0}}}, "deliver_to.location.lat"),
        ({"deliver_to": {"location": {"lat": "44.5", "lon": 0}}}, "deliver_to.location.lat"),
        ({"deliver_to": {"location": {"lat": float("nan"), "lon": 0}}}, "deliver_to.location.lat"),
        ({"deliver_to": {"location": {"lat": 0, "lon": float("inf")}}}, "deliver_to.location.lon"),
    ],
)
def test_nonsense_is_refused_naming_its_field(
    shop: Storefront, changes: dict[str, Any], field: str
) -> None:
    answer = shop.post("/v1/quotes", shop.order(**changes))
    assert fields_of(answer) == [field]
    assert answer.get_json()["detail"]


def test_a_whole_number_may_be_written_with_a_point(shop: Storefront) -> None:
    answer = shop.post("/v1/quotes", shop.order(merchants=[LINE | {"weight_g": 1200.0}]))
    assert answer.status_code == 201


def test_two_mistakes_are_told_at_once(shop: Storefront) -> None:
    line = {"merchant_id": SHOP_ID, "weight_g": -1, "volume_cm3": -1}
    answer = shop.post("/v1/quotes", shop.order(merchants=[line]))
    assert fields_of(answer) == ["merchants.0.weight_g", "merchants.0.volume_cm3"]


def test_a_refusal_never_repeats_what_was_typed(shop: Storefront) -> None:
    secret = "Chez Camille Essai " * 40
    answer = shop.post("/v1/quotes", shop.order(deliver_to={"address": secret}))
    assert fields_of(answer) == ["deliver_to.address"]
    assert "Camille" not in answer.text


def test_slots_are_browsed_without_keeping_anything(shop: Storefront) -> None:
    place = shop.ports.territory.merchant(SHOP_ID).place
    where = {"lat": place.lat_deg + 0.002, "lon": place.lon_deg}
    answer = shop.get("/v1/slots", merchant_id=[SHOP_ID, JEWELLER_ID], **where)
    assert answer.status_code == 200, answer.json
    first = options(answer.get_json(), "express")[0]
    assert first["offered"] is True
    assert len(first["parts"]) == 2
    assert not {"id", "held"} & first.keys()
    tours = shop.get("/v1/tours", day="2026-11-24").get_json()["tours"]
    assert [stop for tour in tours for stop in tour["stops"]] == []


def test_every_hour_of_a_day_is_browsed_in_one_call_each_with_its_own_answer(
    shop: Storefront,
) -> None:
    place = shop.ports.territory.merchant(SHOP_ID).place
    where = {"lat": place.lat_deg + 0.002, "lon": place.lon_deg}
    answer = shop.get("/v1/slots", merchant_id=SHOP_ID, day="2026-11-24", **where)
    soonest, *hours = options(answer.get_json(), "express")
    assert soonest["promise"]["end"] == "2026-11-24T14:00:00+01:00"
    refused = {o["window"]: o["reasons"][0]["code"] for o in hours if not o["offered"]}
    assert refused == {
        "10:00-11:00": "not_ready_in_time",
        **{f"{hour}:00-{hour + 1}:00": "too_far_ahead" for hour in range(14, 19)},
    }
    (fourteen,) = [o for o in hours if o.get("window") == "14:00-15:00"]
    assert fourteen["day"] == "2026-11-24"
    assert fourteen["reasons"][0]["unlock"] == {"order_from": "2026-11-24T11:00:00+01:00"}


def test_a_refusal_lists_each_way_out_in_both_languages(shop: Storefront) -> None:
    (own,) = options(shop.quote(), "merchant")
    (way,) = own["reasons"][0]["unlocks"]
    assert way == {
        "kind": "other_mode",
        "mode": "collect",
        "fr": "Possible dans un autre mode.",
        "en": "Possible in another mode.",
    }
    assert own["reasons"][0]["unlock"] == {"other_mode": "collect"}


def test_a_shop_that_closed_since_the_quote_is_answered_with_a_fresh_one(
    shop: Storefront,
) -> None:
    quote = shop.quote()
    clock_of(shop.ports).advance(minutes=1)
    close(SHOP_ID, date(2026, 11, 24), date(2026, 11, 24), "", shop.ports)
    answer = shop.post("/v1/bookings", shop.booking_body(quote))
    assert (answer.status_code, answer.get_json()["code"]) == (409, "no_longer_feasible")
    (express,) = options(answer.get_json()["quote"], "express")
    assert express["reasons"][0]["code"] == "merchant_closed"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"lat": 44.5, "lon": 0.16}, "merchant_id"),
        ({"merchant_id": SHOP_ID}, "query"),
        ({"merchant_id": SHOP_ID, "lat": 44.5}, "query"),
        ({"merchant_id": SHOP_ID, "lat": "nan", "lon": 0}, "lat"),
        ({"merchant_id": SHOP_ID, "address": "x", "page": 2}, "page"),
        ({"merchant_id": [SHOP_ID, SHOP_ID], "address": "x"}, "merchant_id"),
        ({"merchant_id": SHOP_ID, "address": "x", "day": "2026-11-23"}, "day"),
        ({"merchant_id": SHOP_ID, "address": "x", "day": "tomorrow"}, "day"),
    ],
)
def test_a_browse_that_makes_no_sense_names_its_parameter(
    shop: Storefront, query: dict[str, Any], field: str
) -> None:
    assert fields_of(shop.get("/v1/slots", **query)) == [field]


def test_a_door_far_from_its_street_is_quoted_with_a_warning(shop: Storefront) -> None:
    """On the bank of the Garonne, near Marmande."""
    door = {"location": {"lat": 44.4925, "lon": 0.1570}}
    quote = shop.quote(deliver_to=door)
    (warning,) = quote["warnings"]
    assert warning["code"] == "far_from_street"
    assert 60 < warning["away_m"] <= 500
    assert warning["fr"] == f"La porte est à {warning['away_m']} m de la rue la plus proche."
    assert options(quote, "express")[0]["offered"]
    browsed = shop.get("/v1/slots", merchant_id=SHOP_ID, **door["location"]).get_json()
    assert browsed["warnings"] == quote["warnings"]


def test_a_door_on_its_street_has_no_warnings_at_all(shop: Storefront) -> None:
    place = shop.ports.territory.merchant(SHOP_ID).place
    quote = shop.quote(deliver_to={"location": {"lat": place.lat_deg, "lon": place.lon_deg}})
    assert "warnings" not in quote


def test_the_window_that_the_customer_picks_is_held_instead(shop: Storefront) -> None:
    quote = shop.quote()
    chosen = next(o for o in quote["options"] if o["mode"] == "express" and not o["held"])
    moved = shop.post(f"/v1/quotes/{quote['id']}/hold", {"option_id": chosen["id"]})
    assert moved.status_code == 200
    held = [o["id"] for o in moved.get_json()["options"] if o["mode"] == "express" and o["held"]]
    assert held == [chosen["id"]]
    assert shop.post("/v1/quotes/qte_0/hold", {"option_id": "opt_1"}).status_code == 404


def test_an_option_that_would_be_held_says_why_it_is_not() -> None:
    usual = house()
    rules = replace(usual.parameters, holds=HoldRules(max_held_share=0))
    ports = replace(usual, parameters=rules)
    shop = storefront(ports, flask_app(ports, quota=None).test_client())
    first, *others = shop.quote()["options"]
    assert (first["offered"], first["held"]) == (True, False)
    why = first["why_not_held"]
    assert why["code"] == "enough_is_held"
    assert "vérifiée à la réservation" in why["fr"]
    assert "checked again when booked" in why["en"]
    assert not any("why_not_held" in option for option in others)
