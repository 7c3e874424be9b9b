"""The express window: from "ordered now" to the hours a courier could ring.

Decides the widest window the service level and the shops allow, and its bookable
hours.  Does not know couriers or streets: whether a tour can keep the promise is
``dispatch.routing``'s question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from dispatch.core.civil import instant_at, local_day
from dispatch.core.ids import MerchantId
from dispatch.core.reasons import Refusal
from dispatch.core.windows import TimeWindow
from dispatch.slots.promised import Pickup, Promise
from dispatch.slots.service_levels import Mode, ServiceLevel
from dispatch.slots.shops import Shop, pickup_windows, ready_at
from dispatch.slots.unlocks import or_earliest

ReadyTimes = Mapping[MerchantId, datetime]


def express_envelope(
    shops: Sequence[Shop],
    ordered_at: datetime,
    level: ServiceLevel,
    requested_ready_at: ReadyTimes | None = None,
) -> Promise | Refusal:
    """Return the promise for "as soon as possible", or why there is none.

    Its window lies within ``min_lead_min`` and ``max_lead_min`` of *ordered_at*, ends by
    ``same_day_until`` of the order's local day, and opens when the slowest of *shops* is
    ready.  *requested_ready_at*: see ``shops.ready_at``, per merchant.

    Refusals: ``mode_disabled``, ``after_cutoff``, ``holiday``, ``merchant_closed``,
    ``not_ready_in_time``; ``binding`` names the rule or the shop that decided.
    """
    requested = requested_ready_at or {}
    return or_earliest(
        lambda at: _envelope(shops, at, level, requested),
        ordered_at,
        [shop.hours for shop in shops],
    )


def express_slots(envelope: Promise, level: ServiceLevel) -> tuple[Promise, ...]:
    """Return the bookable windows of ``level.slot_min`` that lie fully inside *envelope*.

    They begin on the wall clock at multiples of ``slot_min`` after midnight.  The hour
    that spring skips has none; the hour that autumn repeats is one window, twice as long.
    """
    first, last = envelope.days
    slots: list[Promise] = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        for minute in range(0, 1440, level.slot_min):
            opens_at, closes_at = instant_at(day, minute), instant_at(day, minute + level.slot_min)
            inside = envelope.window.opens_at <= opens_at and closes_at <= envelope.window.closes_at
            # Spring reads the times it skips as an hour later: the same slot twice.
            taken = bool(slots) and opens_at < slots[-1].window.closes_at
            if inside and opens_at < closes_at and not taken:
                slots.append(envelope.narrowed(TimeWindow(opens_at, closes_at)))
    return tuple(slots)


def past_cut_off(ordered_at: datetime, level: ServiceLevel) -> Refusal | None:
    """Return the refusal of an order at or after ``level.order_cut_off``, or None."""
    if level.order_cut_off is None:
        return None
    if ordered_at < instant_at(local_day(ordered_at), level.order_cut_off):
        return None
    return Refusal("after_cutoff", binding=("order_cut_off",))


def not_offered(mode: Mode, shops: Sequence[Shop], level: ServiceLevel) -> Refusal | None:
    """Return the refusal of a mode that the territory or one of *shops* does not offer."""
    if not level.enabled:
        return Refusal("mode_disabled", binding=(f"{mode}.enabled",))
    without = tuple(shop.merchant_id for shop in shops if mode not in shop.modes)
    return Refusal("mode_disabled", binding=without) if without else None


def _envelope(
    shops: Sequence[Shop], ordered_at: datetime, level: ServiceLevel, requested: ReadyTimes
) -> Promise | Refusal:
    if refusal := not_offered(Mode.EXPRESS, shops, level) or past_cut_off(ordered_at, level):
        return refusal
    opens_at = ordered_at + timedelta(minutes=level.min_lead_min)
    closes_at = _latest(ordered_at, level)
    if opens_at >= closes_at:
        return Refusal("after_cutoff", binding=("same_day_until",))
    pickups = []
    for shop in shops:
        ready = ready_at(shop, ordered_at, requested.get(shop.merchant_id))
        if ready is None or ready >= closes_at:
            return _not_ready(shop, ordered_at, closes_at)
        pickups.append(Pickup(shop.merchant_id, pickup_windows(shop, ready, closes_at)))
    all_ready_at = max(pickup.ready_at for pickup in pickups)
    window = TimeWindow(max(opens_at, all_ready_at), closes_at)
    return Promise(Mode.EXPRESS, window, all_ready_at, tuple(pickups))


def _latest(ordered_at: datetime, level: ServiceLevel) -> datetime:
    """The end of every promise.  ``ServiceLevel`` guarantees that one bound is set."""
    ends = []
    if level.max_lead_min is not None:
        ends.append(ordered_at + timedelta(minutes=level.max_lead_min))
    if level.same_day_until is not None:
        ends.append(instant_at(local_day(ordered_at), level.same_day_until))
    return min(ends)


def _not_ready(shop: Shop, ordered_at: datetime, closes_at: datetime) -> Refusal:
    """Closed all that time, or open but too slow?  The customer is told which."""
    opening = shop.hours.next_opening(ordered_at)
    if opening is not None and opening < closes_at:
        return Refusal("not_ready_in_time", binding=(shop.merchant_id,))
    reason = shop.hours.why_closed(local_day(ordered_at)) or "merchant_closed"
    return Refusal(reason, binding=(shop.merchant_id,))
