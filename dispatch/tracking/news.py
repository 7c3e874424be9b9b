"""What changed in a tour under its courier's feet, until the courier says that it was read.

Decides when a change has to be told: when somebody on the way somewhere is to go elsewhere
next, or gets a first stop.  Who changes a tour, and why, is the operations'.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dispatch.tracking.tours import Tour

#: Enough for a day that goes wrong; what was read goes first.
MOST_KEPT: Final = 40


class What(StrEnum):
    """What is different for the courier."""

    NEXT_STOP = "next_stop"
    FIRST_STOP = "first_stop"
    NOTHING_LEFT = "nothing_left"


class Why(StrEnum):
    """Who or what changed it, as far as a courier needs to know."""

    WAVE = "wave"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    AMENDED = "amended"
    SHOP_LATE = "shop_late"
    RELIEVED = "relieved"
    TAKEN_OVER = "taken_over"
    DECIDED = "decided"
    HELPED = "helped"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class News:
    """One change that has to be read.

    news_id : ``n1`` upwards within the tour
    at      : when it was decided
    stop_id : the stop that comes next now; None: there is none
    was     : the stop that came next before; None: there was none
    read_at : when the courier said so; None: not yet
    """

    news_id: str
    at: datetime
    what: What
    why: Why
    stop_id: str | None = None
    was: str | None = None
    read_at: datetime | None = None


def with_news(before: Tour | None, after: Tour, why: Why, at: datetime) -> Tour:
    """Return *after*, with news of it when its courier would otherwise be surprised.

    before : the tour as the courier last saw it; None: it is new

    A stop that its courier ended, or has reached, is no surprise to anybody.  Nobody leaves for
    another before *at*: it was not known to be the next, or not this courier's.
    """
    old = None if before is None else before.next_stop
    new = after.next_stop
    was = None if old is None else old.stop_id
    now = None if new is None else new.stop_id
    if was == now:
        return after
    if was is not None and any(stop.stop_id == was and stop.over for stop in after.stops):
        return after
    if was is None:
        what = What.FIRST_STOP
    else:
        what = What.NEXT_STOP if now is not None else What.NOTHING_LEFT
    number = 1 + max((int(news.news_id[1:]) for news in after.news), default=0)
    news = News(f"n{number}", at, what, why, now, was)
    # The newest word on what comes next is the only one worth reading.
    kept = tuple(each if each.read_at else replace(each, read_at=at) for each in after.news)
    if new is not None and new.published_at is not None and new.departed_at is None:
        after = after.with_stop(replace(new, published_at=max(new.published_at, at)))
    return replace(after, news=(*kept[-MOST_KEPT + 1 :], news))


def as_read(tour: Tour, news_id: str, at: datetime) -> Tour:
    """Return *tour* with that news read at *at*; itself when it was read, or is not known."""
    if not any(news.news_id == news_id and news.read_at is None for news in tour.news):
        return tour
    news = tuple(replace(n, read_at=at) if n.news_id == news_id else n for n in tour.news)
    return replace(tour, news=news)


def as_gone_to(tour: Tour, stop_id: str, at: datetime) -> Tour:
    """Return *tour* with what named *stop_id* as the next stop read: its courier was there at *at*.

    Where a courier was before it was decided says nothing about who knows of it.
    """
    news = tour.unread
    if news is None or news.stop_id != stop_id or at < news.at:
        return tour
    return as_read(tour, news.news_id, at)
