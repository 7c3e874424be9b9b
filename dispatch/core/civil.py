"""Shop time: the calendar and the clock on the wall in Marmande and Tonneins.

The only module that knows Paris.  Everything it returns is UTC, except text
and dates made for people.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dispatch.core.windows import TimeWindow

PARIS = ZoneInfo("Europe/Paris")


def local_day(instant: datetime) -> date:
    """Return the calendar day in Paris at *instant*."""
    return instant.astimezone(PARIS).date()


def local_hour(instant: datetime) -> int:
    """Return the hour that the wall clock shows, 0 to 23."""
    return instant.astimezone(PARIS).hour


def instant_at(day: date, minute_of_day: int) -> datetime:
    """Return the UTC instant when the wall clock shows *minute_of_day* on *day*.

    1440 is midnight at the day's end.  A time skipped in spring is read with
    the offset before the change; a time shown twice in autumn is the first.
    """
    days, minute = divmod(minute_of_day, 1440)
    wall = datetime.combine(
        day + timedelta(days=days), time(minute // 60, minute % 60), tzinfo=PARIS
    )
    return wall.astimezone(UTC)


def day_window(day: date) -> TimeWindow:
    """Return the whole calendar *day* in Paris: 23, 24 or 25 hours long."""
    return TimeWindow(instant_at(day, 0), instant_at(day, 1440))


def local_text(instant: datetime) -> str:
    """Return ISO 8601 with the Paris offset, to the second: ``2026-11-24T09:00:00+01:00``."""
    return instant.astimezone(PARIS).isoformat(timespec="seconds")


def clock_text(instant: datetime) -> str:
    """Return what the wall clock shows: ``09:05``."""
    return f"{instant.astimezone(PARIS):%H:%M}"


def whole_minute(instant: datetime) -> datetime:
    """Return the first whole minute that is not before *instant*."""
    floor = instant.replace(second=0, microsecond=0)
    return floor if floor == instant else floor + timedelta(minutes=1)


def parse_instant(text: str) -> datetime:
    """Read ISO 8601 with an offset and return UTC.

    Raises
    ------
    ValueError
        When the text is not a date and time, or carries no offset.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset; write it as 2026-11-24T09:00+01:00")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is outside the years 1 to 9999 in UTC") from None


def minute_of_day(text: str) -> int:
    """Read ``HH:MM`` (up to ``24:00``) as minutes after midnight.

    Raises ``ValueError`` for anything else.
    """
    hours, colon, minutes = text.partition(":")
    if not (colon and hours.isdigit() and minutes.isdigit() and len(minutes) == 2):
        raise ValueError(f"{text!r} is not a time of day; write it as 09:30")
    value = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or value > 1440:
        raise ValueError(f"{text!r} is not a time of day between 00:00 and 24:00")
    return value
