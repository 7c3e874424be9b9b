"""A rolling day through HTTP: a tour waits, another order joins it, and both are in time.

Two neighbours order from one shop, twenty minutes apart.  Nobody is sent for the first parcel
alone; the shop knows all along when to have it ready.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from dispatch.api.wiring import flask_app
from dispatch.core.civil import clock_text, local_day
from dispatch.operations.access import PageKind, create_key, create_link
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.tick import tick
from dispatch.operations.waves import Wave, WaveState
from dispatch.tracking.tours import Stop
from dispatch.web import wiring
from tests.fakes.house import embedded_town, house, near
from tests.fakes.road import live
from tests.fakes.town import express_shops
from tests.stories.town import text_of
from tests.web.site import SECRET, token_of


class RollingTown:
    """A storefront, a shop's page, a planner's desk and the couriers' phones at ten o'clock."""

    def __init__(self) -> None:
        self.ports = house()
        rules = DispatchRules(policy="rolling")
        self.ports = replace(
            self.ports, parameters=replace(self.ports.parameters, dispatching=rules)
        )
        self.app = flask_app(self.ports, quota=None)
        self.app.testing = True
        self.app.config["WAVE_PATIENCE_S"] = 0  # nobody else runs the wave it asks for
        wiring.register(
            self.app, self.ports, map_geojson=embedded_town().map_geojson, secret_key=SECRET
        )
        self.key = create_key("sf_test", ("quotes", "bookings"), self.ports)
        self.shop_id = express_shops(self.ports)[0]
        self.asked = 0

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": f"n{self.asked}"}
        answer = self.app.test_client().post(path, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return dict(answer.get_json())

    def order(self) -> dict[str, Any]:
        """Book the widest express window from the one shop, to a door 2 km away."""
        place = near(self.ports.territory.merchant(self.shop_id).place, north=0.015)
        offer = self.post(
            "/v1/quotes",
            {
                "merchants": [{"merchant_id": self.shop_id, "weight_g": 1000}],
                "deliver_to": {"location": {"lat": place.lat_deg, "lon": place.lon_deg}},
            },
        )
        option = next(o for o in offer["options"] if o["mode"] == "express" and o["offered"])
        customer = {"name": "Camille Essai", "phone": "+33639980042"}
        ask = {"quote_id": offer["id"], "option_id": option["id"], "customer": customer}
        return self.post("/v1/bookings", ask)

    def come_in(self, kind: PageKind, subject: str = "") -> FlaskClient:
        client = self.app.test_client()
        client.get(f"/l/{create_link(kind, subject, self.ports)}")
        return client

    def waves(self, state: WaveState) -> list[Wave]:
        with self.ports.store.reading() as tx:
            day = tx.waves(local_day(self.ports.clock.now()))
        return [wave for wave in day if wave.state is state]

    def stops(self) -> list[Stop]:
        with self.ports.store.reading() as tx:
            tours = tx.tours(local_day(self.ports.clock.now()))
        return [stop for tour in tours for stop in tour.stops]


@pytest.fixture
def town() -> RollingTown:
    return RollingTown()


def test_a_tour_waits_another_order_joins_it_and_both_are_in_time(town: RollingTown) -> None:
    town.order()
    live(town.ports, minutes=20)
    assert not any(stop.published_at for stop in town.stops())
    rider = next(iter(town.ports.territory.couriers))
    phone = town.come_in(PageKind.COURIER, rider)
    assert "Une nouvelle tournée peut arriver à tout moment" in text_of(phone.get("/livreur").text)
    shop = text_of(town.come_in(PageKind.MERCHANT, town.shop_id).get("/commerce").text)
    assert "Livreur choisi quand la tournée part" in shop
    assert "pour " in shop  # by when to have it ready

    town.order()
    live(town.ports, minutes=1)
    (row,) = town.waves(WaveState.OPEN)
    live(town.ports, minutes=int((row.cut_off_at - town.ports.clock.now()).total_seconds() // 60))
    given = [stop for stop in town.stops() if stop.published_at is not None]
    assert len(given) == 4
    assert {stop.published_at for stop in given} == {row.cut_off_at}
    assert [wave.result.orders for wave in town.waves(WaveState.PUBLISHED) if wave.result] == [2]

    live(town.ports, minutes=180)
    drops = [stop for stop in town.stops() if stop.due_at is not None]
    assert len(drops) == 2
    for drop in drops:
        assert drop.ended_at is not None
        assert drop.promised_until is not None
        assert drop.ended_at <= drop.promised_until


def test_the_planner_sees_when_something_has_to_go_and_gives_it_out_with_one_click(
    town: RollingTown,
) -> None:
    town.order()
    live(town.ports, minutes=5)
    desk = town.come_in(PageKind.PLANNER)
    page = desk.get("/planification")
    assert "Le plan est refait dès que quelque chose change" in text_of(page.text)
    (row,) = town.waves(WaveState.OPEN)
    hour, minute = clock_text(row.cut_off_at).split(":")
    assert re.search(rf"{hour}\W*h?\W*{minute}\W.{{0,40}}à venir", text_of(page.text))

    desk.post("/planification/vagues", data={"csrf_token": token_of(page.text)})
    tick(town.ports)
    assert all(stop.published_at is not None for stop in town.stops())
