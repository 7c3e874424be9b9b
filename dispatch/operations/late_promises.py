"""A promise that will not be kept is told once, with everything that could be had instead.

Decides when it matters to a customer: when it is more likely broken than kept, or when the order
is in no tour and the next wave comes too late or will not try.  A forecast that moves within
the promise is nobody's news.  Each way out was tried as any quote is; none is taken by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dispatch.core.civil import local_day, local_text
from dispatch.core.errors import StreetsUnavailable
from dispatch.core.ids import QuoteId
from dispatch.operations.arrivals import outlooks, packed_stops
from dispatch.operations.closures import as_closed
from dispatch.operations.express import Desk, desk
from dispatch.operations.fallbacks import fallbacks
from dispatch.operations.late_notice import Instead, last_notice, span_told
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.steps import tell
from dispatch.operations.waves import LooseOrder
from dispatch.orders.shipments import FINAL, WITH_MERCHANT, EventType, Shipment
from dispatch.tracking.tours import Tour

#: From here on a promise is more likely broken than kept.
_BROKEN: Final = 0.5
#: An order without a tour is fetched and brought in no less time than this.
_NO_TIME_LEFT: Final = timedelta(minutes=30)
#: Why, when it is only late: otherwise a refusal's code says it.
LATE: Final = "late"


@dataclass(frozen=True, slots=True)
class _Case:
    """One order whose promise will not be kept.

    why      : ``late``, or the code of why no tour holds it
    expected : when it is handed over, from early to late; None: in no tour
    """

    quote_id: QuoteId
    why: str
    expected: tuple[datetime, datetime] | None


def tell_of_late_promises(ports: Ports) -> int:
    """Tell each promise of today that will not be kept, once; return how many were told.

    Does nothing while nobody tells travel times.
    """
    ports = as_closed(as_learnt(ports))
    with ports.store.reading() as tx:
        table = desk(tx, ports)
        packed = packed_stops(table.tours, tx)
    try:
        late = _late(table.tours, packed, ports)
        with ports.store.reading() as tx:
            found = [case for case in (*late, *_lost(tx, ports)) if _news(case, tx)]
        return sum(_tell(case, table, ports) for case in found)
    except StreetsUnavailable:
        return 0


def _late(tours: Sequence[Tour], packed: Collection[str], ports: Ports) -> list[_Case]:
    """What couriers have, and will more likely bring too late than in time."""
    return [
        _Case(seen.stop.quote_id, LATE, (seen.over_early_at, seen.over_late_at))
        for tour in tours
        for seen in outlooks(tour, packed, ports.clock.now(), ports)
        if seen.p_on_time is not None and seen.p_on_time < _BROKEN
    ]


def _lost(tx: Transaction, ports: Ports) -> list[_Case]:
    """What no courier has, nor will have in time."""
    now = ports.clock.now()
    return [
        _Case(order.quote_id, order.refusal.code, None)
        for order in tx.loose_orders(local_day(now))
        if _is_lost(order, tx, now)
    ]


def _is_lost(order: LooseOrder, tx: Transaction, now: datetime) -> bool:
    """True when no wave is to try it any more, or in vain."""
    shipments = _alive(order.quote_id, tx)
    return bool(shipments) and (
        not order.retry or shipments[0].promise.window.closes_at <= now + _NO_TIME_LEFT
    )


def _alive(quote_id: QuoteId, tx: Transaction) -> list[Shipment]:
    booking = tx.booking_of_quote(quote_id)
    return [s for s in tx.shipments_of(booking.booking_id) if s.state not in FINAL]


def _news(case: _Case, tx: Transaction) -> bool:
    shipments = _alive(case.quote_id, tx)
    return bool(shipments) and last_notice(tx.events_of(shipments[0].shipment_id)) is None


def _tell(case: _Case, table: Desk, ports: Ports) -> bool:
    with ports.store.reading() as tx:
        offer, shipments = tx.quote(case.quote_id), _alive(case.quote_id, tx)
    # What a courier has is brought: there is nothing to have instead.
    movable = bool(shipments) and all(s.state in WITH_MERCHANT for s in shipments)
    until = shipments[0].promise.window.closes_at if shipments else ports.clock.now()
    options = fallbacks(offer, until, table, ports) if movable else ()
    data: dict[str, object] = {
        "why": case.why,
        "promised_until": local_text(until),
        "instead": [Instead.of(option).told() for option in options],
    }
    if case.expected is not None:
        data["expected"] = span_told(*case.expected)
    with ports.store.writing() as tx:
        if not _news(case, tx):
            return False  # handed over, cancelled or told meanwhile
        for shipment in _alive(case.quote_id, tx):
            tell(shipment, EventType.LATE, tx, ports, actor="house", data=data)
    return True
