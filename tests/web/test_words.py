"""French first, English on request, and the clock on the wall of the town in both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.checkers import python_format
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import dispatch.web
from dispatch.core.windows import TimeWindow
from dispatch.web import words
from tests.fakes.spaces import plain
from tests.web.site import Site

WEB = Path(dispatch.web.__file__).parent
CATALOGUE = WEB / "translations" / "en" / "LC_MESSAGES" / "messages.po"
TEN = datetime(2026, 11, 24, 9, tzinfo=UTC)  # 10:00 in Paris


@pytest.fixture(params=["fr", "en"])
def lang(request: pytest.FixtureRequest, site: Site) -> Iterator[str]:
    with site.app.test_request_context(f"/?lang={request.param}"):
        yield str(request.param)


def test_french_is_spoken_even_to_a_browser_that_prefers_english(site: Site) -> None:
    page = site.visitor().get("/", headers={"Accept-Language": "en-GB,en;q=0.9"}).text
    assert '<html lang="fr"' in page
    assert "Une heure promise" in page


def test_english_is_spoken_when_asked_and_remembered_until_asked_otherwise(site: Site) -> None:
    client = site.visitor()
    assert "A time promised" in client.get("/?lang=en").text
    assert '<html lang="en"' in client.get("/").text
    assert '<html lang="fr"' in client.get("/?lang=fr").text
    assert '<html lang="fr"' in client.get("/").text


def test_a_language_nobody_speaks_here_is_french(site: Site) -> None:
    assert '<html lang="fr"' in site.visitor().get("/?lang=xx").text


def test_the_language_switch_keeps_the_page_and_its_question(site: Site) -> None:
    page = site.visitor().get("/?lang=fr&q=a+b").text
    assert 'href="/?q=a+b&amp;lang=en"' in page


@pytest.mark.parametrize("name", ["endpoint", "_method", "_anchor", "_external", "filename"])
def test_the_language_switch_takes_no_orders_from_the_address(site: Site, name: str) -> None:
    answer = site.visitor().get(f"/?{name}=POST&{name}=b%26c")
    assert answer.status_code == 200
    assert f'href="/?{name}=POST&amp;{name}=b%26c&amp;lang=en"' in answer.text


def said(lang: str, french: str, english: str) -> str:
    return french if lang == "fr" else english


def test_a_time_is_what_the_wall_clock_shows_in_the_manner_of_the_language(lang: str) -> None:
    assert plain(words.clock(TEN)) == said(lang, "10 h", "10:00")
    assert plain(words.clock(TEN - timedelta(minutes=55))) == said(lang, "9 h 05", "09:05")


def test_a_day_has_its_name_and_the_first_of_a_month_its_ordinal(lang: str) -> None:
    assert plain(words.day(TEN)) == said(lang, "mardi 24 novembre", "Tuesday 24 November")
    first = words.day(date(2026, 12, 1))
    assert plain(first) == said(lang, "mardi 1er décembre", "Tuesday 1 December")


def test_an_instant_of_another_day_says_which(lang: str) -> None:
    assert plain(words.moment(TEN, TEN)) == said(lang, "10 h", "10:00")
    tomorrow = words.moment(TEN + timedelta(days=1), TEN)
    assert plain(tomorrow) == said(lang, "demain à 10 h", "tomorrow at 10:00")
    later = words.moment(TEN + timedelta(days=2), TEN)
    assert plain(later) == said(lang, "jeudi 26 novembre à 10 h", "Thursday 26 November at 10:00")


def test_a_window_of_today_is_hours_and_a_long_one_is_days(lang: str) -> None:
    hour = TimeWindow(TEN, TEN + timedelta(hours=1))
    assert plain(words.window(hour, TEN)) == said(
        lang, "entre 10 h et 11 h", "between 10:00 and 11:00"
    )
    days = TimeWindow(TEN, TEN + timedelta(days=2))
    assert plain(words.window(days, TEN)) == said(
        lang,
        "du mardi 24 novembre au jeudi 26 novembre",
        "from Tuesday 24 November to Thursday 26 November",
    )
    assert words.window(hour, TEN - timedelta(days=1)).startswith(
        said(lang, "demain, ", "tomorrow, ")
    )


def test_a_countdown_turns_into_lateness(lang: str) -> None:
    ahead = words.left(TEN + timedelta(minutes=12, seconds=59), TEN)
    assert plain(ahead) == said(lang, "dans 12 min", "in 12 min")
    behind = words.left(TEN - timedelta(minutes=65), TEN)
    assert plain(behind) == said(lang, "retard 1 h 05", "1 h 05 late")
    hours = words.left(TEN - timedelta(hours=47), TEN)
    assert plain(hours) == said(lang, "retard 47 h 00", "47 h 00 late")
    days = words.left(TEN - timedelta(hours=265), TEN)
    assert plain(days) == said(lang, "retard 11 j", "11 d late")


def test_weights_prices_and_numbers_are_written_as_people_read_them(lang: str) -> None:
    assert plain(words.weight(850)) == "850 g"
    assert plain(words.weight(1250)) == said(lang, "1,2 kg", "1.2 kg")
    assert plain(words.distance(999.4)) == "999 m"
    assert plain(words.distance(999.6)) == "1 km"
    assert plain(words.distance(24_649)) == said(lang, "24,6 km", "24.6 km")
    assert plain(words.money(490)) == said(lang, "4,90 €", "€4.90")
    assert plain(words.phone("+33639980042")) == "06 39 98 00 42"
    assert words.phone("not a number") == "not a number"


# --- the catalogue ----------------------------------------------------------------------


def sentences() -> set[str | tuple[str, ...]]:
    """Every French sentence of the pages, as gettext sees it."""
    keywords = {"_": None, "N_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
    found = extract_from_dir(
        str(WEB), [("**.py", "python"), ("**.html", "jinja2")], keywords=keywords
    )
    return {tuple(row[2]) if isinstance(row[2], tuple) else row[2] for row in found}


def entries() -> dict[str, Message]:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="en", abort_invalid=True)
    return {
        str(entry.id[0] if isinstance(entry.id, tuple | list) else entry.id): entry
        for entry in catalogue
        if entry.id
    }


def test_every_sentence_of_the_pages_has_its_english() -> None:
    known = entries()
    missing = []
    for sentence in sentences():
        entry = known.get(sentence if isinstance(sentence, str) else sentence[0])
        said_in_english = entry is not None and (
            all(entry.string) if isinstance(entry.string, tuple | list) else bool(entry.string)
        )
        if not said_in_english:
            missing.append(sentence)
    assert missing == []


def test_english_fills_the_same_blanks_as_french() -> None:
    for entry in entries().values():
        if entry.python_format:
            python_format(None, entry)


def test_no_english_is_left_of_a_sentence_nobody_says() -> None:
    spoken = {s if isinstance(s, str) else s[0] for s in sentences()}
    assert sorted(entries().keys() - spoken) == []


def test_the_compiled_catalogue_is_the_written_one() -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="en")
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    assert CATALOGUE.with_suffix(".mo").read_bytes() == compiled.getvalue()
