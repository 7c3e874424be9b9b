"""From "ordered now" to "you will have it between A and B", or why not.

Decides the window of a promise in each of the four modes.  Does not know couriers
or streets: whether a tour can keep the promise is ``dispatch.routing``'s question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from dispatch.core.civil import instant_at, local_day
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.slots.calendar import Calendar
from dispatch.slots.express import (
    ReadyTimes,
    express_envelope,
    express_slots,
    is_express_slot,
    not_offered,
    past_cut_off,
    past_eve,
)
from dispatch.slots.promised import Pickup, Promise
from dispatch.slots.service_levels import Mode, ServiceLevel
from dispatch.slots.shops import Shop, ready_at
from dispatch.slots.unlocks import or_earliest

__all__ = [
    "Pickup",
    "Promise",
    "collect_promise",
    "express_envelope",
    "express_slots",
    "is_express_slot",
    "merchant_promise",
    "promise_for",
    "promises_for",
    "ready_at",
    "standard_promise",
]

#: Modes in which each shop of an order makes its own promise.
SHOP_BY_SHOP: Final = frozenset({Mode.COLLECT, Mode.MERCHANT})

_ONE_DAY: Final = timedelta(days=1)


def promise_for(
    mode: Mode,
    shops: Sequence[Shop],
    ordered_at: datetime,
    levels: Mapping[Mode, ServiceLevel],
    calendar: Calendar,
    requested_ready_at: ReadyTimes | None = None,
    day: date | None = None,
) -> Promise | Refusal:
    """Return the one promise *mode* makes for *shops*, or why there is none.

    day : see ``express_envelope``; the other modes have one promise whatever the day

    A mode absent from *levels* is disabled.  *calendar* says when the post works; each
    shop's own calendar is in its hours.

    Raises ``ValueError`` without a shop, and with several in a mode that promises shop
    by shop: then ask ``promises_for``.
    """
    if not shops or (mode in SHOP_BY_SHOP and len(shops) > 1):
        raise ValueError(f"{mode} makes one promise per shop; asked for {len(shops)} shops at once")
    level = levels.get(mode)
    if level is None:
        return Refusal("mode_disabled", binding=(mode,))
    requested = requested_ready_at or {}
    shop = shops[0]
    match mode:
        case Mode.COLLECT:
            return collect_promise(shop, ordered_at, level, requested.get(shop.merchant_id))
        case Mode.EXPRESS:
            return express_envelope(shops, ordered_at, level, requested, day)
        case Mode.MERCHANT:
            return merchant_promise(shop, ordered_at, level, requested.get(shop.merchant_id))
        case Mode.STANDARD:
            return or_earliest(
                lambda at: _posted(shops, at, level, calendar, requested),
                ordered_at,
                [each.hours for each in shops],
            )


def promises_for(
    mode: Mode,
    shops: Sequence[Shop],
    ordered_at: datetime,
    levels: Mapping[Mode, ServiceLevel],
    calendar: Calendar,
    requested_ready_at: ReadyTimes | None = None,
) -> tuple[Promise | Refusal, ...]:
    """Return every promise *mode* makes: one per shop for collect and merchant, else one."""
    groups = [[shop] for shop in shops] if mode in SHOP_BY_SHOP else [list(shops)]
    return tuple(
        promise_for(mode, group, ordered_at, levels, calendar, requested_ready_at)
        for group in groups
    )


def collect_promise(
    shop: Shop,
    ordered_at: datetime,
    level: ServiceLevel,
    requested_ready_at: datetime | None = None,
) -> Promise | Refusal:
    """Return from when and until when the customer may come for the parcel.

    From: ``min_lead_min`` after the order counted in the shop's opening time, and not
    before the parcel is prepared, at a moment when the door is open.  Until: the last
    closing within the ``keep_days`` that follow.

    Refusals: ``mode_disabled``, ``after_cutoff``, ``merchant_closed``, ``holiday``.
    """

    def answer(at: datetime) -> Promise | Refusal:
        if refusal := not_offered(Mode.COLLECT, [shop], level) or past_cut_off(at, level):
            return refusal
        waited = shop.hours.add_open_time(at, level.min_lead_min)
        prepared = ready_at(shop, at, requested_ready_at)
        if waited is None or prepared is None:
            return _closed(shop, at)
        opens_at = shop.hours.next_opening(max(waited, prepared))
        if opens_at is None:
            return _closed(shop, at)
        *_, last = shop.hours.openings(opens_at, level.keep_days)
        return Promise(Mode.COLLECT, TimeWindow(opens_at, last.closes_at), ready_at=opens_at)

    return or_earliest(answer, ordered_at, [shop.hours])


def standard_promise(
    ordered_at: datetime,
    level: ServiceLevel,
    calendar: Calendar,
    parcel_ready_at: datetime | None = None,
) -> Promise | Refusal:
    """Return the local days, ``Promise.days``, between which the post brings the parcel.

    Counted from the day of the posting, ``min_days`` to ``max_days`` on which the post works
    (Monday to Saturday, public holidays excepted).  Ordered on Monday 2026-11-23 at 10:00:
    Thursday 26 to Tuesday 1 December.  Counted in calendar days (``counted_in``), the first
    day then moves forward and the last one back to a postal day: Thursday 26 to Monday 30.

    With a ``posting_cut_off``, what is ordered from then on, or on a day without post,
    leaves on the next postal day and is counted from it.  The first day is never before
    the day after *parcel_ready_at*.

    Refusals: ``mode_disabled``, ``not_ready_in_time``, ``holiday`` (no postal day is left).
    """
    if refusal := not_offered(Mode.STANDARD, [], level):
        return refusal
    posted = local_day(ordered_at)
    if level.posting_cut_off is not None:
        too_late = ordered_at >= instant_at(posted, level.posting_cut_off)
        posted = calendar.postal_day_from(posted + _ONE_DAY if too_late else posted)
    first, last = _between(posted, level, calendar)
    if last < first:
        return Refusal("holiday", binding=("max_days",))
    if parcel_ready_at is not None:
        first = max(first, calendar.postal_day_from(local_day(parcel_ready_at) + _ONE_DAY))
        if last < first:
            return Refusal("not_ready_in_time", binding=("max_days",))
    window = TimeWindow(instant_at(first, 0), instant_at(last, 1440))
    return Promise(Mode.STANDARD, window, parcel_ready_at)


def merchant_promise(
    shop: Shop,
    ordered_at: datetime,
    level: ServiceLevel,
    requested_ready_at: datetime | None = None,
) -> Promise | Refusal:
    """Return the window in which the shop's own van brings the parcel.

    The lead, the shop's or ``min_lead_min``, the longer, is counted in its delivery
    hours; the parcel must be ready, ``notice_min`` past, and the day's orders still be taken
    (``day_before_cut_off``); then the first ``slot_min`` that fit wholly into one delivery
    round.  How far the van goes is the caller's question.

    Refusals: ``mode_disabled``, ``after_cutoff``, ``merchant_closed``, ``holiday``.
    """

    def answer(at: datetime) -> Promise | Refusal:
        own = shop.own_delivery
        if refusal := not_offered(Mode.MERCHANT, [shop], level) or past_cut_off(at, level):
            return refusal
        if own is None:  # Shop guarantees it; the type checker cannot know
            return Refusal("mode_disabled", binding=(shop.merchant_id,))
        leaves = own.hours.add_open_time(at, max(own.lead_min, level.min_lead_min))
        prepared = ready_at(shop, at, requested_ready_at)
        if leaves is None or prepared is None:
            return _closed(shop, at)
        length = timedelta(minutes=level.slot_min)
        earliest = max(leaves, prepared, at + timedelta(minutes=level.notice_min))
        for tour in own.hours.openings(earliest):
            opens_at = max(earliest, tour.opens_at)
            if past_eve(at, local_day(opens_at), level):
                continue
            if opens_at + length <= tour.closes_at:
                return Promise(Mode.MERCHANT, TimeWindow(opens_at, opens_at + length), prepared)
        return Refusal("merchant_closed", binding=(shop.merchant_id, "own_delivery.hours"))

    timetables = [shop.hours] + ([shop.own_delivery.hours] if shop.own_delivery else [])
    return or_earliest(answer, ordered_at, timetables)


def _between(posted: date, level: ServiceLevel, calendar: Calendar) -> tuple[date, date]:
    """The first and the last day of a parcel posted on *posted*; the last may come first."""
    if level.counted_in == "postal":
        return (
            calendar.postal_day_after(posted, level.min_days),
            calendar.postal_day_after(posted, level.max_days),
        )
    first = calendar.postal_day_from(posted + timedelta(days=level.min_days))
    last = posted + timedelta(days=level.max_days)
    while last >= first and not calendar.is_postal(last):
        last -= _ONE_DAY
    return first, last


def _posted(
    shops: Sequence[Shop],
    ordered_at: datetime,
    level: ServiceLevel,
    calendar: Calendar,
    requested: ReadyTimes,
) -> Promise | Refusal:
    """The standard promise for parcels that the shops must first hand to the post."""
    if refusal := not_offered(Mode.STANDARD, shops, level):
        return refusal
    ready_times = []
    for shop in shops:
        ready = ready_at(shop, ordered_at, requested.get(shop.merchant_id))
        if ready is None:
            return _closed(shop, ordered_at)
        ready_times.append(ready)
    return standard_promise(ordered_at, level, calendar, max(ready_times))


def _closed(shop: Shop, at: datetime) -> Refusal:
    reason = shop.hours.why_closed(local_day(at)) or "merchant_closed"
    return Refusal(reason, binding=(shop.merchant_id,))
