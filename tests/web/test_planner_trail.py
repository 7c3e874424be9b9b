"""The planner reads who changed what, the latest first, in words."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

import pytest

from dispatch.operations.access import PageKind, create_key
from dispatch.operations.audit import Change
from dispatch.web.planner.trail import WORDS
from tests.fakes.house import clock_of
from tests.web.site import Site, token_of

PAGE = "/planification/journal"
SHOP = "m_cave_du_bouvreuil"


def rows(page: str) -> list[str]:
    found = re.findall(r"<tr>(<td.*?)</tr>", html.unescape(page), flags=re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def test_a_shop_s_closing_is_told_with_the_shop_s_name_and_the_latest_comes_first(
    site: Site,
) -> None:
    create_key("sf_test", ("quotes",), site.ports)
    shop = site.signed_in(PageKind.MERCHANT, SHOP)
    clock_of(site.ports).advance(minutes=5)
    page = "/commerce/fermetures"
    said = {"act": "close", "first": "2026-12-24", "reason": "grippe"}
    shop.post(page, data={"csrf_token": token_of(shop.get(page).text), **said})
    clock_of(site.ports).advance(minutes=1)
    planner = site.signed_in(PageKind.PLANNER)
    told = rows(planner.get(PAGE).text)
    (closing,) = [row for row in told if "Fermeture notée" in row]
    assert closing.startswith("10 h 05 Boutique La Cave du Bouvreuil")
    assert f"merchant: {SHOP} first_day: 2026-12-24" in closing
    assert "grippe" not in "".join(told)
    assert told[-1].startswith("10 h une commande Clé créée")


def test_before_and_after_show_only_what_differs(site: Site) -> None:
    from dispatch.operations.audit import note

    with site.ports.store.writing() as tx:
        before, after = {"a": 1, "b": 2}, {"a": 1, "b": 3, "c": None}
        note(Change.PARAMETERS, "", tx, site.ports, before=before, after=after)
    (row,) = [r for r in rows(site.signed_in(PageKind.PLANNER).get(PAGE).text) if "Réglages" in r]
    assert row == "10 h une commande Réglages changés b: 2 → 3 c: None"


def test_a_day_is_chosen_and_a_day_that_is_none_is_said(site: Site) -> None:
    planner = site.signed_in(PageKind.PLANNER)
    tomorrow = date(2026, 11, 24) + timedelta(days=1)
    assert "Rien n’a été changé" in html.unescape(planner.get(f"{PAGE}?depuis={tomorrow}").text)
    for text in ("hier", "2026-02-30"):
        answer = planner.get(f"{PAGE}?depuis={text}")
        assert answer.status_code == 400
        assert "n’est pas une date" in html.unescape(answer.text)


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_days_too(site: Site, text: str) -> None:
    assert site.signed_in(PageKind.PLANNER).get(f"{PAGE}?depuis={text}").status_code == 200


def test_every_kind_of_change_has_its_words() -> None:
    assert set(WORDS) == set(Change)


def test_only_planners_read_it(site: Site) -> None:
    assert site.signed_in(PageKind.MERCHANT, SHOP).get(PAGE).status_code == 403
    assert site.visitor().get(PAGE).status_code == 401
