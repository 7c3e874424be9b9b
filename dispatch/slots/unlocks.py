"""From when would the answer be yes?

Decides which later moments are worth trying, and believes only what was tried.
Does not know why the answer was no.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from dispatch.core.civil import instant_at, local_day
from dispatch.core.reasons import Refusal, Way
from dispatch.slots.calendar import OpeningHours

SEARCH_DAYS: Final = 8
_MINUTE: Final = timedelta(minutes=1)

#: Reasons that waiting cannot change.
_LASTING: Final = frozenset({"mode_disabled"})

Yes = TypeVar("Yes")


def or_earliest(
    answer: Callable[[datetime], Yes | Refusal],
    ordered_at: datetime,
    timetables: Iterable[OpeningHours],
) -> Yes | Refusal:
    """Return ``answer(ordered_at)``; a refusal carries the order time that would be accepted.

    The way out ``order_from`` is a whole minute at which ``answer`` said yes.  Tried: the
    midnights and the openings of the next 8 days, then, between the last "no" and the
    first "yes", halving to the minute.
    """
    first = answer(ordered_at)
    if not isinstance(first, Refusal) or first.code in _LASTING:
        return first
    refused_at = ordered_at
    for moment in _moments(ordered_at, timetables):
        if not isinstance(answer(moment), Refusal):
            earliest = _halve(answer, refused_at, moment)
            return first.opened_by(Way("order_from", at=earliest))
        refused_at = moment
    return first


def _moments(after: datetime, timetables: Iterable[OpeningHours]) -> list[datetime]:
    today = local_day(after)
    moments = {instant_at(today + timedelta(days=n), 0) for n in range(1, SEARCH_DAYS + 1)}
    for hours in timetables:
        moments |= {opening.opens_at for opening in hours.openings(after, SEARCH_DAYS)}
    horizon = after + timedelta(days=SEARCH_DAYS)
    return sorted(moment for moment in moments if after < moment <= horizon)


def _halve(
    answer: Callable[[datetime], Yes | Refusal], refused_at: datetime, accepted_at: datetime
) -> datetime:
    """Close in on the first accepted minute; the result was tried and accepted."""
    while accepted_at - refused_at > _MINUTE:
        middle = refused_at + (accepted_at - refused_at) / 2
        middle = middle.replace(second=0, microsecond=0)
        if middle <= refused_at:
            break
        if isinstance(answer(middle), Refusal):
            refused_at = middle
        else:
            accepted_at = middle
    return accepted_at
