"""Every notice in both languages: nothing missing, nothing too long, nobody else named."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from dispatch.adapters.notify.sms import MOST_SEGMENTS
from dispatch.adapters.notify.templates import FACTS, LETTER, words_of
from dispatch.adapters.notify.texts import segments
from dispatch.adapters.notify.wording import LANGUAGES
from dispatch.adapters.notify.written import letter, text
from dispatch.core.civil import parse_instant
from dispatch.core.windows import TimeWindow
from dispatch.operations.manifest import short_ref
from dispatch.operations.notices import Channel, Kind
from dispatch.operations.track import Tracking
from dispatch.orders.failures import AT_DROP
from dispatch.slots.service_levels import Mode
from dispatch.tracking.public_view import CourierView
from tests.adapters.notify.sample import page, telling
from tests.fakes.spaces import loose_marks, plain

FOLLOW = "https://livraison.example.fr/suivi/3Fx9dkZ2mWq8vT5rYp1sNc"
STOP = "https://livraison.example.fr/avis/email-x"
#: Modes in which each kind happens; every mode of every kind is written all the same.
MODES = tuple(Mode)


@cache
def seen_by(mode: Mode) -> Tracking:
    return page(mode)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", Kind)
def test_every_notice_reads_in_every_mode_and_language(
    kind: Kind, mode: Mode, language: str
) -> None:
    usual = seen_by(mode if mode in (Mode.EXPRESS, Mode.COLLECT, Mode.STANDARD) else Mode.EXPRESS)
    item = usual.shipments[0]
    seen = replace(
        usual,
        booking=replace(usual.booking, language=language, mode=mode),
        shipments=(replace(item, shipment=replace(item.shipment, mode=mode)),),
    )
    mail = letter(telling(kind, seen), FOLLOW, STOP)
    sms = text(telling(kind, seen, Channel.SMS), FOLLOW)
    ref = short_ref(seen.booking.quote_id)
    for said in (mail.subject, mail.text, mail.html, sms.text):
        assert ref in said
        assert not re.search(r"[{}]|None|  ", said.replace("-- \n", "")), said
        assert seen.booking.customer.name not in said
        assert seen.booking.customer.phone not in said
    for said in (mail.subject, mail.text, mail.html):
        assert language != "fr" or not loose_marks(said)
    # No space of typography makes a text cost the other alphabet.
    assert not re.search("[\u00a0\u202f]", sms.text)
    assert len(mail.subject) <= 70
    assert FOLLOW in mail.text and FOLLOW in mail.html and sms.text.endswith(FOLLOW)
    assert STOP in mail.text and STOP in mail.html
    assert segments(sms.text) <= MOST_SEGMENTS


def test_what_a_courier_s_customer_is_told_by_text_costs_one_text() -> None:
    for kind in (Kind.NEXT_STOP, Kind.DELIVERED):
        sms = text(telling(kind, seen_by(Mode.EXPRESS), Channel.SMS), FOLLOW)
        assert segments(sms.text) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_templates_say_only_what_there_is(language: str) -> None:
    for kind in Kind:
        for mode in Mode:
            words = words_of(kind, mode, language)
            said = " ".join((words.subject, *words.lines, words.text))
            assert set(re.findall(r"\{(\w+)\}", said)) <= set(FACTS)
    assert set(LETTER[language]) == set(LETTER["fr"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_reason_at_the_door_says_what_happens_now(language: str) -> None:
    seen = replace(
        seen_by(Mode.EXPRESS), booking=replace(seen_by(Mode.EXPRESS).booking, language=language)
    )
    said = {
        reason: letter(telling(Kind.NOT_DELIVERED, seen, reason=reason), FOLLOW, STOP).text
        for reason in (*AT_DROP, None, "a word of tomorrow")
    }
    assert said["not_at_home"] != said["refused"] != said["other"]
    assert said["other"] == said[None] == said["a word of tomorrow"]


def test_the_code_is_told_to_whoever_fetches_and_to_nobody_else() -> None:
    collected, brought = seen_by(Mode.COLLECT), seen_by(Mode.EXPRESS)
    code = collected.shipments[0].shipment.handover_code
    assert code in text(telling(Kind.READY, collected, Channel.SMS), FOLLOW).text
    secret = brought.shipments[0].shipment.handover_code
    for kind in Kind:
        body = letter(telling(kind, brought), FOLLOW, STOP).text.replace(FOLLOW, "")
        assert f" {secret}" not in body


def test_times_are_said_as_people_say_them() -> None:
    seen = seen_by(Mode.EXPRESS)
    opens_at = parse_instant("2026-11-24T14:00+01:00")
    today = TimeWindow(opens_at, opens_at + timedelta(minutes=90))
    told = {
        "fr": "aujourd’hui entre 14 h et 15 h 30",
        "en": "today between 14:00 and 15:30",
    }
    for language, words in told.items():
        booking = replace(seen.booking, language=language)
        now = replace(seen, booking=booking, promise=today)
        assert words in plain(letter(telling(Kind.BOOKED, now), FOLLOW, STOP).text)
    eve = replace(seen, promise=today, now=seen.now - timedelta(days=1))
    assert "demain entre" in letter(telling(Kind.BOOKED, eve), FOLLOW, STOP).text


def test_on_the_way_tells_the_forecast_and_not_the_promise() -> None:
    seen = seen_by(Mode.EXPRESS)
    eta = TimeWindow(seen.now + timedelta(minutes=10), seen.now + timedelta(minutes=30))
    coming = replace(seen, courier=CourierView(eta, False, None))
    mail = letter(telling(Kind.ON_THE_WAY, coming), FOLLOW, STOP)
    assert "10 h 10 et 10 h 30" in plain(mail.text)


def test_a_shop_s_name_is_text_and_no_page() -> None:
    seen = seen_by(Mode.EXPRESS)
    item = replace(seen.shipments[0], merchant_name="<b>Chez & Co</b>")
    mail = letter(telling(Kind.BOOKED, replace(seen, shipments=(item,))), FOLLOW, STOP)
    assert "&lt;b&gt;Chez &amp; Co&lt;/b&gt;" in mail.html
    assert "<b>Chez & Co</b>" in mail.text


def test_a_language_nobody_speaks_here_is_french() -> None:
    seen = seen_by(Mode.EXPRESS)
    other = replace(seen, booking=replace(seen.booking, language="de"))
    assert "Bonjour" in letter(telling(Kind.BOOKED, other), FOLLOW, STOP).text
