"""Times and places as a message says them, in French and in English.

Decides forms, not sentences: those are ``templates``'.  Pages have words of their own, which
belong to a visit; nobody visits when a message is written.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from babel.dates import format_date

from dispatch.core.civil import clock_text, local_day
from dispatch.core.typography import NO_BREAK
from dispatch.core.windows import TimeWindow

#: The languages a customer can be written to in; the first is the town's.
LANGUAGES: Final = ("fr", "en")
_NAMED: Final = {"fr": ("aujourd’hui", "demain"), "en": ("today", "tomorrow")}
_SPANS: Final = {
    "fr": ("{day} entre {opens} et {closes}", "du {opens} au {closes}"),
    "en": ("{day} between {opens} and {closes}", "from {opens} to {closes}"),
}
_AND: Final = {"fr": " et ", "en": " and "}


def clock(instant: datetime, language: str) -> str:
    """Return ``14 h 05``, in English ``14:05``."""
    text = clock_text(instant)
    if language != "fr":
        return text
    hours, _, minutes = text.partition(":")
    return f"{int(hours)}{NO_BREAK}h" + (f"{NO_BREAK}{minutes}" if minutes != "00" else "")


def day(instant: datetime, now: datetime, language: str) -> str:
    """Return ``aujourd’hui``, ``demain`` or ``mardi 24 novembre``."""
    local = local_day(instant)
    apart = (local - local_day(now)).days
    if 0 <= apart < len(_NAMED[language]):
        return _NAMED[language][apart]
    text = format_date(local, "EEEE d MMMM", locale=language)
    return text.replace(" 1 ", " 1er ") if language == "fr" else text


def span(window: TimeWindow, now: datetime, language: str) -> str:
    """Return ``aujourd’hui entre 14 h et 15 h``, or days alone when it is longer than one."""
    hours, days = _SPANS[language]
    last = window.closes_at - timedelta(microseconds=1)
    if local_day(window.opens_at) != local_day(last):
        return days.format(
            opens=format_date(local_day(window.opens_at), "EEEE d MMMM", locale=language),
            closes=format_date(local_day(last), "EEEE d MMMM", locale=language),
        )
    return hours.format(
        day=day(window.opens_at, now, language),
        opens=clock(window.opens_at, language),
        closes=clock(window.closes_at, language),
    )


def listed(names: tuple[str, ...], language: str) -> str:
    """Return ``A, B et C``."""
    return _AND[language].join(
        part for part in (", ".join(names[:-1]), names[-1] if names else "") if part
    )
