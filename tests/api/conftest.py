"""A storefront at the door of a test house, with a key for everything it may ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi.openapi import OpenAPI
from werkzeug.test import TestResponse

from dispatch.api.wiring import flask_app
from dispatch.operations.access import create_key
from dispatch.operations.ports import Ports
from tests.api.contract import breaches
from tests.fakes.house import house, near

#: A shop open on the test's Tuesday from 9:30 to 12:30 and from 14:00 to 19:00, ready in 20 min.
SHOP_ID = "m_atelier_gariguette"
JEWELLER_ID = "m_or_et_rosee"
#: Open from 7:00 to 13:00 and from 15:30 to 19:30, and on Sunday mornings.
BAKER_ID = "m_fournil_des_deux_platanes"


@dataclass(frozen=True, slots=True)
class Storefront:
    """One storefront's key, and the calls it makes; every answer must be in the contract."""

    client: FlaskClient
    ports: Ports
    key: str

    def get(self, path: str, **query: Any) -> TestResponse:
        return self._kept(self.client.get(path, query_string=query or None, headers=self.headers()))

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self._kept(self.client.post(path, json=body, headers=self.headers(**headers)))

    def _kept(self, answer: TestResponse) -> TestResponse:
        assert isinstance(self.client.application, OpenAPI)
        assert breaches(self.client.application.api_doc, answer) == []
        return answer

    def headers(self, **more: str) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Authorization": f"Bearer {self.key}", **named}

    def order(self, *merchant_ids: str, **changes: Any) -> dict[str, Any]:
        """The body of a quote: 1 kg from each merchant, to a door near the first."""
        ids = merchant_ids or (SHOP_ID,)
        door = near(self.ports.territory.merchant(ids[0]).place)
        return {
            "merchants": [{"merchant_id": m, "weight_g": 1000, "volume_cm3": 8000} for m in ids],
            "deliver_to": {"location": {"lat": door.lat_deg, "lon": door.lon_deg}},
        } | changes

    def quote(self, *merchant_ids: str, **changes: Any) -> dict[str, Any]:
        answer = self.post("/v1/quotes", self.order(*merchant_ids, **changes))
        assert answer.status_code == 201, answer.json
        return dict(answer.get_json())

    def booking_body(self, quote: dict[str, Any], mode: str = "express") -> dict[str, Any]:
        option = next(o for o in quote["options"] if o["mode"] == mode and o["offered"])
        return {
            "quote_id": quote["id"],
            "option_id": option["id"],
            "customer": {"name": "Camille Essai", "phone": "06 39 98 00 42"},
        }

    def book(self, mode: str = "express") -> dict[str, Any]:
        answer = self.post("/v1/bookings", self.booking_body(self.quote(), mode))
        assert answer.status_code == 201, answer.json
        return dict(answer.get_json())


def storefront(
    ports: Ports,
    client: FlaskClient,
    name: str = "sf_test",
    scopes: tuple[str, ...] = ("quotes", "bookings", "tours:read"),
) -> Storefront:
    return Storefront(client, ports, create_key(name, scopes, ports))


@pytest.fixture
def ports() -> Ports:
    return house()


@pytest.fixture
def client(ports: Ports) -> FlaskClient:
    return flask_app(ports, quota=None).test_client()


@pytest.fixture
def shop(ports: Ports, client: FlaskClient) -> Storefront:
    return storefront(ports, client)
