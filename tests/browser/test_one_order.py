"""One order as the storefront, planner, merchant, courier and customer each see it."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Town, open_page

pytestmark = pytest.mark.browser

MERCHANT = "m_maison_lisiere"
A_DOOR = {"lat": 44.507, "lon": 0.1644}  # some 250 m from that shop


def order(town: Town, ref: str, name: str) -> dict[str, object]:
    """Quote and book one express parcel; return the booking."""
    quote = town.api(
        "POST",
        "/v1/quotes",
        json={
            "merchants": [{"merchant_id": MERCHANT, "items_value": 3490, "weight_g": 1200}],
            "deliver_to": {"location": A_DOOR, "note": "2e étage, porte bleue"},
        },
    )
    options = quote["options"]
    assert isinstance(options, list)
    express = next(o for o in options if o["mode"] == "express" and o["offered"])
    return town.api(
        "POST",
        "/v1/bookings",
        json={
            "quote_id": quote["id"],
            "option_id": express["id"],
            "external_ref": ref,
            "customer": {"name": name, "phone": "+33639980042"},
        },
    )


def without_barriers(page: Page) -> None:
    """No accessibility rule that axe knows is broken."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_an_order_goes_from_the_storefront_to_the_door(town: Town, browser: Browser) -> None:
    booking = order(town, "CMD-1", "Camille Essai")

    # The customer knows the promise before any tour exists.
    customer = open_page(browser, str(booking["tracking_url"]), phone=True)
    expect(customer.get_by_role("heading", level=1)).to_be_visible()
    before = customer.locator("main").inner_text()
    without_barriers(customer)

    # The merchant packs it.
    shop = open_page(browser, town.link("merchant", MERCHANT), phone=True)
    shop.get_by_role("button", name="Prêt").first.click()
    shop.wait_for_selector("html[data-ready=true]")
    without_barriers(shop)

    # The planner closes a wave by hand.
    planner = open_page(browser, town.link("planner"))
    planner.get_by_role("button", name="Lancer une vague maintenant").click()
    expect(planner.locator(".flashes")).to_be_visible()
    without_barriers(planner)

    # One of the couriers has it on the phone: two taps.
    riders = [
        open_page(browser, link["url"], phone=True)
        for link in town.links
        if link["kind"] == "courier"
    ]
    busy = [page for page in riders if page.locator("article.stop.next").count()]
    (courier,) = busy
    without_barriers(courier)
    card = courier.locator("article.stop.next")
    expect(card).to_contain_text("Retrait")
    card.get_by_role("button", name="Colis récupéré").click()
    expect(card).to_contain_text("Livraison", timeout=30_000)
    expect(card).to_contain_text("2e étage, porte bleue")

    # Now the customer sees the courier coming.
    customer.reload()
    customer.wait_for_selector("html[data-ready=true]")
    assert customer.locator("main").inner_text() != before
    card.get_by_role("button", name="Colis remis").click()
    expect(courier.get_by_text("Tous vos arrêts sont faits")).to_be_visible(timeout=30_000)
    expect(courier.locator("#tour-map")).to_be_hidden()
    customer.reload()
    expect(customer.locator("main")).to_contain_text("Livré")
    shipment = booking["shipments"][0]  # type: ignore[index]
    assert town.api("GET", f"/v1/shipments/{shipment['id']}")["state"] == "delivered"


def test_a_courier_without_signal_loses_nothing(town: Town, browser: Browser) -> None:
    """Collected in a cellar, told when the signal is back."""
    booking = order(town, "CMD-2", "Dominique Essai")
    planner = open_page(browser, town.link("planner"))
    planner.get_by_role("button", name="Lancer une vague maintenant").click()
    expect(planner.locator(".flashes")).to_be_visible()
    riders = [
        open_page(browser, link["url"], phone=True)
        for link in town.links
        if link["kind"] == "courier"
    ]
    (courier,) = [page for page in riders if page.locator("article.stop.next").count()]
    courier.context.set_offline(True)
    courier.locator("article.stop.next").get_by_role("button", name="Colis récupéré").click()
    expect(courier.locator("#queue")).to_be_visible()
    shipment = booking["shipments"][0]["id"]  # type: ignore[index]
    state = town.api("GET", f"/v1/shipments/{shipment}")["state"]
    assert state in ("assigned", "to_pickup")
    courier.context.set_offline(False)
    courier.evaluate("window.dispatchEvent(new Event('online'))")
    expect(courier.locator("article.stop.next")).to_contain_text("Livraison", timeout=30_000)
    expect(courier.locator("#queue")).to_be_hidden()
    assert town.api("GET", f"/v1/shipments/{shipment}")["state"] in ("picked_up", "to_dropoff")


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_open_pages_have_no_barrier_and_need_no_internet(
    town: Town, browser: Browser, path: str
) -> None:
    page = browser.new_page()
    strangers: list[str] = []
    page.on("request", lambda r: None if r.url.startswith(town.url) else strangers.append(r.url))
    # What the page's own policy forbids it, Chromium says here.
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{town.url}{path}")
    page.wait_for_load_state("networkidle")
    assert complaints == []
    assert not [url for url in strangers if url.startswith("http")]
    if path == "/":
        without_barriers(page)
    else:
        expect(page.locator(".opblock").first).to_be_visible()


def test_every_part_of_the_planners_day_is_within_reach_on_a_phone(
    town: Town, browser: Browser
) -> None:
    page = open_page(browser, town.link("planner"), phone=True)
    links = page.locator("nav.sections a")
    assert links.count() == 14
    for link in links.all():
        box = link.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390


def test_the_pages_speak_english_when_asked(town: Town, browser: Browser) -> None:
    page = open_page(browser, f"{town.url}/?lang=en")
    assert page.locator("html").get_attribute("lang") == "en"
    page.goto(f"{town.url}/")
    assert page.locator("html").get_attribute("lang") == "en"
