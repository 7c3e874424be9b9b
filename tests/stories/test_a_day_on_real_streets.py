"""A day on real streets: imported, staffed, ordered, handed out, ridden and tracked by HTTP.

The extracts are real, the shops and couriers beside their streets are not.  Nothing here
knows a street: shops and doors are found as the town's owner finds them, by asking.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dispatch.app import SETTINGS_FILE, TOWNS_FOLDER, create_app, open_house
from dispatch.core.civil import local_day, local_text, parse_instant
from dispatch.core.ids import CourierId
from dispatch.core.places import Place, crow_m
from dispatch.demo.doorsteps import Doorsteps
from dispatch.operations.access import PageKind, create_key, create_link
from dispatch.operations.manifest import ManifestStop, courier_day
from dispatch.operations.ports import Ports
from dispatch.operations.standing import forecast_manifest, tours_of
from dispatch.operations.tick import tick
from dispatch.tracking.tours import StopKind
from geodata import load
from tests.extracts import EXTRACTS, extract_of
from tests.fakes.plugs import StoppedClock
from tests.installation import told
from tests.web.site import token_of

TUESDAY_AT_TEN = "2026-11-24T10:00+01:00"
FASTEST_M_PER_S = 25.0  # 90 km/h: nobody crosses a town faster as the crow flies
REACH_M = 800.0

SHOP = """
[[merchants]]
id = "m_{n}"
name = "Boutique {n}"
sector = "bookshop"
commune = "{commune}"
address = "{address}"
lat_deg = {lat}
lon_deg = {lon}
opening_hours = "Tu-Sa 09:30-19:00; PH off"
preparation_min = 15
modes = ["collect", "express", "standard"]
phone = "+3353649000{n}"
cold = false
fictional = true
"""

COURIER = """
[[couriers]]
id = "c_{n}"
name = "Livreur {n}"
vehicle = "{vehicle}"
max_weight_g = 80000
max_volume_cm3 = 300000
cold = false
start_label = "{address}"
start_lat_deg = {lat}
start_lon_deg = {lon}
shift = "Mo-Sa 09:30-19:30; PH off"
phone = "+3363998000{n}"
fictional = true
"""


@dataclass
class RealTown:
    """An installation on real streets, and the people who use it."""

    ports: Ports
    clock: StoppedClock
    doors: list[str]

    def __post_init__(self) -> None:
        self.key = create_key("sf_test", ("quotes", "bookings", "tours:read"), self.ports)
        self.keys_used = 0

    def serve(self, app: Any) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.keys_used += 1
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": str(self.keys_used)}
        answer = self.client.post(path, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return dict(answer.get_json())

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers={"Authorization": f"Bearer {self.key}"})

    def ask(self, shop_id: str, door: Any, weight_g: int = 1000) -> dict[str, dict[str, Any]]:
        """Ask what can be offered to *door*; return the first option of each mode."""
        where = {"address": door} if isinstance(door, str) else {"location": door}
        body = {
            "merchants": [{"merchant_id": shop_id, "weight_g": weight_g}],
            "deliver_to": where,
        }
        quote = self.post("/v1/quotes", body)
        first: dict[str, dict[str, Any]] = {}
        for option in quote["options"]:
            first.setdefault(option["mode"], option | {"quote_id": quote["id"]})
        return first

    def book(self, option: dict[str, Any]) -> dict[str, Any]:
        body = {
            "quote_id": option["quote_id"],
            "option_id": option["id"],
            "customer": {"name": "Camille Essai", "phone": "+33639980042"},
        }
        return self.post("/v1/bookings", body)

    def signed_in(self, kind: PageKind, subject: str = "") -> FlaskClient:
        client: FlaskClient = self.app.test_client()
        client.get(f"/l/{create_link(kind, subject, self.ports)}")
        return client

    def page_of(self, booking: dict[str, Any]) -> str:
        return html.unescape(self.client.get(booking["tracking_url"]).text)

    def next_leave(self) -> tuple[datetime, datetime, CourierId, ManifestStop] | None:
        """The next stop to be over: when service begins there, when it ends, whose, which."""
        with self.ports.store.reading() as tx:
            tours = tours_of(tx, local_day(self.clock.now()), self.ports)
        found = []
        for tour in tours:
            stops = courier_day(tour.courier_id, self.ports).open_stops
            if stops:
                # As of the shift's start: as of now would put off what nobody has told yet.
                (stop, timing), *_ = forecast_manifest(tour, tour.shift.opens_at, self.ports)
                leave_at = timing.begin_at + timedelta(seconds=stop.service_s)
                found.append((leave_at, timing.begin_at, tour.courier_id, stops[0]))
        return min(found, key=lambda one: one[:3], default=None)


def staffed(data_dir: Path, name: str) -> list[str]:
    """Fill in four shops and two couriers at doors the town knows; return doors of customers."""
    (data_dir / SETTINGS_FILE).write_text(
        f'town = "{name}"\n[dispatching]\npolicy = "waves"\n'
        '[waves]\nengine = "greedy"\nproof_s = 0\n'
    )
    town = load.town(name, data_dir / TOWNS_FOLDER)
    draw, centre = Random(4), Place(town.communes[0].lat_deg, town.communes[0].lon_deg)
    doorsteps = Doorsteps(town)
    doors = [doorsteps.near(centre, draw, REACH_M) for _ in range(14)]
    people = {"merchants.toml": "", "couriers.toml": ""}
    for n, address in enumerate(doors[:6]):
        found = told("town", "find", address, "--dir", str(data_dir), "--json")
        best = json.loads(found)["readings"][0]
        said = {"n": n, "address": address, "lat": best["lat"], "lon": best["lon"]}
        if n < 4:
            people["merchants.toml"] += SHOP.format(commune=town.communes[0].insee, **said)
        else:
            vehicle = ("cargo_bike", "car")[n - 4]
            people["couriers.toml"] += COURIER.format(vehicle=vehicle, **said)
    for file, text in people.items():
        (data_dir / TOWNS_FOLDER / name / file).write_text(text, "utf-8")
    return doors[6:]


@pytest.fixture(scope="module", params=EXTRACTS)
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, list[str]]]:
    """A town imported and staffed once; its data directory, and doors of its customers."""
    name = str(request.param)
    osm = str(extract_of(name))
    data_dir = tmp_path_factory.mktemp(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPATCH_CACHE_DIR", str(data_dir / "cache"))
        yield data_dir, founded(data_dir, name, osm)


def founded(data_dir: Path, name: str, osm: str) -> list[str]:
    """Import the town as its owner does and open its shops; return doors of customers."""
    called = ("--name", name, "--title", name.capitalize())
    told("town", "import", "--osm", osm, *called, "--dir", str(data_dir))
    doors = staffed(data_dir, name)
    told("config", "check", "--data-dir", str(data_dir))
    return doors


@pytest.fixture
def town(installation: tuple[Path, list[str]]) -> RealTown:
    """The town on a Tuesday at ten; each test has its own bookings' day, all one database."""
    data_dir, doors = installation
    for old in data_dir.glob("dispatch.sqlite3*"):
        old.unlink()
    clock = StoppedClock(TUESDAY_AT_TEN)
    house = open_house(data_dir, clock)
    found = RealTown(house.ports, clock, doors)
    found.serve(create_app(house))
    return found


