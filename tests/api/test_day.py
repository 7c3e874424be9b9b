"""What there is to know of the territory and its day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.api.wiring import flask_app
from dispatch.operations.ports import Ports
from tests.api.conftest import JEWELLER_ID, SHOP_ID, Storefront, storefront
from tests.fakes.house import clock_of
from tests.fakes.moody_streets import MoodyStreets


def test_health_asks_for_no_key_and_tells_the_clock_of_the_house(shop: Storefront) -> None:
    answer = shop.client.get("/v1/health")
    assert answer.get_json() == {
        "store": "ok",
        "now": "2026-11-24T10:00:00+01:00",
        "pace": 1.0,
        "streets": {"engine": "own", "answering": "own"},
    }


def test_health_tells_that_another_engine_answers_and_since_when(ports: Ports) -> None:
    streets = MoodyStreets(ports.streets, ports.clock, fallback=ports.streets)
    mute = replace(ports, streets=streets)
    shop = storefront(mute, flask_app(mute).test_client())
    streets.silent = True
    clock_of(ports).advance(minutes=7)
    assert shop.get("/v1/health").get_json()["streets"] == {
        "engine": "osrm",
        "answering": "own",
        "since": "2026-11-24T10:00:00+01:00",
    }


def test_every_merchant_is_listed_with_what_a_storefront_needs(shop: Storefront) -> None:
    merchants = {m["id"]: m for m in shop.get("/v1/merchants").get_json()["merchants"]}
    assert merchants.keys() == set(shop.ports.territory.merchants)
    shown = merchants[SHOP_ID]
    assert shown["opening_hours"] == "Tu-Sa 09:30-12:30,14:00-19:00; PH off"
    assert (shown["preparation_min"], shown["cold"]) == (20, False)
    assert shown["modes"] == ["collect", "express", "standard"]
    own = [m for m in merchants.values() if "merchant" in m["modes"]]
    assert own
    assert all(m["own_delivery"]["radius_m"] > 0 for m in own)


def test_a_tour_shows_held_and_booked_stops_but_nobody_s_name(shop: Storefront) -> None:
    order = shop.order(SHOP_ID, JEWELLER_ID)
    order["deliver_to"] |= {"note": "chez Camille"}
    quote = shop.post("/v1/quotes", order).get_json()

    def stops() -> list[dict[str, object]]:
        tours = shop.get("/v1/tours", day="2026-11-24").get_json()["tours"]
        return [stop for tour in tours for stop in tour["stops"]]

    assert [(s["kind"], s["held"]) for s in stops()] == [
        ("pickup", True),
        ("pickup", True),
        ("drop", True),
    ]
    booking = shop.post("/v1/bookings", shop.booking_body(quote)).get_json()
    assert [s["held"] for s in stops()] == [False] * 3
    assert stops()[-1]["shipment_ids"] == [each["id"] for each in booking["shipments"]]
    text = shop.get("/v1/tours", day="2026-11-24").text
    assert not any(word in text for word in ("Camille", "39980042", "address", "note"))


@pytest.mark.parametrize(
    "day", ["", "0001-01-01", "9999-12-31", "2026-13-01", "24/11/2026", "2028-01-01", "1"]
)
def test_a_day_that_is_no_day_near_today_is_refused(shop: Storefront, day: str) -> None:
    answer = shop.get("/v1/tours", day=day)
    assert answer.status_code == 422
    assert answer.get_json()["fields"][0]["field"] == "day"


def test_a_day_without_couriers_has_no_tours(shop: Storefront) -> None:
    christmas = shop.get("/v1/tours", day="2026-12-25").get_json()
    assert christmas == {"day": "2026-12-25", "tours": []}
