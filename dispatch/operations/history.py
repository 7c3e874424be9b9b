"""The town's own past: what its store knows of the express orders of the last weeks.

Decides which orders count: express ones for the day they were made on, those cancelled too, for
they had been asked for.  What is made of them is ``past_orders``'s.  Nothing is written down:
counts live as long as the process, and doors are counted as coarsely as they outlive the purge,
so the purge changes nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from threading import Lock

from dispatch.core.civil import local_day
from dispatch.operations.past_orders import Past, PastOrder, past_of
from dispatch.operations.store_port import Store, Transaction
from dispatch.slots.calendar import Calendar
from dispatch.slots.service_levels import Mode


class StoredHistory:
    """The ``History`` port of a town: read from *store* once a day, the last *weeks* of it.

    Safe to share between threads.
    """

    def __init__(self, store: Store, calendar: Calendar, *, weeks: int) -> None:
        self._store, self._calendar, self._weeks = store, calendar, weeks
        self._known: tuple[date, Past] | None = None
        self._lock = Lock()

    def before(self, day: date) -> Past:
        """Return what was counted on the days before *day*, the town's first order onwards."""
        with self._lock:
            if self._known is None or self._known[0] != day:
                first = day - timedelta(weeks=self._weeks)
                days = (first + timedelta(days=n) for n in range((day - first).days))
                lived = ((one, list(_asked_on(one, self._store))) for one in days)
                self._known = day, past_of(lived, self._calendar)
            return self._known[1]


def _asked_on(day: date, store: Store) -> Iterator[PastOrder]:
    """The orders of one day; a day at a time, so that nobody waits for two months."""
    with store.reading() as tx:
        yield from _orders(day, tx)


def _orders(day: date, tx: Transaction) -> Iterator[PastOrder]:
    bookings = [one for one in tx.bookings(day) if one.mode is Mode.EXPRESS]
    parcels = tx.shipments({name for one in bookings for name in one.shipment_ids})
    known = {parcel.shipment_id: parcel for parcel in parcels}
    for booking in bookings:
        mine = [known[name] for name in booking.shipment_ids if name in known]
        if mine and local_day(mine[0].promise.window.opens_at) == day:
            shops = tuple(sorted({parcel.merchant_id for parcel in mine}))
            yield PastOrder(booking.created_at, shops, booking.deliver_to.place)