def test_orders_of_a_morning_are_delivered_as_promised_and_told_to_their_customers(
    town: RealTown,
) -> None:
    offers = [town.ask(f"m_{n % 4}", door)["express"] for n, door in enumerate(town.doors)]
    assert all(offer["offered"] for offer in offers), offers
    bookings = [town.book(offer) for offer in offers[:6]]
    assert "Votre commande est confirmée" in town.page_of(bookings[0])
    town.clock.advance(minutes=30)
    assert tick(town.ports) is not None

    ridden = ride(town)
    assert sum(item.stop.kind is StopKind.DROP for item in ridden) == len(bookings)
    for booking in bookings:
        (shipment,) = booking["shipments"]
        told_by_api = town.get(f"/v1/shipments/{shipment['id']}").get_json()
        assert told_by_api["state"] == "delivered"
        delivered_at = parse_instant(told_by_api["events"][-1]["at_device"])
        assert delivered_at <= parse_instant(shipment["promise"]["end"])
        assert "Votre commande est livrée" in town.page_of(booking)


def ride(town: RealTown) -> list[ManifestStop]:
    """Couriers tell each stop when they leave it, at the second it was forecast, to the last."""
    phones = {c: town.signed_in(PageKind.COURIER, c) for c in town.ports.territory.couriers}
    ridden: list[ManifestStop] = []
    while (coming := town.next_leave()) is not None:
        leave_at, begin_at, courier_id, item = coming
        town.clock.move_to(max(leave_at, town.clock.now()))
        facts = [
            {
                "fact_id": f"{item.stop.stop_id}-{kind}",
                "tour_id": item.tour_id,
                "stop_id": item.stop.stop_id,
                "kind": kind,
                "at_device": local_text(at),
            }
            for kind, at in (("arrived", begin_at), ("done", leave_at))
        ]
        token = token_of(phones[courier_id].get("/livreur").text)
        answer = phones[courier_id].post(
            "/livreur/faits", json={"facts": facts}, headers={"X-CSRFToken": token}
        )
        assert [fact["status"] for fact in answer.get_json()["results"]] == ["ok", "ok"]
        ridden.append(item)
    return ridden


