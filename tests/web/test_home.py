"""The front page and the files every page fetches."""

from __future__ import annotations

import json

import pytest

from dispatch.web.home import HomeLink
from tests.web.site import Site


def test_without_demonstration_the_front_page_says_how_to_come_in(site: Site) -> None:
    page = site.visitor().get("/").text
    assert "lien personnel" in page
    assert 'href="/docs"' in page


def test_a_demonstration_shows_its_doors_by_kind_of_reader() -> None:
    site = Site(
        home_links=(HomeLink("courier", "Léa", "/l/abc"), HomeLink("planner", "Le jour", "/l/def"))
    )
    page = site.visitor().get("/").text
    assert page.index("Planification</h2>") < page.index("Le jour") < page.index("Léa")
    assert 'href="/l/abc"' in page
    assert "Commerces</h2>" not in page


def test_the_planners_only_door_is_named_in_the_readers_language() -> None:
    site = Site(home_links=(HomeLink("planner", "", "/l/abc"),))
    assert "<span>Planification</span>" in site.visitor().get("/").text
    assert "<span>Planning</span>" in site.visitor().get("/?lang=en").text


@pytest.mark.parametrize(
    ("kind", "label", "url", "said"),
    [
        ("king", "x", "/l/a", "unknown kind 'king'"),
        ("courier", " ", "/l/a", "no label"),
        ("courier", "", "/l/a", "no label"),
        ("planner", " ", "/l/a", "no label"),
        ("courier", "x", "https://elsewhere.example", "not an address on this site"),
        ("courier", "x", "//elsewhere.example", "not an address on this site"),
    ],
)
def test_a_door_that_leads_nowhere_is_refused_at_birth(
    kind: str, label: str, url: str, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        HomeLink(kind, label, url)


def test_the_map_is_the_towns_own_lines_and_is_not_sent_twice(site: Site) -> None:
    client = site.visitor()
    first = client.get("/carte.geojson")
    kinds = {f["properties"]["kind"] for f in json.loads(first.data)["features"]}
    assert {"area", "river"} <= kinds
    again = client.get("/carte.geojson", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "path", ["house.css", "house.js", "map.js", "leaflet/leaflet.js", "leaflet/leaflet.css"]
)
def test_everything_a_page_fetches_comes_from_here(site: Site, path: str) -> None:
    with site.visitor().get(f"/static/{path}") as answer:
        assert answer.status_code == 200


def test_no_file_outside_the_static_folder_is_served(site: Site) -> None:
    assert site.visitor().get("/static/../wiring.py").status_code == 404
    assert site.visitor().get("/static/leaflet/../__init__.py").status_code == 404
