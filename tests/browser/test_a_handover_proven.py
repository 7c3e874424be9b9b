"""A handover in a dead zone: PIN, name, photo and signature wait on the phone, and then arrive."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Town, open_page
from tests.browser.test_a_door_put_right import at_the_door, look
from tests.browser.test_one_order import order, without_barriers

pytestmark = pytest.mark.browser

SETTINGS = """
[proof]
asked = ["name", "signature"]
required = ["pin", "photo"]
"""
#: What a camera gives: far too many pixels, none like its neighbour.
CAMERA = """() => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2000, 1500];
  const pen = canvas.getContext("2d");
  for (let x = 0; x < 2000; x += 8)
    for (let y = 0; y < 1500; y += 8) {
      pen.fillStyle = `hsl(${(x * y) % 360} 80% ${30 + ((x ^ y) % 50)}%)`;
      pen.fillRect(x, y, 8, 8);
    }
  return canvas.toDataURL("image/jpeg", 0.95).split(",")[1];
}"""


def photo(page: Page, folder: Path) -> Path:
    """A picture of some 1.5 MB, as a phone's camera makes them."""
    file = folder / "camera.jpg"
    file.write_bytes(base64.b64decode(page.evaluate(CAMERA)))
    assert file.stat().st_size > 500_000
    return file


def sign(page: Page) -> None:
    box = page.locator("article.stop.next [data-signature] canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    for n in range(1, 10):
        page.mouse.move(box["x"] + 20 + 15 * n, box["y"] + 20 + (n % 3) * 15)
    page.mouse.up()


def test_what_proves_a_handover_waits_for_the_network_and_none_of_it_is_lost(
    town: Town, browser: Browser, tmp_path: Path
) -> None:
    booking = order(town, "CMD-9", "Camille Essai")
    customer = open_page(browser, str(booking["tracking_url"]), phone=True)
    pin = customer.locator(".counter .code.huge").inner_text()
    phone = at_the_door(town, browser)
    card = phone.locator("article.stop.next")
    without_barriers(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    look(phone, "proofs-asked")

    # A wrong PIN is told while the customer is there, and nothing is handed over.
    camera = photo(phone, tmp_path)
    card.get_by_label("Remis à").fill("M. Durand")
    card.locator("[data-photo] input").set_input_files(camera)
    card.get_by_label("Code du client").fill(f"{(int(pin) + 1) % 10_000:04d}")
    card.get_by_role("button", name="Colis remis").click()
    expect(phone.locator("#news")).to_contain_text("Ce n’est pas le code du client")
    expect(card).to_contain_text("Livraison")

    # The right one, and no signal: everything waits here.
    phone.context.set_offline(True)
    sign(phone)
    card.get_by_label("Code du client").fill(pin)
    card.get_by_role("button", name="Colis remis").click()
    expect(phone.locator("#queue")).to_be_visible(timeout=30_000)
    shipment = booking["shipments"][0]["id"]  # type: ignore[index]
    assert town.api("GET", f"/v1/shipments/{shipment}")["state"] != "delivered"

    phone.context.set_offline(False)
    phone.evaluate("window.dispatchEvent(new Event('online'))")
    expect(phone.get_by_text("Tous vos arrêts sont faits")).to_be_visible(timeout=30_000)
    expect(phone.locator("#queue")).to_be_hidden(timeout=30_000)
    assert town.api("GET", f"/v1/shipments/{shipment}")["state"] == "delivered"

    planner = open_page(browser, town.link("planner"))
    expect(planner.locator("#questions")).not_to_contain_text("preuve")
    planner.get_by_role("link", name="Preuves", exact=True).click()
    article = planner.locator("article.handover")
    expect(article).to_contain_text("M. Durand")
    expect(article).to_contain_text("code du client")
    expect(article.locator("img")).to_have_count(2)
    for picture in article.locator("img").all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
    widths = article.locator("img").evaluate_all("all => all.map((one) => one.naturalWidth)")
    assert sorted(widths) == [600, 1280]
    without_barriers(planner)
    look(planner, "proofs-seen")
    sizes = [path.stat().st_size for path in (town.data_dir / "proofs").rglob("*.*")]
    assert len(sizes) == 2 and max(sizes) <= 240_000
    customer.reload()
    expect(customer.locator("main")).to_contain_text("à M. Durand")


def test_a_courier_is_never_kept_at_a_door_for_a_proof(town: Town, browser: Browser) -> None:
    booking = order(town, "CMD-10", "Dominique Essai")
    phone = at_the_door(town, browser)
    card = phone.locator("article.stop.next")
    card.get_by_role("button", name="Remis, mais sans la preuve demandée").click()
    expect(phone.get_by_text("Tous vos arrêts sont faits")).to_be_visible(timeout=30_000)
    shipment = booking["shipments"][0]["id"]  # type: ignore[index]
    assert town.api("GET", f"/v1/shipments/{shipment}")["state"] == "delivered"
    planner = open_page(browser, town.link("planner"))
    expect(planner.locator("#questions")).to_contain_text("il manque la preuve demandée")
    without_barriers(planner)
