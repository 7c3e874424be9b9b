"""The one question about calendars: what may be promised to who orders now?

Asked alike by slots that are browsed, by quotes and by bookings, so that the three
cannot disagree.  Decides which windows are asked about; what each is answered is
``express``' and ``promises``'.  Whether a courier can keep it is ``dispatch.routing``'s
question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from dispatch.core.civil import local_day
from dispatch.core.reasons import Refusal
from dispatch.slots.calendar import Calendar
from dispatch.slots.express import ReadyTimes, express_day, express_envelope, too_soon
from dispatch.slots.promised import Offer, Pickup, Promise
from dispatch.slots.promises import express_slots, promise_for
from dispatch.slots.service_levels import Mode, ServiceLevel
from dispatch.slots.shops import Shop

__all__ = ["Offer", "offers", "still_offered"]


def offers(
    mode: Mode,
    shops: Sequence[Shop],
    ordered_at: datetime,
    levels: Mapping[Mode, ServiceLevel],
    calendar: Calendar,
    *,
    day: date | None = None,
    requested_ready_at: ReadyTimes | None = None,
) -> tuple[Offer, ...]:
    """Return everything *mode* answers for *shops*, at least one offer.

    day : express only; its windows, each promised or refused for itself.  None: those
          within the promise "as soon as possible", which is the first offer then, and
          also when *day* is the order's own local day

    The other modes have one offer each.  Raises what ``promise_for`` raises.
    """
    requested = requested_ready_at or {}
    level = levels.get(mode)
    if mode is not Mode.EXPRESS or level is None:
        return (Offer.of(promise_for(mode, shops, ordered_at, levels, calendar, requested)),)
    widest = express_envelope(shops, ordered_at, level, requested, day)
    if day is None:
        slots = express_slots(widest, level) if isinstance(widest, Promise) else ()
        answers = (
            (too_soon(slot.window, ordered_at, level) or slot, slot.window) for slot in slots
        )
        return (Offer.of(widest), *(Offer(answer, window) for answer, window in answers))
    windows = express_day(shops, ordered_at, level, day, requested)
    first = (Offer.of(widest),) if day == local_day(ordered_at) or not windows else ()
    return (*first, *windows)


def still_offered(promised: Sequence[Promise], now_offered: Sequence[Offer]) -> Refusal | None:
    """Return None when *promised* is one of the offers to this day, else why it is not.

    promised    : one promise, in parts of one shop each where a courier fetches
    now_offered : what ``offers`` answers for the same shops and the same order
    """
    window, pickups = promised[0].window, _pickups(promised)
    same = [offer for offer in now_offered if offer.window == window]
    for offer in same or now_offered[:1]:
        if isinstance(offer.answer, Refusal):
            return offer.answer
        if offer.window == window and _pickups([offer.answer]) == pickups:
            return None
    return Refusal("merchant_closed", binding=tuple(pickup.merchant_id for pickup in pickups))


def _pickups(promises: Sequence[Promise]) -> tuple[Pickup, ...]:
    return tuple(pickup for promise in promises for pickup in promise.pickups)
