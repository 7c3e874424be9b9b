"""The express window: from "ordered now" to the hours a courier could ring.

Decides the widest window the service level and the shops allow, and every bookable
window of a day: promised, or refused with its own reason.  Does not know couriers or
streets: whether a tour can keep the promise is ``dispatch.routing``'s question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from dispatch.core.civil import clock_text, instant_at, local_day, minute_of_day
from dispatch.core.ids import MerchantId
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.slots.calendar import OpeningHours
from dispatch.slots.promised import Offer, Pickup, Promise
from dispatch.slots.service_levels import Mode, ServiceLevel
from dispatch.slots.shops import Shop, pickup_windows, ready_at
from dispatch.slots.unlocks import or_earliest

ReadyTimes = Mapping[MerchantId, datetime]

_ONE_DAY: Final = timedelta(days=1)
_WEEK: Final = 7


def express_envelope(
    shops: Sequence[Shop],
    ordered_at: datetime,
    level: ServiceLevel,
    requested_ready_at: ReadyTimes | None = None,
    day: date | None = None,
) -> Promise | Refusal:
    """Return the widest promise of *day*, or why there is none.

    day : None, or the order's own local day: "as soon as possible".  Its window lies within
          ``min_lead_min`` and ``max_lead_min`` of *ordered_at*.  A later day, at most
          ``days_ahead``: the whole of it, fetched and delivered on that day

    It ends by ``same_day_until`` of its day, and opens when the slowest of *shops* is ready.
    *requested_ready_at*: see ``shops.ready_at``, per merchant.

    Refusals: ``mode_disabled``, ``not_this_day``, ``after_cutoff``, ``holiday``,
    ``merchant_closed``, ``market_day``, ``not_ready_in_time``; ``binding`` names the rule or
    the shop that decided.
    """
    requested = requested_ready_at or {}
    return or_earliest(
        lambda at: _envelope(shops, at, level, requested, day),
        ordered_at,
        [shop.hours for shop in shops],
    )


def express_slots(envelope: Promise, level: ServiceLevel) -> tuple[Promise, ...]:
    """Return the bookable windows of ``level.slot_min`` that lie fully inside *envelope*.

    They begin on the wall clock at multiples of ``slot_min`` after midnight.  The hour
    that spring skips has none; the hour that autumn repeats is one window, twice as long.
    """
    first, last = envelope.days
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    windows = (window for day in days for window in _grid(day, level.slot_min))
    return tuple(envelope.narrowed(one) for one in windows if envelope.window.covers(one))


def is_express_slot(window: TimeWindow, envelope: Promise, level: ServiceLevel) -> bool:
    """Tell whether *window* is one of ``express_slots``, which it does not make."""
    return envelope.window.covers(window) and window in _grid(
        local_day(window.opens_at), level.slot_min
    )


def express_day(
    shops: Sequence[Shop],
    ordered_at: datetime,
    level: ServiceLevel,
    day: date,
    requested_ready_at: ReadyTimes | None = None,
) -> tuple[Offer, ...]:
    """Return every window of *day* that is not over, each promised or refused for itself.

    The windows are those of ``express_slots``, from the earliest hour at which one of *shops*
    opens in the week from *day* to ``same_day_until`` (their latest closing without one): the
    same on each day of a week.  None for shops that do not open in that week.
    """
    windows = [window for window in _bookable(shops, day, level) if window.closes_at > ordered_at]
    if not windows:
        return ()
    requested = requested_ready_at or {}
    refusal = _rules(shops, ordered_at, day, level)
    if refusal is not None:
        return tuple(Offer(refusal, window) for window in windows)
    _, until = _bounds(ordered_at, day, level)
    # What is beyond any promise is refused for that; no need to know what the shops do then.
    until = max(until, windows[-1].closes_at)
    since = max(ordered_at, instant_at(day, 0))
    asked = [_Asked(shop, ordered_at, requested.get(shop.merchant_id)) for shop in shops]
    doors = [one.door(since, until) for one in asked]
    answers = (
        too_soon(window, ordered_at, level)
        or _too_far(window, ordered_at, day, level)
        or _in_window(asked, doors, since, window)
        for window in windows
    )
    return tuple(Offer(answer, window) for answer, window in zip(answers, windows, strict=True))


def too_soon(window: TimeWindow, ordered_at: datetime, level: ServiceLevel) -> Refusal | None:
    """Return the refusal of a window that begins sooner than ``level`` allows, or None."""
    leads_min = {"now": 0, "min_lead_min": level.min_lead_min, "notice_min": level.notice_min}
    for name, lead_min in leads_min.items():
        if window.opens_at < ordered_at + timedelta(minutes=lead_min):
            return Refusal("too_soon", binding=(name,))
    return None


def past_cut_off(ordered_at: datetime, level: ServiceLevel) -> Refusal | None:
    """Return the refusal of an order at or after ``level.order_cut_off``, or None."""
    return _past(ordered_at, local_day(ordered_at), level.order_cut_off, "order_cut_off")


def past_eve(ordered_at: datetime, day: date, level: ServiceLevel) -> Refusal | None:
    """Return the refusal of an order for *day*, made too late on the day before, or None.

    Orders of the day itself are not its question.
    """
    if day <= local_day(ordered_at):
        return None
    eve = day - _ONE_DAY
    return _past(ordered_at, eve, level.day_before_cut_off, "day_before_cut_off")


def not_offered(mode: Mode, shops: Sequence[Shop], level: ServiceLevel) -> Refusal | None:
    """Return the refusal of a mode that the territory or one of *shops* does not offer."""
    if not level.enabled:
        return Refusal("mode_disabled", binding=(f"{mode}.enabled",))
    without = tuple(shop.merchant_id for shop in shops if mode not in shop.modes)
    return Refusal("mode_disabled", binding=without) if without else None


def _past(ordered_at: datetime, day: date, minute: int | None, name: str) -> Refusal | None:
    if minute is None or ordered_at < instant_at(day, minute):
        return None
    return Refusal("after_cutoff", binding=(name,))


def _rules(
    shops: Sequence[Shop], ordered_at: datetime, day: date, level: ServiceLevel
) -> Refusal | None:
    """The level's own no to the whole of *day*, or None."""
    if refusal := not_offered(Mode.EXPRESS, shops, level):
        return refusal
    today = local_day(ordered_at)
    if not 0 <= (day - today).days <= level.days_ahead:
        return Refusal("not_this_day", binding=("days_ahead",))
    if day == today:
        return past_cut_off(ordered_at, level)
    return past_eve(ordered_at, day, level)


