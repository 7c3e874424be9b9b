"""A courier falls ill with parcels on board: what everybody sees, all of it through HTTP."""

from __future__ import annotations

import re

import pytest

from dispatch.core.civil import local_day, local_text
from dispatch.core.places import Place
from dispatch.operations.access import PageKind
from dispatch.operations.tick import tick
from dispatch.operations.transfer import is_transfer
from tests.fakes.house import clock_of, near
from tests.stories.town import Town, text_of
from tests.web.site import token_of


@pytest.fixture
def town() -> Town:
    town = Town()
    clock_of(town.ports).advance(minutes=1)
    phone = town.come_in(PageKind.COURIER, town.rider)
    town.report(phone, town.stops(town.rider)[0], "done")  # the parcel is in the bag
    clock_of(town.ports).advance(minutes=1)
    return town


def relay(town: Town, act: str, **typed: str) -> str:
    """Press a button for the courier at the planner's desk; return what the page then says."""
    data = {
        "csrf_token": token_of(town.planner.get("/planification").text),
        "courier_id": town.rider,
        "act": act,
        "cause": "ill",
    }
    answer = town.planner.post("/planification/livreurs", data=data | typed, follow_redirects=True)
    assert answer.status_code == 200
    return text_of(answer.text)


def last_shop(town: Town) -> Place:
    """Where the rider fetched what is in the bag."""
    with town.ports.store.reading() as tx:
        tours = tx.tours(local_day(clock_of(town.ports).now()))
    stops = (stop for tour in tours if tour.courier_id == town.rider for stop in tour.stops)
    return next(stop.place for stop in stops if stop.over)


def test_one_click_and_another_courier_fetches_the_parcel_where_it_is(town: Town) -> None:
    name = town.ports.territory.courier(town.rider).name
    assert f"Si {name} s’arrêtait maintenant" in relay(town, "rehearse")
    assert town.stops(town.rider)  # only a look
    said = relay(town, "relieve")
    assert f"{name} s’arrête." in said and "prend 1 commande." in said
    assert not town.stops(town.rider)
    page = text_of(town.come_in(PageKind.COURIER, town.busy()).get("/livreur").text)
    assert "Vous prenez des colis d’un autre livreur." in page
    assert f"Relais · prochain arrêt {name}" in page


def test_the_customer_still_has_a_courier_and_gets_the_parcel(town: Town) -> None:
    relay(town, "relieve")
    taker = town.busy()
    phone = town.come_in(PageKind.COURIER, taker)
    for _ in range(2):
        clock_of(town.ports).advance(minutes=5)
        tick(town.ports)
        assert "annul" not in text_of(town.app.test_client().get(town.tracking).text)
        town.report(phone, town.stops(taker)[0], "done")
    assert "Livré" in text_of(town.app.test_client().get(town.tracking).text)


def test_a_change_stays_on_both_phones_until_it_is_read(town: Town) -> None:
    relay(town, "relieve")
    taker = town.busy()
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
    assert "data-read" in town.come_in(PageKind.COURIER, town.rider).get("/livreur").text


def test_the_planner_sees_who_has_not_read_it_after_a_while(town: Town) -> None:
    relay(town, "relieve")
    assert "n’a pas lu" not in text_of(town.planner.get("/planification").text)
    clock_of(town.ports).advance(minutes=6)
    assert "n’a pas lu" in text_of(town.planner.get("/planification").text)


def test_who_comes_back_is_on_shift_again_and_the_trail_says_both(town: Town) -> None:
    relay(town, "relieve")
    assert "arrêté" in text_of(town.planner.get("/planification").text)
    assert "reprend son service" in relay(town, "back")
    trail = text_of(town.planner.get("/planification/journal").text)
    assert "Livreur relayé" in trail and "Livreur revenu" in trail


def test_nobody_who_is_not_there_takes_over_and_nothing_changes(town: Town) -> None:
    assert "ne peut pas prendre la suite" in relay(town, "relieve", to=town.rider)
    assert town.stops(town.rider)


def test_another_courier_cannot_read_it_in_the_others_place(town: Town) -> None:
    relay(town, "relieve")
    taker = town.busy()
    found = re.search(
        r'data-read="([^"/]+)/([^"]+)"',
        town.come_in(PageKind.COURIER, taker).get("/livreur").text,
    )
    assert found is not None
    stranger = town.come_in(PageKind.COURIER, town.rider)
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


def test_who_stops_between_two_stops_is_met_where_the_phone_was_last(town: Town) -> None:
    """What is told there is known already; where it is told from is not."""
    beside = near(last_shop(town), north=0.004)
    phone = town.come_in(PageKind.COURIER, town.rider)
    item = town.stops(town.rider)[0]
    clock_of(town.ports).advance(minutes=1)
    fact = {
        "fact_id": "beside-the-road",
        "tour_id": item.tour_id,
        "stop_id": item.stop.stop_id.replace(":1", ":0"),
        "kind": "done",
        "at_device": local_text(clock_of(town.ports).now()),
        "position": {"lat": beside.lat_deg, "lon": beside.lon_deg},
    }
    town.say(phone, fact)
    relay(town, "relieve")
    first = town.stops(town.busy())[0].stop
    assert is_transfer(first)
    assert first.place.is_at(beside)


def test_who_never_told_a_position_is_met_at_the_stop_last_heard_of(town: Town) -> None:
    shop = last_shop(town)
    clock_of(town.ports).advance(minutes=3)
    relay(town, "relieve")
    first = town.stops(town.busy())[0].stop
    assert is_transfer(first)
    assert first.place.is_at(shop)
