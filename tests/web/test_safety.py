"""Headers, cookies and tokens: what a stranger's page cannot do with ours."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask

from dispatch.operations.access import PageKind
from dispatch.web import wiring
from dispatch.web.safety import MAX_BODY_BYTES
from dispatch.web.settings import ServerSettings
from tests.fakes.house import embedded_town, house
from tests.web.site import Site, token_of


@pytest.mark.parametrize("path", ["/", "/livreur", "/suivi/unknown", "/nowhere"])
def test_every_page_sends_the_strict_headers(site: Site, path: str) -> None:
    headers = site.visitor().get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_no_page_writes_a_script_or_a_style_into_itself(site: Site) -> None:
    courier_id = next(iter(site.ports.territory.couriers))
    for page in (
        site.visitor().get("/").text,
        site.signed_in(PageKind.COURIER, courier_id).get("/livreur").text,
    ):
        assert " style=" not in page and "<style" not in page and " onclick=" not in page
        assert page.count("<script") == page.count("<script type=")


def test_only_the_front_page_may_be_indexed(site: Site) -> None:
    client = site.visitor()
    assert "X-Robots-Tag" not in client.get("/").headers
    assert client.get("/suivi/x").headers["X-Robots-Tag"] == "noindex, nofollow"


def test_the_policy_lets_in_the_tile_server_that_was_configured_and_no_other(site: Site) -> None:
    site.app.config["MAP_TILES_URL"] = "https://{s}.tiles.example.org/{z}/{x}/{y}.png"
    policy = site.visitor().get("/").headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://*.tiles.example.org;" in policy


def test_the_cookie_is_for_the_server_alone_and_secure_when_the_visit_is(site: Site) -> None:
    plain = site.visitor().get("/?lang=en").headers["Set-Cookie"]
    assert "HttpOnly" in plain and "SameSite=Lax" in plain and "Secure" not in plain
    secure = site.visitor().get("/?lang=en", base_url="https://tours.example").headers["Set-Cookie"]
    assert "Secure" in secure


def test_a_post_over_https_needs_no_referer_which_our_policy_never_sends(site: Site) -> None:
    courier_id = next(iter(site.ports.territory.couriers))
    client = site.signed_in(PageKind.COURIER, courier_id)
    token = token_of(client.get("/livreur").text)
    cookie = client.get_cookie("tournees")
    assert cookie is not None
    answer = client.post("/sortie", data={"csrf_token": token}, base_url="https://localhost")
    assert answer.status_code == 302


def test_pages_are_never_signed_with_a_short_secret() -> None:
    with pytest.raises(ValueError, match="5 bytes"):
        wiring.register(
            Flask("x"), house(), map_geojson=embedded_town().map_geojson, secret_key=b"short"
        )


def test_a_page_takes_a_few_words_and_no_flood(site: Site) -> None:
    client = site.visitor()
    token = token_of(client.get("/").text)
    fits = client.post("/sortie", data={"csrf_token": token, "more": "x" * 200_000})
    assert fits.status_code == 302
    flood = {"csrf_token": token, "more": "x" * MAX_BODY_BYTES}
    answer = client.post("/sortie", data=flood)
    assert answer.status_code == 413
    assert "Cet envoi est trop gros" in answer.text


def test_a_flood_of_unknown_length_is_cut(site: Site) -> None:
    client = site.visitor()
    token = token_of(client.get("/").text)
    answer = client.post(
        "/sortie",
        input_stream=BytesIO(f"csrf_token={token}&more=".encode() + b"x" * MAX_BODY_BYTES),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("path", "page"),
    [("/v1", False), ("/v1/x", False), ("/docs", False), ("/docs/x", False), ("/docsx", True)],
)
def test_what_is_not_the_apis_is_a_page(site: Site, path: str, page: bool) -> None:
    assert ("Content-Security-Policy" in site.visitor().get(path).headers) == page


def test_the_api_is_not_asked_for_a_pages_token(site: Site) -> None:
    site.app.add_url_rule("/v1/ping", "ping", lambda: "pong", methods=["POST"])
    site.app.add_url_rule("/ping", "page_ping", lambda: "pong", methods=["POST"])
    client = site.visitor()
    assert client.post("/v1/ping").text == "pong"
    assert client.post("/ping").status_code == 400


def test_a_visit_that_names_another_host_is_refused(site: Site) -> None:
    site.app.config["PUBLIC_HOSTS"] = ServerSettings("https://tours.example").hosts
    client = site.visitor()
    for host in ("tours.example", "TOURS.example:8443", "127.0.0.1:8000", "[::1]:8000"):
        assert client.get("/", headers={"Host": host}).status_code == 200
    for host in ("evil.example", "tours.example.evil.example", "tours.example@evil.example"):
        assert client.get("/", headers={"Host": host}).status_code == 400


def test_who_came_by_https_is_told_to_come_so_for_a_year(site: Site) -> None:
    secure = site.visitor().get("/", base_url="https://tours.example").headers
    assert secure["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in site.visitor().get("/").headers
