"""What goes wrong on a replayed day, at its instant, by the operations of every day.

Decides who does what then: a customer cancels, a shop says that it will be late, a planner
relieves a courier who cannot go on.  Phones without a signal are ``offline``'s.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.errors import Conflict, Invalid, TooLate
from dispatch.core.ids import QuoteId
from dispatch.operations.cancel import cancel
from dispatch.operations.ports import Ports
from dispatch.operations.relieve import Cause, relieve
from dispatch.operations.shop_late import shop_late
from dispatch.replay.customers import STOREFRONT, Parcel, Taken
from dispatch.replay.day import Day, DayOrder, MishapKind
from dispatch.replay.journal import Journal
from dispatch.replay.shops import Shops

#: A shop that is late by less says nothing.  First guess.
_A_LITTLE: Final = timedelta(minutes=5)

_Act = Callable[[datetime], None]


@dataclass(slots=True)
class Wrong:
    """What came of it.

    cancelled   : numbers of the orders whose customers cancelled in time
    handed_over : orders that others took over from a courier who could not go on
    told_late   : parcels of which a shop said that they would be late
    """

    cancelled: set[int] = field(default_factory=set)
    handed_over: int = 0
    told_late: int = 0


class Mishaps:
    """All of a day's, in order of time.  What cannot be done any more is noted, and not done."""

    def __init__(self, day: Day, ports: Ports, shops: Shops, journal: Journal) -> None:
        self._ports, self._shops, self._journal = ports, shops, journal
        self._to_come: list[tuple[datetime, int, _Act]] = []
        self._planned = 0
        self.wrong = Wrong()
        for mishap in day.mishaps:
            if mishap.kind is MishapKind.BREAKDOWN:
                self._plan(mishap.at, self._breakdown(mishap.courier_id))

    def hear(self, taken: Taken) -> None:
        """Learn of what was just booked, and plan what goes wrong with it."""
        now, order = self._ports.clock.now(), taken.order
        if order.cancels_at is not None and taken.quote_id is not None:
            self._plan(max(now, order.cancels_at), self._cancellation(taken, taken.quote_id))
        told = {line.merchant_id for line in order.lines if line.told}
        for parcel in taken.parcels:
            packed_at = self._shops.packed_at((parcel.shipment_id,))
            if parcel.merchant_id in told and packed_at >= parcel.ready_at + _A_LITTLE:
                self._plan(max(now, parcel.ready_at), self._word(order, parcel, packed_at))

    def next_at(self) -> datetime | None:
        return self._to_come[0][0] if self._to_come else None

    def act(self) -> None:
        """Let the next thing go wrong."""
        at, _, happens = heapq.heappop(self._to_come)
        happens(at)

    def _plan(self, at: datetime, happens: _Act) -> None:
        self._planned += 1
        heapq.heappush(self._to_come, (at, self._planned, happens))

    def _cancellation(self, taken: Taken, quote_id: QuoteId) -> _Act:
        def happens(at: datetime) -> None:
            with self._ports.store.reading() as tx:
                booking_id = tx.booking_of_quote(quote_id).booking_id
            try:
                cancel(booking_id, STOREFRONT, self._ports)
            except TooLate as why:
                self._journal.note(at, "cancels", order=taken.order.number, why=why.code)
                return
            self._shops.forget(tuple(parcel.shipment_id for parcel in taken.parcels))
            self.wrong.cancelled.add(taken.order.number)
            self._journal.note(at, "cancels", order=taken.order.number, why="-")

        return happens

    def _word(self, order: DayOrder, parcel: Parcel, packed_at: datetime) -> _Act:
        def happens(at: datetime) -> None:
            if order.number in self.wrong.cancelled:
                return
            name, shop = parcel.shipment_id, parcel.merchant_id
            try:
                shop_late(name, packed_at, self._ports, merchant_id=shop)
            except (Conflict, Invalid) as why:
                self._journal.note(at, "says_late", shipment=name, why=why.code)
                return
            self.wrong.told_late += 1
            self._journal.note(at, "says_late", shipment=name, why="-")

        return happens

    def _breakdown(self, courier_id: str) -> _Act:
        def happens(at: datetime) -> None:
            try:
                relief = relieve(courier_id, Cause.VEHICLE_DOWN, self._ports)
            except Conflict as why:
                self._journal.note(at, "breaks_down", courier=courier_id, why=why.code)
                return
            self.wrong.handed_over += len(relief.moved)
            self._journal.note(
                at,
                "breaks_down",
                courier=courier_id,
                moved=len(relief.moved),
                unplaced=len(relief.unplaced),
            )

        return happens
