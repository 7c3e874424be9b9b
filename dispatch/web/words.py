"""How pages speak: French unless asked otherwise, and the clock on the wall of the town.

Decides the form of times, days, weights and phone numbers in both languages.
The sentences themselves are in the templates (French) and in ``translations``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

import phonenumbers
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from flask import Flask, request, session
from flask_babel import get_locale, gettext  # type: ignore[import-untyped]

from dispatch.core.civil import clock_text, local_day, local_text
from dispatch.core.typography import NO_BREAK, french
from dispatch.core.windows import TimeWindow, seconds_between
from dispatch.operations.credits import attribution
from dispatch.operations.ports import Ports

LANGUAGES: Final = ("fr", "en")

#: Real seconds between two looks at a live page; sooner when the clock runs faster.
_REFRESH_S: Final = 15
_QUICKEST_REFRESH_S: Final = 4


def N_(sentence: str) -> str:
    """Mark a French *sentence* for the catalogue, to be said later with ``_``."""
    return sentence


def _(sentence: str, **values: object) -> str:
    """Return the French *sentence* in the language of the page being made."""
    return str(gettext(sentence, **values))


def chosen_language() -> str:
    """Return the language asked for with ``?lang=``, now or earlier in this session; else French.

    The browser's own preference does not count: the town's pages are French.
    """
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    kept = session.get("lang")
    return kept if kept in LANGUAGES else "fr"


def language() -> str:
    """Return ``fr`` or ``en``: the language of the page being made."""
    return str(get_locale() or "fr")[:2]


def clock(instant: datetime) -> str:
    """Return the wall clock at *instant*: ``14 h 05``, in English ``14:05``."""
    text = clock_text(instant)
    if language() == "en":
        return text
    hours, minutes = text.split(":")
    return f"{int(hours)}{NO_BREAK}h" + (f"{NO_BREAK}{minutes}" if minutes != "00" else "")


def day(value: datetime | date) -> str:
    """Return ``mardi 24 novembre``, or ``Tuesday 24 November``."""
    local = local_day(value) if isinstance(value, datetime) else value
    text = format_date(local, "EEEE d MMMM", locale=language())
    # The only ordinal of a French month.
    return text.replace(" 1 ", " 1er ") if language() == "fr" else text


def moment(instant: datetime, now: datetime) -> str:
    """Return *instant* as people say it at *now*: the clock alone today, else with the day."""
    apart = (local_day(instant) - local_day(now)).days
    if apart == 0:
        return clock(instant)
    named = {1: _("demain"), -1: _("hier")}.get(apart) or day(instant)
    return _("%(day)s à %(clock)s", day=named, clock=clock(instant))


def window(span: TimeWindow, now: datetime) -> str:
    """Return ``entre 14 h et 15 h``; with the day when it is not today; days alone when long."""
    first, last = local_day(span.opens_at), local_day(span.closes_at - timedelta(microseconds=1))
    if first != last:
        return _("du %(first)s au %(last)s", first=day(first), last=day(last))
    hours = _("entre %(start)s et %(end)s", start=clock(span.opens_at), end=clock(span.closes_at))
    apart = (first - local_day(now)).days
    if apart == 0:
        return hours
    named = _("demain") if apart == 1 else day(first)
    return _("%(day)s, %(hours)s", day=named, hours=hours)


def duration(seconds: float) -> str:
    """Return whole minutes, rounded down: ``0 min``, ``12 min``, ``1 h 05``; the sign is lost.

    From two days on whole days, ``11 j``: nobody counts 265 hours.
    """
    minutes = int(abs(seconds)) // 60
    if minutes < 60:
        return f"{minutes}{NO_BREAK}min"
    if minutes >= 2 * 1440:
        return _("%(days)s\u00a0j", days=minutes // 1440)
    return f"{minutes // 60}{NO_BREAK}h{NO_BREAK}{minutes % 60:02d}"


def left(instant: datetime, now: datetime) -> str:
    """Return ``dans 12 min`` or ``retard 5 min``."""
    seconds = seconds_between(now, instant)
    if seconds < 0:
        return _("retard %(time)s", time=duration(seconds))
    return _("dans %(time)s", time=duration(seconds))


def weight(grams: int) -> str:
    """Return ``850 g`` or ``1,2 kg``."""
    if grams < 1000:
        return f"{grams}{NO_BREAK}g"
    return f"{format_decimal(round(grams / 1000, 1), locale=language())}{NO_BREAK}kg"


def distance(metres: float) -> str:
    """Return ``850 m``, or ``1,2 km`` from a kilometre on."""
    if round(metres) < 1000:
        return f"{round(metres)}{NO_BREAK}m"
    return f"{format_decimal(round(metres / 1000, 1), locale=language())}{NO_BREAK}km"


def money(cents: int, currency: str = "EUR") -> str:
    """Return ``4,90 €``, in English ``€4.90``."""
    return format_currency(cents / 100, currency, locale=language())


def phone(number: str) -> str:
    """Return a French number as it is read aloud, ``06 39 98 00 42``; another as it came."""
    try:
        parsed = phonenumbers.parse(number, "FR")
    except phonenumbers.NumberParseException:
        return number
    form = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if parsed.country_code == 33
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, form).replace(" ", NO_BREAK)


def teach(app: Flask, ports: Ports) -> None:
    """Give every template the filters above, and what the frame of a page says about the town."""
    for word in (clock, day, moment, window, distance, duration, left, weight, money, phone):
        app.add_template_filter(word)
    app.add_template_filter(local_text, "iso")
    pace = ports.clock.pace
    refresh_s = _REFRESH_S if pace <= 1 else max(_QUICKEST_REFRESH_S, _REFRESH_S / pace)

    def remember() -> None:
        if request.args.get("lang") in LANGUAGES:
            session["lang"] = request.args["lang"]

    def frame() -> Mapping[str, object]:
        english = language() == "en"
        return {
            "lang": language(),
            "colon": ":" if english else f"{NO_BREAK}:",
            "town": ports.territory.title,
            "notice": ports.territory.notice_en if english else french(ports.territory.notice_fr),
            "attribution": attribution(ports),
            "writes": ports.notifier is not None,
            "server_now": ports.clock.now(),
            "pace": pace,
            "refresh_s": refresh_s,
            "here_in": _here_in,
            "tiles": {
                "url": app.config.get("MAP_TILES_URL", ""),
                "credit": app.config.get("MAP_TILES_CREDIT", ""),
            },
        }

    app.before_request(remember)
    app.context_processor(lambda: dict(frame()))


def _here_in(lang: str) -> str:
    """Return the present page's address in another language."""
    if request.endpoint is None or request.method != "GET":
        return f"/?lang={lang}"
    # Not by url_for: it would take a visitor's "?_method=" or "?endpoint=" for its own.
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{quote(request.path)}?{urlencode([*kept, ('lang', lang)])}"
