"""When a shop is open, in real minutes, and when France rests.

Decides what opening-hours text, public holidays and exceptional closings mean
together.  Does not know orders, couriers or promises.

Three rules the text alone does not settle:

- On a public holiday a shop is closed, unless its own text mentions ``PH``;
  then the text decides.
- An opening belongs to the day it begins on: a bar open 22:00-02:00 on the eve
  of a holiday closes at 02:00, not at midnight.
- The text speaks the wall clock; windows are UTC.  09:00 is 09:00 on the wall on
  every day of the year, and a window across a clock change has its true length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import count, islice
from typing import Final, Literal

import opening_hours as osm
from holidays import country_holidays

from dispatch.core.civil import instant_at, local_day
from dispatch.core.errors import Invalid
from dispatch.core.windows import TimeWindow

ClosedReason = Literal["holiday", "merchant_closed"]

#: An opening that crosses midnight and ends by noon is one night; one that runs longer
#: (24/7, say) is cut at midnight, so that closing one day closes that day.
NIGHT_ENDS_MIN: Final = 12 * 60

_DAY_MIN: Final = 1440
_SUNDAY: Final = 6
_EXAMPLE: Final = "Mo-Sa 09:00-12:30,14:00-19:00; Su off"

#: Valid OpenStreetMap text on which no promise can rest, and what to write instead.
_NOT_PROMISABLE: Final = (
    (r'"', "a comment is a condition nobody can check; leave it out"),
    (r"\bunknown\b", "a shop is open or it is not; leave out 'unknown'"),
    (r"\bSH\b", "school holidays are not known here; write dates"),
    (r"\b(?:sunrise|sunset|dawn|dusk)\b", "the sun is not a clock; write a time"),
    (r"\b(\d\d:\d\d)-\1\b", "a window that ends when it begins is empty; write two times"),
    (r"\d\d:\d\d\+", "an open end promises nothing; write the closing time"),
)

#: Metropolitan France, or the two departments groups with two holidays more.
Region = Literal["metropole", "alsace", "moselle"]
_SUBDIVISION: Final[dict[str, str | None]] = {"metropole": None, "alsace": "6AE", "moselle": "57"}


@dataclass(frozen=True, slots=True)
class Calendar:
    """French public holidays, from the ``holidays`` package.

    ``alsace`` and ``moselle`` add Good Friday and 26 December.  Raises ``Invalid``
    for another region.
    """

    region: Region = "metropole"

    def __post_init__(self) -> None:
        if self.region not in _SUBDIVISION:
            raise Invalid(
                f"calendar region {self.region!r} is unknown; known: {sorted(_SUBDIVISION)}",
                field="region",
            )

    def holiday(self, day: date) -> str | None:
        """Return the French name of the public holiday on *day*, or None."""
        return _holidays(self.region, day.year).get(day)

    def is_postal(self, day: date) -> bool:
        """True when mail is delivered on *day*: Monday to Saturday, public holidays excepted."""
        return day.weekday() != _SUNDAY and self.holiday(day) is None

    def postal_day_from(self, day: date) -> date:
        """Return the first postal day on or after *day*."""
        return next(d for d in (day + timedelta(days=n) for n in count()) if self.is_postal(d))

    def postal_day_after(self, day: date, days: int) -> date:
        """Return the *days*-th postal day after *day*; of 0, the first on or after it."""
        after = (day + timedelta(days=n) for n in count(1 if days else 0))
        return next(islice((d for d in after if self.is_postal(d)), max(0, days - 1), None))


METROPOLE: Final = Calendar()


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """A weekly timetable and what interrupts it.

    text      : OpenStreetMap ``opening_hours`` syntax, French civil time.  A rule for the
                next day, such as ``Su off``, cuts Saturday's night at midnight
    closed_on : local days on which the shop does not open at all
    calendar  : whose public holidays apply

    Raises
    ------
    Invalid
        When *text* does not parse (with the ``column`` where reading stopped, from 1)
        or says something no promise can rest on, such as ``sunset`` or ``unknown``.
    """

    text: str
    closed_on: frozenset[date] = frozenset()
    calendar: Calendar = METROPOLE

    def __post_init__(self) -> None:
        _parsed(self.text, on_holiday=False)
        _parsed(self.text, on_holiday=True)

    @property
    def ever_open(self) -> bool:
        """False when the text opens on no day of this century, such as ``off``."""
        century = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001  wall clock
        return any(
            state == osm.State.OPEN
            for on_holiday in (False, True)
            for _, _, state, _ in _parsed(self.text, on_holiday=on_holiday).intervals(*century)
        )

    def windows(self, day: date) -> tuple[TimeWindow, ...]:
        """Return the openings that begin on local *day*, in order, disjoint.

        The last one may close after midnight.  Remembered: a quote asks thousands
        of times.
        """
        return _windows(self, day)

    def openings(self, at: datetime, within_days: int = 14) -> Iterator[TimeWindow]:
        """Yield every opening that ends after *at*, in order, disjoint and never touching.

        The last to be seen begins on the local day *within_days* after *at*.  One under
        way at *at* may have begun before the first yielded says.
        """
        today = local_day(at)
        pending: TimeWindow | None = None
        for n in range(-1, within_days + 1):
            for window in self.windows(today + timedelta(days=n)):
                if window.closes_at <= at:
                    continue
                if pending is None:
                    pending = window
                elif window.opens_at <= pending.closes_at:
                    pending = _joined(pending, window)
                else:
                    yield pending
                    pending = window
        if pending is not None:
            yield pending

    def is_open(self, at: datetime) -> bool:
        """True when the door is open at *at*; at the closing instant it no longer is."""
        today = local_day(at)
        return any(
            at in window
            for day in (today, today - timedelta(days=1))
            for window in self.windows(day)
        )

    def next_opening(self, at: datetime, within_days: int = 14) -> datetime | None:
        """Return *at* itself when open, else the next opening; None when there is none."""
        opening = next(self.openings(at, within_days), None)
        return None if opening is None else max(at, opening.opens_at)

    def add_open_time(
        self, start: datetime, minutes: int, within_days: int = 14
    ) -> datetime | None:
        """Return the instant when *minutes* real minutes of opening have passed since *start*.

        Closed at *start*: counting begins at the next opening.  The answer may be a
        closing instant, when the last minute counted is the last of the day.  None when
        the openings of the next *within_days* do not suffice.

        Raises ``ValueError`` when *minutes* is negative.
        """
        if minutes < 0:
            raise ValueError(f"cannot count {minutes} minutes of opening")
        left = timedelta(minutes=minutes)
        for opening in self.openings(start, within_days):
            since = max(start, opening.opens_at)
            if opening.closes_at - since >= left:
                return since + left
            left -= opening.closes_at - since
        return None

    def why_closed(self, when: date | datetime) -> ClosedReason | None:
        """Return why the shop is closed, or None when it is open.

        *when* a day: closed means no opening begins on it.  *when* an instant: closed
        means not open then.  ``holiday`` only where the holiday is what closes: a
        shop that never opens on Sundays is not closed by a Sunday holiday.
        """
        if isinstance(when, datetime):
            if self.is_open(when):
                return None
            day = local_day(when)
        else:
            day = when
            if self.windows(day):
                return None
        if self.windows(day) or day in self.closed_on or self.calendar.holiday(day) is None:
            return "merchant_closed"
        return "holiday" if _wall_spans(self.text, day, on_holiday=False) else "merchant_closed"


@lru_cache(maxsize=128)
def _holidays(region: Region, year: int) -> dict[date, str]:
    found = country_holidays("FR", subdiv=_SUBDIVISION[region], years=year, language="fr")
    return dict(found.items())


@lru_cache(maxsize=4096)
def _parsed(text: str, *, on_holiday: bool) -> osm.OpeningHours:
    """Read *text* as it holds on ordinary days, or as it holds on public holidays.

    The parser knows national holidays only, not those of Alsace-Moselle, so it is
    never asked: without a country ``PH`` matches no day, and with ``PH`` written as
    ``Mo-Su`` every day is read as a holiday.  ``Calendar`` says which reading applies.
    """
    if not text.strip():  # the parser reads blanks as 24/7
        raise Invalid(f"opening hours are empty; write for example {_EXAMPLE}", field="hours")
    hours = _parse(text, text)
    canonical = str(hours)
    for pattern, advice in _NOT_PROMISABLE:
        if re.search(pattern, canonical):
            raise Invalid(f"opening hours {text!r}: {advice}", field="hours")
    if not on_holiday:
        return hours
    return _parse(re.sub(r"\bPH\b", "Mo-Su", canonical), text)


def _parse(text: str, shown: str) -> osm.OpeningHours:
    try:
        return osm.OpeningHours(text)
    except osm.ParserError as error:  # type: ignore[attr-defined]  # absent from its stubs
        if text != shown:
            message = f"opening hours {shown!r}: write PH like a weekday, as in 'PH 10:00-12:00'"
            raise Invalid(message, field="hours") from None
        found = re.search(r"--> \d+:(\d+)", str(error))
        column = int(found.group(1)) if found else 1
        rest = text[column - 1 :].strip()
        where = f"near {rest[:20]!r}" if rest else "where the text ends too soon"
        message = f"opening hours {text!r}: not understood at character {column}, {where}; "
        raise Invalid(
            message + f"write for example {_EXAMPLE}", field="hours", column=column
        ) from None


def _wall_spans(text: str, day: date, *, on_holiday: bool) -> list[tuple[int, int]]:
    """Return ``(opens, closes)`` in wall-clock minutes after *day*'s midnight, by its own rules."""
    midnight = datetime.combine(day, time())
    intervals = _parsed(text, on_holiday=on_holiday).intervals(
        midnight - timedelta(days=1), midnight + timedelta(days=2)
    )
    runs: list[tuple[int, int]] = []
    for begins, ends, state, _ in intervals:
        if state != osm.State.OPEN:
            continue
        opens, closes = ((t - midnight) // timedelta(minutes=1) for t in (begins, ends))
        if runs and runs[-1][1] == opens:
            opens = runs.pop()[0]
        runs.append((opens, closes))
    spans = []
    for opens, closes in runs:
        if opens < 0 and closes <= NIGHT_ENDS_MIN:
            continue  # the eve's night
        if closes > _DAY_MIN + NIGHT_ENDS_MIN:
            closes = _DAY_MIN
        if max(opens, 0) < min(closes, _DAY_MIN):
            spans.append((max(opens, 0), closes))
    return spans


@lru_cache(maxsize=65_536)
def _windows(hours: OpeningHours, day: date) -> tuple[TimeWindow, ...]:
    if day in hours.closed_on:
        return ()
    on_holiday = hours.calendar.holiday(day) is not None
    if on_holiday and not _mentions_holidays(hours.text):
        return ()
    windows: list[TimeWindow] = []
    for opens, closes in _wall_spans(hours.text, day, on_holiday=on_holiday):
        opens_at, closes_at = instant_at(day, opens), instant_at(day, closes)
        if closes_at <= opens_at:
            continue  # wholly inside the hour that spring skips
        window = TimeWindow(opens_at, closes_at)
        if windows and window.opens_at <= windows[-1].closes_at:  # the skipped hour again
            window = _joined(windows.pop(), window)
        windows.append(window)
    return tuple(windows)


def _mentions_holidays(text: str) -> bool:
    return re.search(r"\bPH\b", text) is not None


def _joined(a: TimeWindow, b: TimeWindow) -> TimeWindow:
    return TimeWindow(min(a.opens_at, b.opens_at), max(a.closes_at, b.closes_at))
