"""One installation for a story of a day that goes wrong: everybody comes in through HTTP."""

from __future__ import annotations

import html
import re
from typing import Any

from flask.testing import FlaskClient

from dispatch.api.wiring import flask_app
from dispatch.core.civil import local_text
from dispatch.operations.access import PageKind, create_key, create_link
from dispatch.operations.manifest import ManifestStop, courier_day
from dispatch.operations.ports import Ports
from dispatch.operations.run_wave import wave_by_hand
from dispatch.web import wiring
from tests.fakes.house import clock_of, embedded_town, house, near
from tests.fakes.town import express_shops
from tests.web.site import SECRET, token_of


class Installation:
    """A storefront's key, a shop, and pages for whoever comes in; nothing is ordered yet."""

    def __init__(self, ports: Ports | None = None) -> None:
        self.ports = ports or house()
        self.app = flask_app(self.ports, quota=None)
        self.app.testing = True
        wiring.register(
            self.app, self.ports, map_geojson=embedded_town().map_geojson, secret_key=SECRET
        )
        self.key = create_key("sf_test", ("quotes", "bookings", "tours:read"), self.ports)
        self.shop_id = express_shops(self.ports)[0]

    def ask(self, deliver_to: dict[str, Any], *shops: str) -> dict[str, Any]:
        """Ask for a quote for one parcel from each of *shops*, as a storefront does."""
        merchants = [{"merchant_id": shop, "weight_g": 1000} for shop in shops or (self.shop_id,)]
        return self.post("/v1/quotes", {"merchants": merchants, "deliver_to": deliver_to})

    def book(self, quote: dict[str, Any]) -> dict[str, Any]:
        """Book the first express option of *quote*."""
        option = next(o for o in quote["options"] if o["mode"] == "express" and o["offered"])
        customer = {
            "name": "Camille Essai",
            "phone": "+33639980042",
            "email": "camille@example.org",
        }
        return self.post(
            "/v1/bookings",
            {"quote_id": quote["id"], "option_id": option["id"], "customer": customer},
        )

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

    def report(
        self, phone: FlaskClient, item: ManifestStop, kind: str, reason: str | None = None
    ) -> None:
        """Tell what happened at the stop of *item*, now."""
        fact = {
            "fact_id": f"{item.stop.stop_id}-{kind}",
            "tour_id": item.tour_id,
            "stop_id": item.stop.stop_id,
            "kind": kind,
            "at_device": local_text(clock_of(self.ports).now()),
        }
        self.say(phone, fact | ({} if reason is None else {"reason": reason}))

    def say(self, phone: FlaskClient, fact: dict[str, Any]) -> None:
        token = token_of(phone.get("/livreur").text)
        answer = phone.post(
            "/livreur/faits", json={"facts": [fact]}, headers={"X-CSRFToken": token}
        )
        assert [r["status"] for r in answer.get_json()["results"]] == ["ok"]

    def busy(self) -> str:
        """The first courier with something to do."""
        return next(c for c in self.ports.territory.couriers if self.stops(c))


class Town(Installation):
    """The same with an order under way, its customer's page, a courier, a planner's desk.

    shops : how many of them the order is from
    """

    def __init__(self, ports: Ports | None = None, *, shops: int = 1) -> None:
        super().__init__(ports)
        place = near(self.ports.territory.merchant(self.shop_id).place)
        door = {"location": {"lat": place.lat_deg, "lon": place.lon_deg}}
        booking = self.book(self.ask(door, *express_shops(self.ports)[:shops]))
        self.tracking = booking["tracking_url"].partition("localhost")[2]
        self.booking_id = str(booking["id"])
        wave_by_hand(self.ports)
        self.rider = self.busy()
        self.planner = self.come_in(PageKind.PLANNER)


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
