"""A courier robot against a phone page of one stop, written by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from dispatch.core.civil import local_text, parse_instant
from dispatch.core.places import Place
from dispatch.demo.agenda import Agenda
from dispatch.demo.diary import Diary
from dispatch.demo.pages import Browser
from dispatch.demo.riders import Rider
from dispatch.demo.world import Road, Way
from tests.demo.play import JumpingClock, no_wait

DOOR = Place(44.5, 0.16)
NOON = parse_instant("2026-11-24T12:00+01:00")


def a_stop(kind: str, eta_at: datetime, opens_at: datetime = NOON) -> dict[str, Any]:
    window = {"start": local_text(opens_at), "end": local_text(NOON + timedelta(hours=6))}
    return {
        "stop_id": "qte_1:0",
        "place": {"lat": DOOR.lat_deg, "lon": DOOR.lon_deg},
        "kind": kind,
        "state": "open",
        "order_ref": "ABCDE",
        "prepared": True,
        "promised": window if kind == "drop" else None,
        "windows": [window],
        "eta_at": local_text(eta_at),
        "service_s": 240,
    }


class Phone(httpx.BaseTransport):
    """The courier's page with one stop; remembers what it is told."""

    def __init__(self, stop: dict[str, Any]) -> None:
        self.stop = stop
        self.told: list[dict[str, Any]] = []
        self.refuse_next = False
        self.answers_lost = 0
        self.put_off = False
        self._looks = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/l/"):
            return httpx.Response(302, headers={"location": "/livreur"})
        if request.url.path == "/livreur":
            return httpx.Response(200, html='<meta name="csrf-token" content="abc">')
        if request.url.path == "/livreur/etat.json":
            if self.put_off:
                # Looked at every five minutes: at 12:20 for the fifth time.
                self._looks += 1
                if self._looks > 5:
                    late = NOON + timedelta(minutes=5 * self._looks)
                    self.stop["eta_at"] = local_text(late)
            return httpx.Response(200, json={"tours": [{"tour_id": "t_1", "stops": [self.stop]}]})
        assert request.headers["X-CSRFToken"] == "abc"
        (fact,) = json.loads(request.read())["facts"]
        if self.refuse_next:
            self.refuse_next = False
            return httpx.Response(
                200, json={"results": [{"status": "refused", "code": "conflict"}]}
            )
        self.told.append(fact)
        self.stop["state"] = fact["kind"]
        if self.answers_lost:
            self.answers_lost -= 1
            raise httpx.ReadError("the answer was lost", request=request)
        return httpx.Response(200, json={"results": [{"status": "ok"}]})

    def at(self, n: int) -> datetime:
        return parse_instant(self.told[n]["at_device"])


class Set(Road):
    """A road on which every ride is forecast at ten minutes and takes *late_s* longer."""

    def __init__(self, late_s: float = 0.0) -> None:
        self._late_s = late_s

    def way_to(self, end: Place) -> Way:
        return Way(600.0, 600.0 + self._late_s)

    def arrive(self, at: Place) -> None:
        assert at == DOOR

    def stay_s(self, stop: Mapping[str, Any]) -> float:
        return 200.0


def ride(phone: Phone, *, hours: float = 2, late_s: float = 0.0, away: bool = False) -> Diary:
    """Let a courier follow *phone* for some hours from noon."""
    clock = JumpingClock(local_text(NOON))

    def wait(seconds: float) -> bool:
        clock.advance(seconds=seconds * clock.pace)
        return False

    agenda, diary = Agenda(clock, wait), Diary()
    with httpx.Client(transport=phone, base_url="http://town.test") as http:
        rider = Rider(
            "Léa",
            Browser(http, "/l/token", no_wait),
            agenda,
            diary,
            Set(late_s),
            away=lambda quote_id: away and quote_id == "qte_1",
            look_every=timedelta(minutes=5),
        )
        agenda.add(NOON, rider.look, errand=False)
        agenda.live(lambda: clock.now() > NOON + timedelta(hours=hours))
    return diary


@pytest.mark.parametrize("late_s", [-90.0, 0.0, 240.0])
def test_rides_and_stays_take_what_the_simulated_town_says(late_s: float) -> None:
    phone = Phone(a_stop("drop", NOON + timedelta(minutes=30)))
    ride(phone, late_s=late_s)
    assert [fact["kind"] for fact in phone.told] == ["arrived", "done"]
    assert phone.at(0) == NOON + timedelta(minutes=30, seconds=late_s)
    assert phone.at(1) - phone.at(0) == timedelta(seconds=200)


def test_no_new_plan_makes_a_ride_longer_that_has_begun() -> None:
    """Off at 12:20; each look finds the arrival put off to five minutes from now."""
    phone = Phone(a_stop("drop", NOON + timedelta(minutes=30)))
    phone.put_off = True
    ride(phone, late_s=120.0)
    assert phone.at(0) == NOON + timedelta(minutes=32)


def test_nobody_rings_before_the_window_opens() -> None:
    opens_at = NOON + timedelta(minutes=45)
    phone = Phone(a_stop("drop", NOON + timedelta(minutes=30), opens_at))
    ride(phone)
    assert phone.at(0) == opens_at


def test_a_parcel_that_is_not_ready_is_waited_for_but_not_for_ever() -> None:
    phone = Phone(a_stop("pickup", NOON + timedelta(minutes=10)) | {"prepared": False})
    ride(phone)
    assert [fact["kind"] for fact in phone.told] == ["arrived", "done"]
    assert timedelta(minutes=30) < phone.at(1) - phone.at(0) < timedelta(minutes=40)


def test_a_ring_in_vain_is_a_failure_with_its_reason() -> None:
    phone = Phone(a_stop("drop", NOON + timedelta(minutes=10)))
    diary = ride(phone, away=True)
    assert [fact["kind"] for fact in phone.told] == ["arrived", "failed"]
    assert phone.told[1]["reason"] == "not_at_home"
    assert "Léa rings in vain, order ABCDE goes back" in diary.last[-1].text


def test_a_refused_fact_is_noted_and_told_anew_under_another_id() -> None:
    phone = Phone(a_stop("drop", NOON + timedelta(minutes=10)))
    phone.refuse_next = True
    diary = ride(phone)
    assert [fact["fact_id"] for fact in phone.told] == ["qte_1:0/arrived/2", "qte_1:0/done/2"]
    assert "Léa is told conflict" in diary.last[0].text


def test_a_fact_whose_answer_stays_lost_is_told_again_under_the_same_id() -> None:
    phone = Phone(a_stop("drop", NOON + timedelta(minutes=10)))
    phone.answers_lost = 6  # more than one round of tries
    ride(phone)
    assert len(phone.told) == 8
    assert {fact["fact_id"] for fact in phone.told} == {"qte_1:0/arrived/1", "qte_1:0/done/1"}


def test_an_idle_courier_tells_nothing() -> None:
    phone = Phone(a_stop("drop", NOON) | {"state": "done"})
    ride(phone)
    assert phone.told == []
