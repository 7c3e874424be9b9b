"""A courier without signal taps "the door is here"; the planner reads it and undoes it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Town, open_page
from tests.browser.test_one_order import MERCHANT, without_barriers
from tests.installation import wait_for

pytestmark = pytest.mark.browser

A_DOOR = {"lat": 44.507, "lon": 0.1644}  # some 250 m from that shop
ADDRESS = "1 Allée des Essais, 47200 Marmande"
#: 0.0005° north: 56 m.
BEHIND_THE_HOUSE = {"latitude": 44.5075, "longitude": 0.1644, "accuracy": 6}


def order(town: Town) -> None:
    door = {"location": A_DOOR, "address": ADDRESS}
    lines = [{"merchant_id": MERCHANT, "weight_g": 1200}]
    quote = town.api("POST", "/v1/quotes", json={"merchants": lines, "deliver_to": door})
    options = quote["options"]
    assert isinstance(options, list)
    express = next(o for o in options if o["mode"] == "express" and o["offered"])
    customer = {"name": "Camille Essai", "phone": "+33639980042"}
    body = {"quote_id": quote["id"], "option_id": express["id"], "customer": customer}
    town.api("POST", "/v1/bookings", json=body)


def at_the_door(town: Town, browser: Browser) -> Page:
    """The phone of the courier who has the order, its parcel fetched."""
    planner = open_page(browser, town.link("planner"))
    planner.get_by_role("button", name="Lancer une vague maintenant").click()
    expect(planner.locator(".flashes")).to_be_visible()
    riders = [
        open_page(browser, link["url"], phone=True)
        for link in town.links
        if link["kind"] == "courier"
    ]
    # On a busy machine the page answers before the wave is out; the phones are told then.
    found: list[Page] = wait_for(
        lambda: [page for page in riders if page.locator("article.stop.next").count()],
        "a courier with the order",
    )
    (phone,) = found
    card = phone.locator("article.stop.next")
    expect(card.get_by_role("button", name="La porte est ici")).to_have_count(0)
    card.get_by_role("button", name="Colis récupéré").click()
    expect(card).to_contain_text("Livraison", timeout=30_000)
    return phone


def look(page: Page, name: str) -> None:
    """Save a picture where DISPATCH_PICTURES says, for a person to look at."""
    if folder := os.environ.get("DISPATCH_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_door_is_put_right_without_signal_and_undone(town: Town, browser: Browser) -> None:
    order(town)
    phone = at_the_door(town, browser)
    tap = phone.locator("article.stop.next").get_by_role("button", name="La porte est ici")
    expect(tap).to_be_visible()
    without_barriers(phone)

    # The phone may not tell its position, then does not know it well, then does.
    tap.click()
    expect(phone.locator("#news")).to_contain_text("ne donne pas sa position", timeout=30_000)
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({**BEHIND_THE_HOUSE, "accuracy": 90})  # type: ignore[arg-type]
    tap.click()
    expect(phone.locator("#news")).to_contain_text("trop imprécise")
    expect(phone.locator("#queue")).to_be_hidden()

    phone.context.set_geolocation(BEHIND_THE_HOUSE)  # type: ignore[arg-type]
    phone.context.set_offline(True)
    tap.click()
    expect(phone.locator("#news")).to_contain_text("Porte notée")
    expect(phone.locator("#queue")).to_contain_text("1 message en attente")
    # A door is no end of the stop: its buttons stay.
    expect(phone.get_by_role("button", name="Colis remis")).to_be_visible()
    look(phone, "courier")
    phone.context.set_offline(False)
    phone.evaluate("window.dispatchEvent(new Event('online'))")
    expect(phone.locator("#queue")).to_be_hidden(timeout=30_000)

    planner = open_page(browser, town.link("planner"))
    pins = planner.locator("#door-pins")
    expect(pins).to_contain_text(ADDRESS)
    expect(pins).to_contain_text("56 m")
    expect(pins).to_contain_text("en vigueur")
    without_barriers(planner)
    look(planner, "planner")
    pins.get_by_role("button", name="Annuler la correction").click()
    expect(planner.locator(".flashes")).to_contain_text("Correction annulée")
    expect(planner.locator("#door-pins")).to_contain_text("annulée")
