"""Shopkeepers as robots, and the customers who come to their counters.

Decides when a button of the merchant's page is pressed: mostly in time, sometimes a
little late.  Whether it may be pressed at all is what the page offers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

import httpx

from dispatch.core.civil import instant_at, local_day, parse_instant
from dispatch.demo.agenda import Agenda
from dispatch.demo.diary import Diary, Tone
from dispatch.demo.orders import DemoOrder
from dispatch.demo.pages import Browser
from dispatch.operations.prepare import Act
from dispatch.orders.merchants import Merchant
from dispatch.slots.service_levels import Mode
from dispatch.slots.shops import ready_at

Json = dict[str, Any]

#: Every so many parcels for a courier, one is packed late by some minutes.  First guess.
_LATE_SHARE: Final = 0.08
_LATE_MIN: Final = (3, 9)
_EARLY_MIN: Final = (1, 4)
#: Parcels are at the post this long before its collection.
_BEFORE_COLLECTION: Final = timedelta(minutes=10)
_ONE_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Parcel:
    """One shipment at one counter, as its shop learnt of it."""

    order: DemoOrder
    shop: Merchant
    shipment_id: str
    mode: Mode
    opens_at: datetime
    code: str
    packed_at: datetime


class Shopkeepers:
    """Everybody behind a counter.

    browser_of     : the browser of a merchant, by id
    posting_cut_off: minute of the day of the post's last collection; None: it has none
    """

    def __init__(
        self,
        browser_of: Callable[[str], Browser],
        agenda: Agenda,
        diary: Diary,
        rng: Random,
        *,
        posting_cut_off: int | None,
    ) -> None:
        self._browser_of = browser_of
        self._agenda, self._diary, self._rng = agenda, diary, rng
        self._posting_cut_off = posting_cut_off

    def hear(self, order: DemoOrder, shop: Merchant, shipment: Json, at: datetime) -> None:
        """Learn at *at* of a booked shipment, and plan what has to be done with it today.

        shipment : as the interface tells it, with ``id``, ``mode``, ``promise`` and,
                   for collect, ``collect_code``
        """
        ready = ready_at(shop.shop, at)
        if ready is None or local_day(ready) != local_day(at):
            return  # another day's work
        mode = Mode(shipment["mode"])
        begins_at = max(at + _ONE_MINUTE, ready - timedelta(minutes=shop.shop.preparation_min))
        packed_at = max(begins_at + _ONE_MINUTE, ready + self._drift(mode))
        parcel = _Parcel(
            order,
            shop,
            shipment["id"],
            mode,
            parse_instant(shipment["promise"]["start"]),
            shipment.get("collect_code") or "",
            packed_at,
        )
        self._plan(parcel, Act.PREPARE, begins_at)
        self._plan(parcel, Act.READY, packed_at)
        if mode is Mode.COLLECT:
            self._expect_customer(parcel)
        elif mode is Mode.STANDARD:
            self._take_to_post(parcel, at)
        elif mode is Mode.MERCHANT:
            self._deliver(parcel)

    def _drift(self, mode: Mode) -> timedelta:
        """How much later than by the book a parcel is packed; negative: earlier."""
        if mode is Mode.EXPRESS and self._rng.random() < _LATE_SHARE:
            return timedelta(minutes=self._rng.randint(*_LATE_MIN))
        return -timedelta(minutes=self._rng.randint(*_EARLY_MIN))

    def _expect_customer(self, parcel: _Parcel) -> None:
        """The customer comes while the shop is open: today, or it is not today's story."""
        wanted = max(parcel.opens_at, parcel.packed_at + _ONE_MINUTE)
        comes_at = wanted + timedelta(minutes=parcel.order.patience_min)
        opens_at = parcel.shop.shop.hours.next_opening(comes_at)
        if opens_at is not None and local_day(opens_at) == local_day(parcel.packed_at):
            self._plan(parcel, Act.COLLECTED, opens_at)

    def _take_to_post(self, parcel: _Parcel, at: datetime) -> None:
        posted_at = parcel.packed_at + timedelta(minutes=self._rng.randint(10, 60))
        if self._posting_cut_off is not None:
            collected_at = instant_at(local_day(at), self._posting_cut_off)
            if at >= collected_at:
                return  # tomorrow's post
            in_time = max(parcel.packed_at + _ONE_MINUTE, collected_at - _BEFORE_COLLECTION)
            posted_at = min(posted_at, in_time)
        self._plan(parcel, Act.POSTED, posted_at)

    def _deliver(self, parcel: _Parcel) -> None:
        if local_day(parcel.opens_at) != local_day(parcel.packed_at):
            return
        leaves_at = max(parcel.opens_at, parcel.packed_at + _ONE_MINUTE)
        self._plan(parcel, Act.LEAVE, leaves_at)
        self._plan(parcel, Act.DELIVERED, leaves_at + timedelta(minutes=self._rng.randint(10, 45)))

    def _plan(self, parcel: _Parcel, act: Act, at: datetime) -> None:
        self._agenda.add(at, lambda when: self._press(parcel, act, when))

    def _press(self, parcel: _Parcel, act: Act, at: datetime) -> None:
        """Press the button if the page has it: a cancelled parcel has none any more."""
        browser, button = self._browser_of(parcel.shop.merchant_id), ("act", act.value)
        typed = {"code": parcel.code} if act is Act.COLLECTED else {}
        try:
            # Twice: a wave may have come between the look and the press.
            for _ in range(2):
                form = browser.page().button(*button, about=parcel.shipment_id)
                if form is None:
                    return
                if browser.press(form, button, **typed):
                    self._say(parcel, act, at)
                    return
            self._diary.note(at, f"{parcel.shop.name} cannot do {act}", Tone.BAD)
        except httpx.HTTPError as why:
            self._diary.note(at, f"{parcel.shop.name} has no answer ({why})", Tone.BAD)

    def _say(self, parcel: _Parcel, act: Act, at: datetime) -> None:
        name, shop = parcel.order.first_name, parcel.shop.name
        if act is Act.COLLECTED:
            self._diary.note(at, f"{name} collects at {shop}", Tone.GOOD)
        elif act is Act.POSTED:
            self._diary.note(at, f"{shop} hands {name}'s parcel to the post")
        elif act is Act.DELIVERED:
            self._diary.note(at, f"{shop} delivers to {name} with its own van", Tone.GOOD)
