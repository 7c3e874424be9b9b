"""One door, from the courier's tap to the next order and back: all of it through HTTP."""

from __future__ import annotations

import html
import re
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient

from dispatch.core.civil import local_text
from dispatch.core.places import METRES_PER_DEGREE, Place, crow_m
from dispatch.demo.doorsteps import Doorsteps
from dispatch.operations.access import PageKind
from dispatch.operations.manifest import ManifestStop, courier_day
from dispatch.operations.run_wave import wave_by_hand
from dispatch.tracking.tours import StopKind
from geodata import load
from tests.fakes.house import clock_of
from tests.stories.town import Installation
from tests.web.site import token_of

DAY = "2026-11-24"


class Day(Installation):
    """One address that a storefront orders to."""

    def __init__(self) -> None:
        super().__init__()
        near_shop = self.ports.territory.merchant(self.shop_id).place
        doors = Doorsteps(load.town(self.ports.territory.name))
        self.address = doors.near(near_shop, Random(7), reach_m=400)

    def doorsteps(self) -> list[Place]:
        """Where the doorsteps of today's tours are, held ones included, the latest last."""
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = self.app.test_client().get(f"/v1/tours?day={DAY}", headers=headers)
        tours = answer.get_json()["tours"]
        drops = [s for t in tours for s in t["stops"] if s["kind"] == "drop"]
        drops.sort(key=lambda stop: stop["id"])
        return [Place(s["location"]["lat"], s["location"]["lon"]) for s in drops]


@pytest.fixture
def day() -> Day:
    return Day()


def the_door(day: Day) -> tuple[str, ManifestStop]:
    for courier_id in day.ports.territory.couriers:
        for item in courier_day(courier_id, day.ports).open_stops:
            if item.stop.kind is StopKind.DROP:
                return courier_id, item
    raise AssertionError("no courier has the order")


def message(day: Day, item: ManifestStop, place: Place, **changes: Any) -> dict[str, Any]:
    position = {"lat": place.lat_deg, "lon": place.lon_deg, "accuracy_m": 9.5}
    return {
        "fact_id": "tap-1",
        "tour_id": item.tour_id,
        "stop_id": item.stop.stop_id,
        "kind": "door",
        "at_device": local_text(clock_of(day.ports).now()),
        "position": position,
    } | changes


def send(phone: FlaskClient, *facts: dict[str, Any]) -> list[dict[str, str]]:
    token = token_of(phone.get("/livreur").text)
    answer = phone.post(
        "/livreur/faits", json={"facts": list(facts)}, headers={"X-CSRFToken": token}
    )
    assert answer.status_code == 200, answer.text
    results: list[dict[str, str]] = answer.get_json()["results"]
    return results


def decide(planner: FlaskClient, act: str, pin_id: str = "tap-1") -> str:
    token = token_of(planner.get("/planification").text)
    form = {"csrf_token": token, "pin_id": pin_id, "act": act}
    answer = planner.post("/planification/portes", data=form)
    assert answer.status_code == 303
    return html.unescape(planner.get("/planification").text)


def on_the_road(day: Day) -> tuple[FlaskClient, ManifestStop]:
    day.book(day.ask({"address": day.address}))
    wave_by_hand(day.ports)
    courier_id, item = the_door(day)
    return day.come_in(PageKind.COURIER, courier_id), item


def north(place: Place, metres: float) -> Place:
    return Place(place.lat_deg + metres / METRES_PER_DEGREE, place.lon_deg)


def test_a_tap_moves_the_next_doorstep_and_undoing_it_moves_it_back(day: Day) -> None:
    phone, item = on_the_road(day)
    assert "La porte est ici" in phone.get("/livreur").text
    (known,) = day.doorsteps()
    door = north(known, 70)
    assert send(phone, message(day, item, door)) == [{"fact_id": "tap-1", "status": "ok"}]

    day.ask({"address": day.address.upper()})
    assert min(crow_m(place, door) for place in day.doorsteps()) < 1

    planner = day.come_in(PageKind.PLANNER)
    page = html.unescape(planner.get("/planification").text)
    section = page[page.index('id="door-pins"') :]
    assert day.address in section and "en vigueur" in section
    assert re.search(r"la porte est à 70.m", section)
    assert "Correction annulée" in decide(planner, "undo")

    before = len(day.doorsteps())
    day.ask({"address": day.address})
    after = day.doorsteps()
    assert len(after) == before + 1
    assert sum(crow_m(place, known) < 1 for place in after) == 2
    assert sum(crow_m(place, door) < 1 for place in after) == 1


def test_a_door_far_away_is_moved_only_on_the_planner_s_word(day: Day) -> None:
    phone, item = on_the_road(day)
    (known,) = day.doorsteps()
    door = north(known, 340)
    (result,) = send(phone, message(day, item, door))
    assert result["status"] == "ok"
    assert "le planificateur confirmera" in result["message"]
    day.ask({"address": day.address})
    assert all(crow_m(place, known) < 1 for place in day.doorsteps())

    planner = day.come_in(PageKind.PLANNER)
    assert "à confirmer" in html.unescape(planner.get("/planification").text)
    assert "Porte confirmée" in decide(planner, "keep")
    day.ask({"address": day.address})
    assert any(crow_m(place, door) < 1 for place in day.doorsteps())


def test_a_vague_or_broken_tap_is_refused_in_the_courier_s_words(day: Day) -> None:
    phone, item = on_the_road(day)
    place = item.place
    vague = {"lat": place.lat_deg, "lon": place.lon_deg, "accuracy_m": 80.0}
    nowhere = {"lat": place.lat_deg, "lon": place.lon_deg}
    results = send(
        phone,
        message(day, item, place, position=vague),
        message(day, item, place, fact_id="tap-2", position=nowhere),
        message(day, item, place, fact_id="tap-3", stop_id=item.stop.stop_id[:-1] + "0"),
        message(day, item, place, fact_id="tap-4"),
    )
    assert [r["status"] for r in results] == ["refused", "refused", "refused", "ok"]
    assert "trop imprécise" in results[0]["message"]
    assert "Seule la porte d’un client" in results[2]["message"]


def test_a_planner_s_word_needs_its_token_and_a_planner(day: Day) -> None:
    phone, item = on_the_road(day)
    send(phone, message(day, item, north(item.place, 60)))
    form = {"pin_id": "tap-1", "act": "undo"}
    planner = day.come_in(PageKind.PLANNER)
    assert planner.post("/planification/portes", data=form).status_code == 400
    token = token_of(phone.get("/livreur").text)
    answer = phone.post("/planification/portes", data={**form, "csrf_token": token})
    assert answer.status_code == 403
    assert "en vigueur" in html.unescape(planner.get("/planification").text)
    assert "n’existe plus" in decide(planner, "undo", "tap-9")


def test_nothing_of_it_is_logged(day: Day, capsys: pytest.CaptureFixture[str]) -> None:
    phone, item = on_the_road(day)
    door = north(item.place, 60)
    capsys.readouterr()
    send(phone, message(day, item, door))
    decide(day.come_in(PageKind.PLANNER), "undo")
    told = "".join(capsys.readouterr())
    assert not any(word in told for word in (day.address, "Camille", str(door.lat_deg)))
