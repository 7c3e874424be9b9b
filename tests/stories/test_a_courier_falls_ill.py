"""A courier falls ill with parcels on board: what everybody sees, all of it through HTTP."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from dispatch.api.wiring import flask_app
from dispatch.core.civil import local_text
from dispatch.operations.access import PageKind, create_key, create_link
from dispatch.operations.manifest import ManifestStop, courier_day
from dispatch.operations.run_wave import wave_by_hand
from dispatch.operations.tick import tick
from dispatch.web import wiring
from tests.fakes.house import clock_of, embedded_town, house, near
from tests.fakes.town import express_shops
from tests.web.site import SECRET, token_of


class Town:
    """A storefront with an order under way, its customer's page, two phones, a planner's desk."""

    def __init__(self) -> None:
        self.ports = house()
        self.app = flask_app(self.ports, quota=None)
        self.app.testing = True
        wiring.register(
            self.app, self.ports, map_geojson=embedded_town().map_geojson, secret_key=SECRET
        )
        self.key = create_key("sf_test", ("quotes", "bookings"), self.ports)
        self.shop_id = express_shops(self.ports)[0]
        self.tracking, self.booking_id = self._order()
        wave_by_hand(self.ports)
        self.ill = next(c for c in self.ports.territory.couriers if self.stops(c))
        self.planner = self.come_in(PageKind.PLANNER)

    def _order(self) -> tuple[str, str]:
        place = near(self.ports.territory.merchant(self.shop_id).place)
        quote = self.post(
            "/v1/quotes",
            {
                "merchants": [{"merchant_id": self.shop_id, "weight_g": 1000}],
                "deliver_to": {"location": {"lat": place.lat_deg, "lon": place.lon_deg}},
            },
        )
        option = next(o for o in quote["options"] if o["mode"] == "express" and o["offered"])
        customer = {"name": "Camille Essai", "phone": "+33639980042"}
        booking = self.post(
            "/v1/bookings",
            {"quote_id": quote["id"], "option_id": option["id"], "customer": customer},
        )
        return booking["tracking_url"].partition("localhost")[2], booking["id"]

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": "one"}
        answer = self.app.test_client().post(path, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return dict(answer.get_json())

    def come_in(self, kind: PageKind, subject: str = "") -> FlaskClient:
        client = self.app.test_client()
        client.get(f"/l/{create_link(kind, subject, self.ports)}")
        return client

    def stops(self, courier_id: str) -> list[ManifestStop]:
        return list(courier_day(courier_id, self.ports).open_stops)  # type: ignore[arg-type]

    def report(self, phone: FlaskClient, item: ManifestStop, kind: str) -> None:
        fact = {
            "fact_id": f"{item.stop.stop_id}-{kind}",
            "tour_id": item.tour_id,
            "stop_id": item.stop.stop_id,
            "kind": kind,
            "at_device": local_text(clock_of(self.ports).now()),
        }
        self.say(phone, fact)

    def say(self, phone: FlaskClient, fact: dict[str, Any]) -> None:
        token = token_of(phone.get("/livreur").text)
        answer = phone.post(
            "/livreur/faits", json={"facts": [fact]}, headers={"X-CSRFToken": token}
        )
        assert [r["status"] for r in answer.get_json()["results"]] == ["ok"]

    def relay(self, act: str, **typed: str) -> str:
        data = {
            "csrf_token": token_of(self.planner.get("/planification").text),
            "courier_id": self.ill,
            "act": act,
            "cause": "ill",
        }
        answer = self.planner.post(
            "/planification/livreurs", data=data | typed, follow_redirects=True
        )
        assert answer.status_code == 200
        return text_of(answer.text)


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def town() -> Town:
    town = Town()
    clock_of(town.ports).advance(minutes=1)
    phone = town.come_in(PageKind.COURIER, town.ill)
    town.report(phone, town.stops(town.ill)[0], "done")  # the parcel is in the bag
    clock_of(town.ports).advance(minutes=1)
    return town


def taker_of(town: Town) -> str:
    return next(c for c in town.ports.territory.couriers if town.stops(c))


def test_one_click_and_another_courier_fetches_the_parcel_where_it_is(town: Town) -> None:
    name = town.ports.territory.courier(town.ill).name  # type: ignore[arg-type]
    assert f"Si {name} s’arrêtait maintenant" in town.relay("rehearse")
    assert town.stops(town.ill)  # only a look
    said = town.relay("relieve")
    assert f"{name} s’arrête." in said and "prend 1 commande." in said
    assert not town.stops(town.ill)
    page = text_of(town.come_in(PageKind.COURIER, taker_of(town)).get("/livreur").text)
    assert "Vous prenez des colis d’un autre livreur." in page
    assert f"Relais · prochain arrêt {name}" in page


def test_the_customer_still_has_a_courier_and_gets_the_parcel(town: Town) -> None:
    town.relay("relieve")
    taker = taker_of(town)
    phone = town.come_in(PageKind.COURIER, taker)
    for _ in range(2):
        clock_of(town.ports).advance(minutes=5)
        tick(town.ports)
        assert "annul" not in text_of(town.app.test_client().get(town.tracking).text)
        town.report(phone, town.stops(taker)[0], "done")
    assert "Livré" in text_of(town.app.test_client().get(town.tracking).text)


def test_a_change_stays_on_both_phones_until_it_is_read(town: Town) -> None:
    town.relay("relieve")
    taker = taker_of(town)
    phone = town.come_in(PageKind.COURIER, taker)
    found = re.search(r'data-read="([^"/]+)/([^"]+)"', phone.get("/livreur").text)
    assert found is not None
    read = {
        "fact_id": "r1",
        "tour_id": found[1],
        "news_id": found[2],
        "kind": "read",
        "at_device": local_text(clock_of(town.ports).now()),
    }
    town.say(phone, read)
    town.say(phone, read)  # the answer was lost: sent again
    assert "data-read" not in phone.get("/livreur").text
    assert "data-read" in town.come_in(PageKind.COURIER, town.ill).get("/livreur").text


def test_the_planner_sees_who_has_not_read_it_after_a_while(town: Town) -> None:
    town.relay("relieve")
    assert "n’a pas lu" not in text_of(town.planner.get("/planification").text)
    clock_of(town.ports).advance(minutes=6)
    assert "n’a pas lu" in text_of(town.planner.get("/planification").text)


def test_who_comes_back_is_on_shift_again_and_the_trail_says_both(town: Town) -> None:
    town.relay("relieve")
    assert "arrêté" in text_of(town.planner.get("/planification").text)
    assert "reprend son service" in town.relay("back")
    trail = text_of(town.planner.get("/planification/journal").text)
    assert "Livreur relayé" in trail and "Livreur revenu" in trail


def test_nobody_who_is_not_there_takes_over_and_nothing_changes(town: Town) -> None:
    assert "ne peut pas prendre la suite" in town.relay("relieve", to=town.ill)
    assert town.stops(town.ill)


def test_another_courier_cannot_read_it_in_the_others_place(town: Town) -> None:
    town.relay("relieve")
    taker = taker_of(town)
    found = re.search(
        r'data-read="([^"/]+)/([^"]+)"',
        town.come_in(PageKind.COURIER, taker).get("/livreur").text,
    )
    assert found is not None
    stranger = town.come_in(PageKind.COURIER, town.ill)
    data = {
        "csrf_token": token_of(stranger.get("/livreur").text),
        "tour_id": found[1],
        "news_id": found[2],
    }
    assert stranger.post("/livreur/nouvelle", data=data).status_code == 403
    own = town.come_in(PageKind.COURIER, taker)
    data["csrf_token"] = token_of(own.get("/livreur").text)
    assert own.post("/livreur/nouvelle", data=data).status_code == 303
    assert "data-read" not in own.get("/livreur").text
