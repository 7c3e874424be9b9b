"""A notice written out: the letter or the text that one customer gets, links included.

Decides what stands in it, from what the customer's own page shows.  How it travels is
``smtp``'s and ``sms``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

from dispatch.adapters.notify.templates import LETTER, TRIAL, Words, late_now, what_now, words_of
from dispatch.adapters.notify.texts import spelt
from dispatch.adapters.notify.wording import LANGUAGES, listed, span
from dispatch.core.typography import french
from dispatch.operations.manifest import short_ref
from dispatch.operations.notices import Kind, Telling
from dispatch.operations.track import TrackedShipment
from dispatch.slots.service_levels import Mode

#: Of a shop's name in a text: a text has 160 letters.
_LONGEST_NAME: Final = 30
#: Kinds about the whole order, whatever shop's parcel it was that moved.
_OF_THE_ORDER: Final = frozenset(
    {Kind.BOOKED, Kind.ON_THE_WAY, Kind.NEXT_STOP, Kind.MOVED, Kind.LATE}
)
#: What says when the courier comes, rather than what was promised.
_WITH_FORECAST: Final = frozenset({Kind.ON_THE_WAY, Kind.LATE})
#: The same where a courier brings all of it at once.
_OF_THE_RIDE: Final = _OF_THE_ORDER | {Kind.DELIVERED, Kind.NOT_DELIVERED}


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail.  ``stop_url``: where its reader says that it was the last."""

    message_id: str
    to: str
    subject: str
    text: str
    html: str
    stop_url: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text message, in letters it can have."""

    message_id: str
    to: str
    text: str


def letter(telling: Telling, follow_url: str, stop_url: str) -> Letter:
    """Return the e-mail that tells it."""
    words, facts, language = _said(telling)
    return _framed(
        telling.notice.notice_id,
        telling.contact,
        _set(words.subject, language).format(**facts),
        [_set(line, language).format(**facts) for line in words.lines],
        language,
        (follow_url, stop_url),
    )


def trial_letter(message_id: str, to: str, root_url: str, stop_url: str) -> Letter:
    """Return an e-mail that says that it is a trial."""
    links = (root_url, stop_url)
    said = french(TRIAL)
    return _framed(message_id, to, said, [f"{said}."], LANGUAGES[0], links)


def trial_text(message_id: str, to: str) -> Text:
    """Return a text that says that it is a trial."""
    return Text(message_id, to, spelt(TRIAL))


def text(telling: Telling, follow_url: str) -> Text:
    """Return the text message that tells it."""
    words, facts, _ = _said(telling)
    facts = {**facts, "shop": _short(facts["shop"])}
    said = spelt(f"{words.text.format(**facts)} {follow_url}")
    return Text(telling.notice.notice_id, telling.contact, said)


def _said(telling: Telling) -> tuple[Words, dict[str, str], str]:
    """Return the words, the facts between their braces, and the language."""
    seen, notice = telling.seen, telling.notice
    said = seen.booking.language
    language = said if said in LANGUAGES else LANGUAGES[0]
    mine = _mine(telling)
    arrives = seen.courier.eta if notice.kind in _WITH_FORECAST else None
    together = _OF_THE_RIDE if seen.booking.mode is Mode.EXPRESS else _OF_THE_ORDER
    several = notice.kind in together
    shops = tuple(item.merchant_name for item in seen.shipments) if several else ()
    if notice.kind is Kind.LATE:
        follows = late_now(language, in_a_tour=arrives is not None, instead=bool(seen.instead))
    else:
        follows = what_now(telling.reason, language)
    window = span(arrives or seen.promise, seen.now, language)
    facts = {
        "ref": short_ref(seen.booking.quote_id),
        "shop": listed(tuple(dict.fromkeys(shops)), language) or mine.merchant_name,
        "where": mine.merchant_address,
        "window": window,
        "code": mine.collect_code or "",
        "what_now": _set(follows, language).format(window=window),
    }
    return words_of(notice.kind, mine.shipment.mode, language), facts, language


def _set(sentence: str, language: str) -> str:
    """Return the sentence as its language is set; in a text ``spelt`` makes plain spaces of it."""
    return french(sentence) if language == "fr" else sentence


def _mine(telling: Telling) -> TrackedShipment:
    """The parcel that the notice is about."""
    items = telling.seen.shipments
    return next(i for i in items if i.shipment.shipment_id == telling.notice.shipment_id)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}."


def _framed(
    message_id: str,
    to: str,
    subject: str,
    lines: list[str],
    language: str,
    links: tuple[str, str],
) -> Letter:
    """Return the letter of *lines*.  ``links``: to follow the order, and to have no more."""
    frame, (follow_url, stop_url) = LETTER[language], links
    plain = [frame["hello"], *lines, f"{frame['follow']}{frame['colon']}{follow_url}", "-- "]
    text = "\n\n".join(plain) + f"\n{frame['stop']}{frame['colon']}{stop_url}\n"
    html = _html(language, lines, follow_url, stop_url)
    return Letter(message_id, to, subject, text, html, stop_url)


def _html(language: str, lines: list[str], follow_url: str, stop_url: str) -> str:
    """Return the same letter as a page: no picture, no style from anywhere, nothing that counts."""
    frame = LETTER[language]
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in (frame["hello"], *lines))
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body>{paragraphs}'
        f'<p><a href="{escape(follow_url)}">{escape(frame["follow"])}</a></p>'
        f'<p><small><a href="{escape(stop_url)}">{escape(frame["stop"])}</a></small></p>'
        "</body></html>"
    )
