from __future__ import annotations

import httpx
import pytest

from dispatch.demo.pages import Browser, Page
from dispatch.operations.access import PageKind, create_link
from tests.demo.play import demo_house, no_wait, whole_app

BOARD = """
<head><meta name="csrf-token" content="abc"></head>
<form action="/commerce/envois/shp_1"><input type="hidden" name="csrf_token" value="abc">
  <button name="act" value="ready">Prêt</button></form>
<input name="search" value="outside any form">
<form action="/elsewhere"><input name="shipment" value="shp_2">
  <button name="act" value="prepare"></button><button name="act" value="ready"></button></form>
"""


def test_a_button_is_found_by_what_its_form_is_about() -> None:
    page = Page(BOARD)
    first = page.button("act", "ready", about="shp_1")
    other = page.button("act", "ready", about="shp_2")
    assert first is not None and first.fields == {"csrf_token": "abc"}
    assert other is not None and other.action == "/elsewhere"
    assert page.button("act", "prepare", about="shp_1") is None
    assert page.button("act", "ready", about="shp_3") is None
    assert page.csrf_token == "abc"


def test_a_link_opens_its_page_and_the_token_posts() -> None:
    ports = demo_house()
    link = f"/l/{create_link(PageKind.COURIER, 'c_lea', ports)}"
    transport = httpx.WSGITransport(whole_app(ports))
    with httpx.Client(transport=transport, base_url="http://town.test") as http:
        browser = Browser(http, link, no_wait)
        assert browser.read_json("/livreur/etat.json")["courier"]["name"] == "Léa"
        assert browser.send_json("/livreur/faits", {"facts": []}) == {"results": []}


def test_a_link_nobody_gave_opens_nothing_and_stays_out_of_the_message() -> None:
    transport = httpx.WSGITransport(whole_app(demo_house()))
    with httpx.Client(transport=transport, base_url="http://town.test") as http:
        with pytest.raises(httpx.HTTPError, match="leads nowhere: 401") as caught:
            Browser(http, "/l/secret-word", no_wait).page()
        assert "secret-word" not in str(caught.value)
