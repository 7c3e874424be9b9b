"""A shop closes a day on its phone, with the keyboard alone, and reads what it still owes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Town, open_page
from tests.browser.test_one_order import MERCHANT, order, without_barriers

pytestmark = pytest.mark.browser

#: A finger's width, in CSS pixels.
_TOUCH_PX = 44


def fits_a_thumb(page: Page) -> None:
    """Nothing to press is lower than a finger is wide, and nothing runs off the screen."""
    heights = page.locator("a:visible, button:visible, input:visible, select:visible").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().height)"
    )
    assert min(heights) >= _TOUCH_PX
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_day_with_a_promise_is_closed_by_keyboard_after_a_second_look(
    town: Town, browser: Browser
) -> None:
    order(town, "CMD-3", "Camille Essai")
    today = date.fromisoformat(town.now()[:10])
    shop = open_page(browser, town.link("merchant", MERCHANT), phone=True)
    shop.get_by_role("link", name="Fermetures").press("Enter")
    shop.wait_for_selector("html[data-ready=true]")
    without_barriers(shop)
    fits_a_thumb(shop)

    shop.get_by_label("Premier jour").fill(today.isoformat())
    shop.get_by_label("Dernier jour").fill((today + timedelta(days=1)).isoformat())
    shop.get_by_label("Dernier jour").press("Enter")
    expect(shop.locator("form.sure")).to_contain_text("elles restent dues")
    shop.wait_for_selector("html[data-ready=true]")
    without_barriers(shop)
    fits_a_thumb(shop)
    shop.get_by_role("button", name="Fermer quand même").press("Enter")
    expect(shop.locator(".closing")).to_contain_text("reste dû")
    shop.wait_for_selector("html[data-ready=true]")
    without_barriers(shop)

    planner = open_page(browser, town.link("planner"))
    planner.get_by_role("link", name="Fermetures").click()
    planner.wait_for_selector("html[data-ready=true]")
    expect(planner.locator(".closing")).to_contain_text("Maison Lisière")
    without_barriers(planner)
    planner.get_by_role("button", name="Rouvrir").press("Enter")
    expect(planner.get_by_text("Aucune fermeture à venir")).to_be_visible()


def test_who_comes_in_fits_a_phone(town: Town, browser: Browser) -> None:
    planner = open_page(browser, town.link("planner"), phone=True)
    planner.get_by_role("link", name="Appareils").click()
    planner.wait_for_selector("html[data-ready=true]")
    without_barriers(planner)
    fits_a_thumb(planner)
    planner.get_by_role("button", name="Nouveau lien, Léa").press("Enter")
    code = planner.locator(".fresh-link svg")
    expect(code).to_be_in_viewport()
    box = code.bounding_box()
    assert box is not None and box["width"] <= 300
    without_barriers(planner)
