"""A shop is late: what its board, the courier, the planner and the customer see, through HTTP."""

from __future__ import annotations

import re

import pytest

from dispatch.operations.access import PageKind
from tests.fakes.house import clock_of
from tests.stories.town import Town, text_of
from tests.web.site import token_of


@pytest.fixture
def town() -> Town:
    return Town()


def late(town: Town, minutes: str) -> str:
    """Press "late" for the one parcel of the board; return what the page then says."""
    shop = town.come_in(PageKind.MERCHANT, town.shop_id)
    page = shop.get("/commerce").text
    found = re.search(r'action="(/commerce/envois/[^"/]+/retard)"', page)
    assert found is not None, "the board has no button for a late parcel"
    data = {"csrf_token": token_of(page), "minutes": minutes}
    answer = shop.post(found[1], data=data, follow_redirects=True)
    return text_of(answer.text) if answer.status_code == 200 else str(answer.status_code)


def eta_of(town: Town) -> str:
    """When the courier is to be at the next stop, as the phone's JSON says it."""
    phone = town.come_in(PageKind.COURIER, town.busy())
    stop = phone.get("/livreur/etat.json").get_json()["tours"][-1]["stops"][0]
    return str(stop["eta_at"])


def test_one_press_and_the_courier_comes_when_it_is_ready(town: Town) -> None:
    before = eta_of(town)
    name = town.ports.territory.courier(town.busy()).name
    said = late(town, "90")
    assert f"Prêt à 11 h 30 : {name} viendra à ce moment-là." in said
    assert eta_of(town) > before
    assert eta_of(town)[11:16] >= "11:30"


def test_the_planner_reads_it_in_the_trail_and_the_customer_in_the_forecast(town: Town) -> None:
    customer = town.app.test_client()
    before = text_of(customer.get(town.tracking).text)
    late(town, "90")
    assert text_of(customer.get(town.tracking).text) != before
    assert "Retard d’un commerce" in text_of(town.planner.get("/planification/journal").text)


def test_a_parcel_that_is_packed_cannot_be_late(town: Town) -> None:
    shop = town.come_in(PageKind.MERCHANT, town.shop_id)
    page = shop.get("/commerce").text
    act = re.search(r'action="(/commerce/envois/[^"/]+)"', page)
    assert act is not None
    shop.post(act[1], data={"csrf_token": token_of(page), "act": "ready"})
    assert "/retard" not in shop.get("/commerce").text
    answer = shop.post(
        f"{act[1]}/retard",
        data={"csrf_token": token_of(page), "minutes": "30"},
        follow_redirects=True,
    )
    assert "Aucun livreur ne doit plus venir" in text_of(answer.text)


def test_too_late_for_any_courier_the_planner_has_to_decide(town: Town) -> None:
    clock_of(town.ports).advance(minutes=9 * 60)
    assert "Le planificateur décide." in late(town, "90")
    assert "à décider par vous" in text_of(town.planner.get("/planification").text) or (
        "retentée" in text_of(town.planner.get("/planification").text)
    )


def test_minutes_that_no_button_offers_are_refused(town: Town) -> None:
    assert late(town, "7") == "422"