def _envelope(
    shops: Sequence[Shop],
    ordered_at: datetime,
    level: ServiceLevel,
    requested: ReadyTimes,
    day: date | None,
) -> Promise | Refusal:
    day = day or local_day(ordered_at)
    if refusal := _rules(shops, ordered_at, day, level):
        return refusal
    opens_at, closes_at = _bounds(ordered_at, day, level)
    if opens_at >= closes_at:
        return Refusal("after_cutoff", binding=("same_day_until",))
    since = max(ordered_at, instant_at(day, 0))
    pickups = []
    for shop in shops:
        asked = _Asked(shop, ordered_at, requested.get(shop.merchant_id))
        door = asked.door(since, closes_at)
        if not door:
            return asked.why_not(since, closes_at, closes_at)
        pickups.append(Pickup(shop.merchant_id, door))
    all_ready_at = max(pickup.ready_at for pickup in pickups)
    window = TimeWindow(max(opens_at, all_ready_at), closes_at)
    return Promise(Mode.EXPRESS, window, all_ready_at, tuple(pickups))


def _bounds(ordered_at: datetime, day: date, level: ServiceLevel) -> tuple[datetime, datetime]:
    """Before the first of these nothing is promised on *day*, and nothing after the second.

    ``ServiceLevel`` guarantees that one bound is set.
    """
    opens_at = ordered_at + timedelta(minutes=level.min_lead_min)
    if day > local_day(ordered_at):
        until = 1440 if level.same_day_until is None else level.same_day_until
        return max(opens_at, instant_at(day, 0)), instant_at(day, until)
    ends = []
    if level.max_lead_min is not None:
        ends.append(ordered_at + timedelta(minutes=level.max_lead_min))
    if level.same_day_until is not None:
        ends.append(instant_at(day, level.same_day_until))
    return opens_at, min(ends)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One shop, when the order reaches it, and its own word on when it is ready."""

    shop: Shop
    ordered_at: datetime
    requested: datetime | None

    def door(self, since: datetime, until: datetime) -> tuple[TimeWindow, ...]:
        """When a courier may fetch the parcel between *since* and *until*; () when never."""
        ready = ready_at(self.shop, self.ordered_at, self.requested)
        if ready is None or max(ready, since) >= until:
            return ()
        return pickup_windows(self.shop, max(ready, since), until)

    def why_not(self, since: datetime, until: datetime, by: datetime) -> Refusal:
        """Say why nothing can be fetched *by* then: a market, a closed door, or too slow a shop?"""
        binding = (self.shop.merchant_id,)
        if self.shop.market is not None:
            reached = replace(self, shop=replace(self.shop, market=None)).door(since, until)
            if reached and reached[0].opens_at <= by:
                return Refusal("market_day", binding)
        opening = self.shop.hours.next_opening(since)
        if opening is not None and opening <= by and opening < until:
            return Refusal("not_ready_in_time", binding)
        return Refusal(self.shop.hours.why_closed(local_day(since)) or "merchant_closed", binding)


def _too_far(
    window: TimeWindow, ordered_at: datetime, day: date, level: ServiceLevel
) -> Refusal | None:
    _, until = _bounds(ordered_at, day, level)
    return Refusal("too_far_ahead", ("max_lead_min",)) if window.closes_at > until else None


def _in_window(
    asked: Sequence[_Asked],
    doors: Sequence[tuple[TimeWindow, ...]],
    since: datetime,
    window: TimeWindow,
) -> Promise | Refusal:
    """Answer for one *window* that the level allows: are all parcels fetched before it opens?"""
    pickups = []
    for one, door in zip(asked, doors, strict=True):
        if not door or door[0].opens_at > window.opens_at:
            return one.why_not(since, window.closes_at, window.opens_at)
        before = TimeWindow(door[0].opens_at, window.closes_at)
        parts = tuple(part for part in map(before.meet, door) if part is not None)
        pickups.append(Pickup(one.shop.merchant_id, parts))
    return Promise(Mode.EXPRESS, window, max(pickup.ready_at for pickup in pickups), tuple(pickups))


@lru_cache(maxsize=64)  # a fortnight of a few grids: every quote of a day asks for the same
def _grid(day: date, slot_min: int) -> tuple[TimeWindow, ...]:
    """The windows of a whole *day* on the wall clock, in order, none twice."""
    windows: list[TimeWindow] = []
    for minute in range(0, 1440, slot_min):
        opens_at, closes_at = instant_at(day, minute), instant_at(day, minute + slot_min)
        # Spring reads the times it skips as an hour later: the same window twice.
        taken = bool(windows) and opens_at < windows[-1].closes_at
        if opens_at < closes_at and not taken:
            windows.append(TimeWindow(opens_at, closes_at))
    return tuple(windows)


def _bookable(shops: Sequence[Shop], day: date, level: ServiceLevel) -> list[TimeWindow]:
    spans = [span for shop in shops for span in _spans_of_week(shop.hours, day)]
    if not spans:
        return []
    first = instant_at(day, min(opens for opens, _ in spans) // level.slot_min * level.slot_min)
    latest = max(closes for _, closes in spans)
    last = instant_at(day, latest if level.same_day_until is None else level.same_day_until)
    return [w for w in _grid(day, level.slot_min) if first <= w.opens_at and w.closes_at <= last]


def _spans_of_week(hours: OpeningHours, day: date) -> list[tuple[int, int]]:
    """Return each opening of the week from *day* in wall-clock minutes, cut at midnight."""
    spans = []
    for n in range(_WEEK):
        for opening in hours.windows(day + timedelta(days=n)):
            opens, closes = (minute_of_day(clock_text(at)) for at in _ends(opening))
            spans.append((opens, closes if closes > opens else 1440))
    return spans


def _ends(window: TimeWindow) -> tuple[datetime, datetime]:
    return window.opens_at, window.closes_at
