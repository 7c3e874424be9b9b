"""A parcel that cannot be handed over: back to its shop, or tried once more, all through HTTP."""

from __future__ import annotations

import re

import pytest

from dispatch.operations.access import PageKind
from dispatch.operations.collecting import look_at_counters
from dispatch.operations.notices import Channel
from dispatch.operations.notify import note_events
from dispatch.operations.send_notices import send_due
from tests.fakes.house import clock_of, house
from tests.fakes.outbox import Outbox, writing
from tests.fakes.spaces import plain
from tests.stories.town import Town, text_of
from tests.web.site import token_of


@pytest.fixture
def town() -> Town:
    """The parcel is in the bag, and its courier at the door."""
    town = Town()
    clock_of(town.ports).advance(minutes=1)
    tell(town, "done")
    clock_of(town.ports).advance(minutes=5)
    return town


def tell(town: Town, kind: str, reason: str | None = None) -> None:
    phone = town.come_in(PageKind.COURIER, town.rider)
    town.report(phone, town.stops(town.rider)[0], kind, reason)


def customer_reads(town: Town) -> str:
    return text_of(town.app.test_client().get(town.tracking).text)


def decide(town: Town, act: str) -> str:
    page = town.planner.get("/planification").text
    found = re.search(r'name="quote_id" value="([^"]+)"', page)
    data = {
        "csrf_token": token_of(page),
        "quote_id": found[1] if found else "qte_none",
        "act": act,
    }
    answer = town.planner.post("/planification/manquees", data=data, follow_redirects=True)
    return text_of(answer.text)


def test_who_was_not_at_home_finds_the_parcel_at_its_shop(town: Town) -> None:
    tell(town, "failed", "not_at_home")
    (back,) = town.stops(town.rider)
    assert back.kind == "return"
    shop = town.ports.territory.merchant(town.shop_id)
    assert (back.who, back.place) == (shop.name, shop.place)
    page = text_of(town.come_in(PageKind.COURIER, town.rider).get("/livreur").text)
    assert f"Retour · prochain arrêt {shop.name}" in page and "Colis rapporté" in page
    tell(town, "done")
    assert not town.stops(town.rider)
    assert "Votre commande vous attend" in customer_reads(town)


def test_the_shop_hands_it_over_against_the_code_that_the_customer_reads(town: Town) -> None:
    tell(town, "failed", "not_at_home")
    tell(town, "done")
    shop = town.come_in(PageKind.MERCHANT, town.shop_id)
    page = shop.get("/commerce").text
    press = re.search(r'action="(/commerce/envois/([^"/]+))"', page)
    assert press is not None, "the parcel that is kept has no button"
    with town.ports.store.reading() as tx:
        code = tx.shipment(press[2]).handover_code
    assert code in customer_reads(town)
    data = {"csrf_token": token_of(page), "act": "collected", "code": code}
    assert shop.post(press[1], data=data).status_code == 303
    assert "remis au client" in text_of(shop.get("/commerce").text)


def test_who_leaves_it_there_is_reminded_once_with_the_code() -> None:
    outbox = Outbox()
    ports = writing(house(), outbox)
    note_events(ports)
    town = Town(ports)
    for kind, reason in (("done", None), ("failed", "not_at_home"), ("done", None)):
        clock_of(ports).advance(minutes=5)
        tell(town, kind, reason)
    for days in (2, 1, 1, 9):
        clock_of(ports).advance(minutes=days * 24 * 60)
        look_at_counters(ports)
        note_events(ports)
        send_due(Channel.EMAIL, ports)

    (letter,) = (one for one in outbox.letters if "vous attend toujours" in one.subject)
    with ports.store.reading() as tx:
        (parcel,) = tx.shipments_of(tx.booking(town.booking_id).booking_id)
    assert f"Votre code au comptoir : {parcel.handover_code}" in plain(letter.text)
    assert "Remis au client" in text_of(
        town.come_in(PageKind.MERCHANT, town.shop_id).get("/commerce").text
    ), "it is kept for as long as it takes"


def test_what_was_refused_goes_back_for_good(town: Town) -> None:
    tell(town, "failed", "refused")
    assert "retourne au commerce" in customer_reads(town)
    tell(town, "done")
    assert "rendue au commerce" in customer_reads(town)
    assert "revenu chez vous" in text_of(
        town.come_in(PageKind.MERCHANT, town.shop_id).get("/commerce").text
    )


def test_the_planner_has_it_tried_again_and_it_is_delivered(town: Town) -> None:
    tell(town, "failed", "not_at_home")
    assert "sera retentée" in decide(town, "retry")
    (again,) = town.stops(town.rider)
    assert again.kind == "drop"
    tell(town, "done")
    assert "Livré" in customer_reads(town)
    assert "Livraison manquée décidée" in text_of(town.planner.get("/planification/journal").text)


def test_a_wrong_address_waits_on_board_for_the_planners_word(town: Town) -> None:
    tell(town, "failed", "wrong_address")
    assert not town.stops(town.rider)
    assert "reste à bord : décidez" in text_of(town.planner.get("/planification").text)
    assert "sera rendue au commerce" in decide(town, "give_back")
    (back,) = town.stops(town.rider)
    assert back.kind == "return"
    # The shop was told to expect it: that is not taken back.
    assert "rien n’a été modifié" in decide(town, "retry")


def test_a_door_that_opens_after_all_needs_no_way_back(town: Town) -> None:
    (door,) = town.stops(town.rider)
    tell(town, "failed", "refused")
    phone = town.come_in(PageKind.COURIER, town.rider)
    clock_of(town.ports).advance(minutes=1)
    town.report(phone, door, "done")
    assert not town.stops(town.rider)
    assert "Livré" in customer_reads(town)


def test_before_a_shut_shop_the_courier_says_so_and_nothing_is_lost(town: Town) -> None:
    tell(town, "failed", "not_at_home")
    tell(town, "failed", "merchant_closed")
    assert not town.stops(town.rider)
    assert "Nous n’avons pas pu vous livrer" in customer_reads(town)
    assert "reste à bord : décidez" in text_of(town.planner.get("/planification").text)
    decide(town, "hold")
    tell(town, "done")
    assert "Votre commande vous attend" in customer_reads(town)


def test_what_is_no_decision_is_refused(town: Town) -> None:
    data = {"csrf_token": token_of(town.planner.get("/planification").text), "act": "burn"}
    assert town.planner.post("/planification/manquees", data=data).status_code == 422
