"""The jobs process stays dead on a rolling day, through HTTP: what is said to whom, and the end.

A neighbour's order waits for its hour, and nobody is there to let it go.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dispatch.core.civil import local_day
from dispatch.operations.access import PageKind
from dispatch.operations.dispatch_rules import DispatchRules
from dispatch.operations.tick import tick
from dispatch.tracking.tours import Stop
from tests.fakes.house import clock_of, house, near
from tests.fakes.road import drive, live
from tests.stories.town import Installation, text_of
from tests.web.site import token_of

NOBODY = "Personne ne remet les tournées"


class Abandoned(Installation):
    """One order waits for its hour; from then on no clock ticks but ours."""

    def __init__(self) -> None:
        ports = house()
        rules = DispatchRules(policy="rolling")
        super().__init__(replace(ports, parameters=replace(ports.parameters, dispatching=rules)))
        self.app.config["WAVE_PATIENCE_S"] = 0
        self.book(self.quote())
        live(self.ports, minutes=2)
        (self.hour,) = {stop.release_at for stop in self.booked_stops()}
        assert self.hour is not None
        self.planner = self.come_in(PageKind.PLANNER)

    def quote(self) -> dict[str, Any]:
        place = near(self.ports.territory.merchant(self.shop_id).place, north=0.015)
        return self.ask({"location": {"lat": place.lat_deg, "lon": place.lon_deg}})

    def booked_stops(self) -> list[Stop]:
        with self.ports.store.reading() as tx:
            tours = tx.tours(local_day(self.ports.clock.now()))
        return [stop for tour in tours for stop in tour.stops if stop.held_until is None]

    def minutes_after_its_hour(self, minutes: int) -> None:
        assert self.hour is not None
        clock_of(self.ports).move_to(self.hour + timedelta(minutes=minutes))

    def express(self) -> dict[str, Any]:
        return next(o for o in self.quote()["options"] if o["mode"] == "express")

    def desk(self) -> str:
        return text_of(self.planner.get("/planification").text)


@pytest.fixture
def town() -> Abandoned:
    return Abandoned()


def test_until_somebody_could_have_taken_over_nothing_is_said(town: Abandoned) -> None:
    town.minutes_after_its_hour(1)
    assert NOBODY not in town.desk()
    assert town.express()["offered"]


def test_then_the_planner_reads_it_and_no_more_express_is_sold(town: Abandoned) -> None:
    town.minutes_after_its_hour(5)
    assert f"{NOBODY} : 1 commande devait partir" in town.desk()
    english = town.planner.get("/planification?lang=en")
    assert "Nobody hands out tours: 1 order should have left" in text_of(english.text)
    (reason,) = town.express()["reasons"]
    assert reason["code"] == "express_paused"


def test_one_click_hands_the_tours_out_as_they_stand_and_the_promise_is_kept(
    town: Abandoned,
) -> None:
    town.minutes_after_its_hour(5)
    page = town.planner.get("/planification").text
    town.planner.post("/planification/vagues", data={"csrf_token": token_of(page)})
    assert all(stop.published_at == town.ports.clock.now() for stop in town.booked_stops())
    assert NOBODY not in town.desk()
    assert town.express()["offered"]
    until_it_is_there(town)


def test_who_is_back_lets_go_at_once_and_the_promise_is_kept(town: Abandoned) -> None:
    town.minutes_after_its_hour(15)
    tick(town.ports)
    assert all(stop.published_at == town.ports.clock.now() for stop in town.booked_stops())
    assert town.express()["offered"]
    until_it_is_there(town)


def until_it_is_there(town: Abandoned) -> None:
    """The courier drives; nobody else does anything."""
    for _ in range(90):
        clock_of(town.ports).advance(minutes=1)
        drive(town.ports)
    (drop,) = (stop for stop in town.booked_stops() if stop.due_at is not None)
    assert drop.ended_at is not None and drop.promised_until is not None
    assert drop.ended_at <= drop.promised_until