def test_what_is_promised_collected_and_refused_is_said(town: RealTown) -> None:
    door = town.doors[0]
    offers = town.ask("m_0", door)
    assert offers["collect"]["offered"] and offers["express"]["offered"]
    # La Poste is what carries it, and knows no home in Finland.
    assert offers["standard"]["offered"] == (town.ports.territory.name != "helsinki")
    booking = town.book(offers["collect"])
    assert booking["shipments"][0]["promise"]["end"] > booking["shipments"][0]["promise"]["start"]
    assert "Boutique 0" in town.page_of(booking)

    shop = town.ports.territory.merchant("m_0").place
    far = {"lat": shop.lat_deg + 1.0, "lon": shop.lon_deg}
    assert why_not(town.ask("m_0", far)["express"]) == ["outside_area"]
    assert why_not(town.ask("m_0", "12 rue qui n'existe pas")["express"]) == ["address_not_found"]
    assert why_not(town.ask("m_0", door, weight_g=200_000)["express"]) == ["too_heavy"]
    town.clock.move_to("2026-11-24T19:20+01:00")
    assert not town.ask("m_0", door)["express"]["offered"]


def why_not(option: dict[str, Any]) -> list[str]:
    assert not option["offered"]
    return [reason["code"] for reason in option["reasons"]]


@pytest.mark.parametrize("vehicle", ["car", "bike", "cargo_bike"])
def test_every_door_is_reached_at_a_speed_one_can_believe(town: RealTown, vehicle: str) -> None:
    places = [merchant.place for merchant in town.ports.territory.merchants.values()]
    places += [courier.start for courier in town.ports.territory.couriers.values()]
    seconds = town.ports.streets.durations_s(places, vehicle)
    metres = town.ports.streets.distances_m(places, vehicle)
    for i, start in enumerate(places):
        for j, end in enumerate(places):
            crow = crow_m(start, end)
            assert metres[i, j] >= crow - 60  # both are snapped
            assert seconds[i, j] >= crow / FASTEST_M_PER_S
            assert seconds[i, j] < 3_600


def test_maps_and_pages_are_credited_to_their_surveyors(town: RealTown) -> None:
    drawing = town.client.get("/carte.geojson").get_json()
    assert sum(f["properties"]["kind"] == "street" for f in drawing["features"]) > 0
    for client, path in (
        (town.signed_in(PageKind.PLANNER), "/planification"),
        (town.signed_in(PageKind.COURIER, "c_4"), "/livreur"),
    ):
        page = client.get(path)
        assert page.status_code == 200
        assert "© OpenStreetMap contributors" in html.unescape(page.text)
        assert "schématique" not in page.text
