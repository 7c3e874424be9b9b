"""Two couriers say that they fetched one parcel, one of them late: the planner says who has it.

The first had no signal when a plan gave the order to the second; both stood in the shop.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from dispatch.core.civil import local_day, local_text
from dispatch.operations.access import PageKind
from dispatch.operations.standing import tours_of
from dispatch.tracking.tours import Stop
from tests.fakes.house import clock_of
from tests.stories.town import Town, text_of
from tests.web.site import token_of

ASKED = "Deux livreurs disent l’avoir pris au commerce. Qui l’a ?"


class Quarrel(Town):
    """The rider's order stands in another's tour; that one fetched it, then the rider did."""

    def __init__(self) -> None:
        super().__init__()
        day = local_day(self.ports.clock.now())
        with self.ports.store.writing() as tx:
            tours = tours_of(tx, day, self.ports)
            self.mine = next(t for t in tours if t.courier_id == self.rider and t.stops)
            free = next(t for t in tours if t.courier_id != self.rider and not t.stops)
            tx.put_tour(replace(self.mine, stops=()))
            tx.put_tour(replace(free, stops=self.mine.stops))
        self.shop, self.door = (stop.stop_id for stop in self.mine.stops)
        self.theirs, self.other = free.tour_id, free.courier_id
        self.phone = self.come_in(PageKind.COURIER, self.rider)
        self.other_phone = self.come_in(PageKind.COURIER, self.other)
        clock_of(self.ports).advance(minutes=10)
        self.tell(self.theirs, self.shop)
        clock_of(self.ports).advance(minutes=5)
        self.tell(self.mine.tour_id, self.shop)

    def tell(self, tour_id: str, stop_id: str) -> None:
        """One of the two says that a stop is done, now."""
        mine = tour_id == self.mine.tour_id
        fact: dict[str, Any] = {
            "fact_id": f"{tour_id}-{stop_id}",
            "tour_id": tour_id,
            "stop_id": stop_id,
            "kind": "done",
            "at_device": local_text(self.ports.clock.now()),
        }
        phone = self.phone if mine else self.other_phone
        token = token_of(phone.get("/livreur").text)
        phone.post("/livreur/faits", json={"facts": [fact]}, headers={"X-CSRFToken": token})

    def page(self) -> str:
        return text_of(self.planner.get("/planification").text)

    def answer(self, courier_id: str) -> str:
        page = self.planner.get("/planification").text
        found = re.search(r'name="fact_id" value="([^"]+)"', page)
        data = {
            "csrf_token": token_of(page),
            "fact_id": found[1] if found else "",
            "courier_id": courier_id,
        }
        said = self.planner.post("/planification/qui-a-le-colis", data=data, follow_redirects=True)
        return text_of(said.text)

    def open_stops_of(self, tour_id: str) -> list[str]:
        with self.ports.store.reading() as tx:
            stops: tuple[Stop, ...] = tx.tour(tour_id).stops
        return [stop.stop_id for stop in stops if not stop.over]


@pytest.fixture
def town() -> Quarrel:
    return Quarrel()


def test_the_planner_is_asked_who_has_it(town: Quarrel) -> None:
    assert ASKED in town.page()
    english = text_of(town.planner.get("/planification?lang=en").text)
    assert "Two couriers say that they took it from the shop. Who has it?" in english
    assert town.open_stops_of(town.theirs) == [town.door]


def test_who_told_last_has_it_and_the_other_reads_that_nothing_is_left(town: Quarrel) -> None:
    name = town.ports.territory.courier(town.rider).name
    assert f"{name} a le colis de" in town.answer(town.rider)
    assert ASKED not in town.page()
    assert town.open_stops_of(town.mine.tour_id) == [town.door]
    assert town.open_stops_of(town.theirs) == []
    assert "data-read" in town.other_phone.get("/livreur").text  # news until it is read
    town.tell(town.mine.tour_id, town.door)
    assert "Livré" in text_of(town.app.test_client().get(town.tracking).text)
    trail = text_of(town.planner.get("/planification/journal").text)
    assert "Colis attribué à un livreur" in trail


def test_who_has_it_as_things_stand_keeps_it_and_nobody_is_asked_again(town: Quarrel) -> None:
    name = town.ports.territory.courier(town.other).name
    assert f"{name} a le colis de" in town.answer(town.other)
    assert "À vérifier avec les livreurs" not in town.page()
    assert town.open_stops_of(town.theirs) == [town.door]


def test_a_handover_told_later_is_stronger_than_the_answer(town: Quarrel) -> None:
    town.answer(town.rider)
    town.tell(town.theirs, town.door)
    assert "Livré" in text_of(town.app.test_client().get(town.tracking).text)
    assert town.open_stops_of(town.mine.tour_id) == []


def test_nobody_else_can_be_said_to_have_it_and_twice_is_once(town: Quarrel) -> None:
    third = next(c for c in town.ports.territory.couriers if c not in (town.rider, town.other))
    assert "rien n’a été modifié" in town.answer(third)
    town.answer(town.rider)
    assert "rien n’a été modifié" in town.answer(town.rider)


def test_without_the_page_s_token_nothing_is_decided(town: Quarrel) -> None:
    data = {"fact_id": f"{town.mine.tour_id}-{town.shop}", "courier_id": town.rider}
    assert town.planner.post("/planification/qui-a-le-colis", data=data).status_code == 400
    assert ASKED in town.page()
