"""The planner's two maps of streets: how far they can be trusted, and what is reached in time."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Town, open_page
from tests.browser.test_one_order import without_barriers

pytestmark = pytest.mark.browser


def look(page: Page, name: str) -> None:
    """Save a picture where DISPATCH_PICTURES says, for a person to look at."""
    if folder := os.environ.get("DISPATCH_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_twenty_minutes_by_cargo_bike_are_drawn_in_bands(town: Town, browser: Browser) -> None:
    page = open_page(browser, town.link("planner"))
    page.get_by_role("link", name="Portée").click()
    page.wait_for_selector("html[data-ready=true]")
    without_barriers(page)

    page.get_by_label("Depuis une boutique").select_option("m_maison_lisiere")
    page.get_by_label("Véhicule").select_option("cargo_bike")
    page.get_by_role("button", name="Voir la portée").click()
    page.wait_for_selector("html[data-ready=true]")
    expect(page.locator("#reach-map path.band")).to_have_count(4)
    expect(page.get_by_role("table")).to_contain_text("Marmande")
    without_barriers(page)
    look(page, "reach")

    # A band is hidden and shown with the keyboard alone.
    page.get_by_role("checkbox", name="de 15 à 20 min").press("Space")
    expect(page.locator("#reach-map path.band")).to_have_count(3)

    page.get_by_label("Minutes").fill("90")
    page.locator("form.ask").evaluate("form => { form.noValidate = true }")
    page.get_by_role("button", name="Voir la portée").click()
    expect(page.get_by_role("alert")).to_contain_text("de 1 à 60")
    without_barriers(page)


def test_streets_are_judged_on_a_map_and_in_tables(town: Town, browser: Browser) -> None:
    page = open_page(browser, town.link("planner"))
    page.get_by_role("link", name="Rues", exact=True).click()
    page.wait_for_selector("html[data-ready=true]")
    expect(page.get_by_role("heading", level=1)).to_have_text("État des rues")
    shown = page.locator("#health-map .pin")
    rows = page.locator("tbody th").filter(has_text=re.compile(r"^[CFUP]\d+$"))
    expect(shown).not_to_have_count(0)
    expect(rows).to_have_count(shown.count())
    without_barriers(page)
    look(page, "health")

    bridges = page.locator('#health-map .pin[title^="P"]').count()
    before = shown.count()
    page.get_by_role("checkbox", name="ponts").press("Space")
    expect(shown).to_have_count(before - bridges)
