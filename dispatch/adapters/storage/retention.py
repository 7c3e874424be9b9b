"""Forgetting in the tables, and in the files below them.

Decides which columns a word empties; when, and what stands there instead, is
``operations.retention``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import cast

from sqlalchemy import CursorResult, Delete, Engine, Update, and_, delete, null, or_, select, update

from dispatch.adapters.storage.documents import Document
from dispatch.adapters.storage.orders import BOOKINGS
from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema import (
    bookings,
    closures,
    door_pins,
    events,
    facts,
    handovers,
    idempotency_keys,
    labels,
    quotes,
    shipments,
    tours,
    waves,
)
from dispatch.core.civil import local_day
from dispatch.core.ids import QuoteId, ShipmentId, TourId
from dispatch.operations.forgetting import Forgotten
from dispatch.orders.bookings import Booking
from dispatch.orders.quotes import Doorstep
from dispatch.tracking.tours import Tour

_DOORSTEP = Document(Doorstep)
_TOURS = Shelf(Tour, tours)


class RetentionRows(Rows):
    """The Transaction's words about forgetting."""

    def forget_positions(self, before: datetime) -> int:
        told = and_(facts.c.at_server < before, facts.c.position.is_not(None))
        seen = and_(tours.c.seen_at < before, tours.c.seen.is_not(None))
        waited = and_(tours.c.day < local_day(before), tours.c.waiting.is_not(None))
        nowhere = {"seen": null(), "seen_at": None, "waiting": null()}
        return self._changed(update(facts).where(told).values(position=null())) + self._changed(
            # A new version: whoever remembers the old one must not believe it any more.
            update(tours).where(or_(seen, waited)).values(**nowhere, version=tours.c.version + 1)
        )

    def forget_wave_words(self, before: date) -> int:
        worded = and_(waves.c.day < before, waves.c.error.like("%:%"))
        rows = self._connection.execute(select(waves.c.wave_id, waves.c.error).where(worded)).all()
        for wave_id, error in rows:
            this = update(waves).where(waves.c.wave_id == wave_id)
            self._connection.execute(this.values(error=error.partition(":")[0]))
        return len(rows)

    def forget_closure_words(self, before: date) -> int:
        worded = and_(closures.c.last_day < before, closures.c.reason != "")
        return self._changed(update(closures).where(worded).values(reason=""))

    def forget_quotes(self, expired_before: datetime) -> int:
        unused = and_(quotes.c.booking_id.is_(None), quotes.c.expires_at < expired_before)
        return self._changed(delete(quotes).where(unused))

    def forget_keys(self, claimed_before: datetime) -> int:
        old = idempotency_keys.c.claimed_at < claimed_before
        return self._changed(delete(idempotency_keys).where(old))

    def forget_events(self, before: datetime) -> int:
        ended = select(shipments.c.shipment_id).where(shipments.c.ended_at < before)
        return self._changed(delete(events).where(events.c.shipment_id.in_(ended)))

    def forget_who_pinned(self, before: datetime) -> int:
        known = and_(door_pins.c.at_server < before, door_pins.c.quote_id.is_not(None))
        nobody = {"quote_id": None, "tour_id": None, "stop_id": "", "courier_id": ""}
        return self._changed(update(door_pins).where(known).values(nobody))

    def named_bookings(self, made_before: datetime, after: str, limit: int) -> Sequence[Booking]:
        named = or_(bookings.c.customer_name != "", bookings.c.customer_phone != "")
        query = (
            select(bookings)
            .where(bookings.c.created_at < made_before, bookings.c.booking_id > after, named)
            .order_by(bookings.c.booking_id)
            .limit(limit)
        )
        return self._all(BOOKINGS, query)

    def forget_handover(self, shipment_id: ShipmentId) -> None:
        self._connection.execute(delete(labels).where(labels.c.shipment_id == shipment_id))
        this = update(handovers).where(handovers.c.shipment_id == shipment_id)
        self._connection.execute(this.values(received_by=None))

    def forget_doorstep(self, quote_id: QuoteId, instead: Doorstep) -> None:
        this = quotes.c.quote_id == quote_id
        asked = self._connection.scalar(select(quotes.c.request).where(this))
        if asked is None:
            return
        request = {**asked, "deliver_to": _DOORSTEP.dump(instead)}
        self._connection.execute(update(quotes).where(this).values(request=request))

    def remembering_tours(
        self, before: date, less_than: Forgotten, after: str, limit: int
    ) -> Sequence[Tour]:
        query = (
            select(tours)
            .where(tours.c.day < before, tours.c.forgotten < int(less_than))
            .where(tours.c.tour_id > after)
            .order_by(tours.c.tour_id)
            .limit(limit)
        )
        return self._all(_TOURS, query)

    def mark_forgotten(self, tour_id: TourId, what: Forgotten) -> None:
        this = tours.c.tour_id == tour_id
        self._connection.execute(update(tours).where(this).values(forgotten=int(what)))

    def _changed(self, statement: Update | Delete) -> int:
        return cast("CursorResult[object]", self._connection.execute(statement)).rowcount


def scrub(engine: Engine, *, thorough: bool) -> bool:
    """Overwrite what the files of *engine* still hold of values that are gone.

    SQLite overwrites at once in its own file (``secure_delete``), but its log keeps the
    pages as they were until it is emptied.  PostgreSQL's own vacuum does as much by itself,
    and more cannot be asked of it.
    """
    if engine.dialect.name != "sqlite":
        return True
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA query_only = OFF")
        if thorough:
            raw.execute("VACUUM")
        (busy, *_) = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
