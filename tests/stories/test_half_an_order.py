"""One of two shops has nothing to give: the rest is brought, and what is missing has an owner."""

from __future__ import annotations

import re

import pytest

from dispatch.core.civil import local_day
from dispatch.operations.access import PageKind
from dispatch.operations.tick import tick
from dispatch.operations.timetable import waves_on
from dispatch.orders.shipments import Shipment, State
from tests.fakes.house import clock_of
from tests.stories.town import Town, text_of
from tests.web.site import token_of


@pytest.fixture
def town() -> Town:
    """An order from two shops; the first gave its parcel, the second is not ready."""
    town = Town(shops=2)
    clock_of(town.ports).advance(minutes=1)
    for kind, reason in (("done", None), ("failed", "not_ready")):
        tell(town, kind, reason)
        clock_of(town.ports).advance(minutes=5)
    return town


def tell(town: Town, kind: str, reason: str | None = None) -> None:
    phone = town.come_in(PageKind.COURIER, town.rider)
    town.report(phone, town.stops(town.rider)[0], kind, reason)


def parcels(town: Town) -> list[Shipment]:
    with town.ports.store.reading() as tx:
        return list(tx.shipments_of(town.booking_id))


def states(town: Town) -> set[State]:
    return {shipment.state for shipment in parcels(town)}


def decide(town: Town, act: str) -> str:
    page = town.planner.get("/planification").text
    found = re.search(r'name="quote_id" value="([^"]+)"', page)
    data = {
        "csrf_token": token_of(page),
        "quote_id": found[1] if found else "qte_none",
        "act": act,
    }
    answer = town.planner.post("/planification/sans-tournee", data=data, follow_redirects=True)
    return text_of(answer.text) if answer.status_code == 200 else str(answer.status_code)


def next_wave(town: Town) -> None:
    now = town.ports.clock.now()
    with town.ports.store.reading() as tx:
        wave = next(w for w in waves_on(tx, local_day(now), town.ports) if w.cut_off_at > now)
    clock_of(town.ports).move_to(wave.cut_off_at)
    tick(town.ports)


def test_what_was_fetched_is_brought_and_the_planner_reads_what_is_missing(town: Town) -> None:
    (door,) = town.stops(town.rider)
    assert len(door.stop.shipment_ids) == 1
    page = text_of(town.planner.get("/planification").text)
    assert "Le reste de la commande est apporté sans attendre." in page
    assert "ce qui manque est de nouveau cherché à partir de 10 h 36" in page
    tell(town, "done")
    assert states(town) == {State.DELIVERED, State.PICKUP_FAILED}


def test_fetched_again_it_goes_out_with_the_next_wave_once_the_rest_is_there(town: Town) -> None:
    assert "sera retentée à la prochaine vague" in decide(town, "again")
    tell(town, "done")
    next_wave(town)
    courier = town.busy()
    assert [item.kind for item in town.stops(courier)] == ["pickup", "drop"]


def test_without_it_the_missing_parcel_alone_is_cancelled(town: Town) -> None:
    said = decide(town, "without")
    assert "est annulé ; le site marchand est prévenu." in said
    assert "Toutes les commandes sont dans une tournée." in said
    tell(town, "done")
    assert states(town) == {State.DELIVERED, State.CANCELLED}
    assert "Commande sans tournée décidée" in text_of(
        town.planner.get("/planification/journal").text
    )


def test_after_half_an_hour_without_a_word_it_is_fetched_again(town: Town) -> None:
    tell(town, "done")
    next_wave(town)
    assert "à décider par vous" in text_of(town.planner.get("/planification").text)
    next_wave(town)
    assert states(town) <= {State.DELIVERED, State.ASSIGNED, State.TO_PICKUP}


def test_a_word_that_comes_too_late_or_makes_no_sense_changes_nothing(town: Town) -> None:
    decide(town, "again")
    assert "rien n’a été modifié" in decide(town, "without")
    assert decide(town, "bored") == "422"
    assert State.PICKUP_FAILED in states(town)
