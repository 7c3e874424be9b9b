"""The state of the streets, as the planner reads it: on a map, in tables, or not measured yet."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dispatch.operations.access import PageKind
from dispatch.operations.territory import KeptHealth
from dispatch.streets.health import health_of
from dispatch.web.planner.words import WORDS
from tests.fakes.house import house
from tests.fakes.spaces import plain
from tests.streets.health_sample import SAMPLE
from tests.web.site import Site

PAGE = "/planification/rues"
REPOSITORY = Path(__file__).parents[2]


def site_with(document: dict[str, Any] | None, *, current: bool = True) -> Site:
    ports = house()
    kept = None
    if document is not None:
        kept = KeptHealth(health_of(document), datetime(2026, 11, 23, 9, tzinfo=UTC), current)
    return Site(replace(ports, territory=replace(ports.territory, health=kept)))


def read(site: Site, query: str = "") -> str:
    answer = site.signed_in(PageKind.PLANNER).get(PAGE + query)
    assert answer.status_code == 200
    return plain(html.unescape(answer.text))


def marks(page: str) -> Any:
    found = re.search(r'id="health-map-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_a_town_that_nobody_measured_names_the_command_that_does() -> None:
    page = read(site_with(None))
    assert "Personne n’a encore mesuré ces rues." in page
    assert "dispatch town health val_de_garonne --keep" in page
    assert "Ce réseau est un dessin" in page
    assert "<table" not in page


def test_every_mark_of_the_map_is_a_row_of_a_table() -> None:
    page = read(site_with(SAMPLE))
    drawn = marks(page)
    on_map = {mark["text"] for mark in drawn["markers"]} | {
        line["label"].split()[0] for line in drawn["lines"]
    }
    rows = set(re.findall(r'<th scope="row">([CFUPD]\d+)</th>', page))
    assert on_map == {"C1", "F1", "U1", "P1", "P2", "D1"}
    assert rows == on_map | {"F2"}  # a road whose place was not kept
    groups = {mark["group"] for mark in (*drawn["markers"], *drawn["lines"])}
    assert groups == set(re.findall(r'data-map-group="(\w)"', page))


def test_the_tables_say_what_is_at_risk() -> None:
    page = read(site_with(SAMPLE))
    for fact in ("750 m", "3,5 t", "24,6 km", "aucun chemin", "480", "× 5,9", "surface=lava"):
        assert fact in page
    assert "94 %" in page
    assert marks(page)["markers"][0]["label"] == "C1 · 750\u00a0m, voiture"


def test_an_import_s_own_sentences_are_said_in_the_page_s_language() -> None:
    page = read(site_with(SAMPLE))
    assert "par des voies (via) qui ne mènent pas de l’une à l’autre" in page
    assert "through a way" not in page
    assert "Contours qui se croisaient, réparés" in page
    assert "through ways (via) that do not lead from one to the other" in read(
        site_with(SAMPLE), "?lang=en"
    )


def test_every_sentence_of_an_import_has_its_words() -> None:
    """Tags of OpenStreetMap's are its own words; what is written out is ours."""
    recipes = (REPOSITORY / "geodata" / "recipes" / "openstreetmap").glob("*.py")
    code = "\n".join(path.read_text("utf-8") for path in recipes)
    said = set(re.findall(r'notes\.add\("(?:turns|data)", "([^"]+)"', code))
    said |= {"no vehicle is said to be taken"}
    assert len(said) >= 6
    assert all(f'"{text}"' in code for text in said)
    assert {text for text in said if f"remark.{text}" not in WORDS} == set()


def test_a_whole_town_is_said_to_be_whole() -> None:
    whole = SAMPLE | {"profiles": {"car": SAMPLE["profiles"]["bike"]}, "single_points": []}
    page = read(site_with(whole))
    assert "Aucune rue n’est coupée du reste." in page
    assert "Aucun passage n’est sans remplaçant." in page


@pytest.mark.parametrize("current", [True, False])
def test_a_report_on_other_streets_is_marked(current: bool) -> None:
    page = read(site_with(SAMPLE, current=current))
    assert ("Les rues servies ont changé depuis" in page) is not current


def test_the_page_is_english_when_asked() -> None:
    page = read(site_with(SAMPLE), "?lang=en")
    assert "State of the streets" in page
    assert "no other way" in page
    assert "Bridges over rivers" in page


def test_the_page_opens_to_planners_only() -> None:
    site = site_with(SAMPLE)
    assert site.visitor().get(PAGE).status_code == 401
    assert site.signed_in(PageKind.MERCHANT, "m_pivoine_et_basilic").get(PAGE).status_code == 403
    assert PAGE in site.signed_in(PageKind.PLANNER).get("/planification").text


def test_what_a_map_says_cannot_run_in_a_page() -> None:
    name = "</script><b>x"
    page = site_with(SAMPLE | {"crossings": [SAMPLE["crossings"][0] | {"name": name}]})
    raw = page.signed_in(PageKind.PLANNER).get(PAGE).text
    assert name not in raw
