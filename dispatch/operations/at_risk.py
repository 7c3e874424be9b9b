"""Which promises will probably be broken, and what could still be done about each.

Decides what is at risk: a promise that is kept less often than nine times in ten, as of now.
What would help is tried before it is told, and has its price; a planner decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from dispatch.core.errors import NotFound
from dispatch.core.ids import CourierId, QuoteId
from dispatch.core.money import Price
from dispatch.core.windows import TimeWindow
from dispatch.operations.arrivals import P_LATE, Outlook, outlooks, packed_stops
from dispatch.operations.closures import as_closed
from dispatch.operations.express import Desk, desk, one_by_one, with_window
from dispatch.operations.fallbacks import fallbacks
from dispatch.operations.fit import Fit
from dispatch.operations.learnt import as_learnt
from dispatch.operations.manifest import short_ref
from dispatch.operations.ports import Ports, Transaction
from dispatch.orders.bookings import Booking
from dispatch.orders.quotes import Option, Quote
from dispatch.tracking.tours import Stop, StopState, Tour

#: Remedies are tried for so many: a planner acts on one after the other.
_TRIED: Final = 3
#: A promise put off by no more than this is a call, not another delivery.
_A_LITTLE: Final = timedelta(minutes=15)
#: What is put off is put off to the next of these.
_STEP: Final = timedelta(minutes=5)


class RemedyKind(StrEnum):
    """What a planner can do about a promise."""

    REASSIGN = "reassign"
    EXTEND = "extend"
    INSTEAD = "instead"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing that would help.

    courier_id, added_s, p_on_time : another courier takes it: whose tour grows by how many seconds
                on the road, and how likely the promise is then kept
    until     : the promise is put off to this minute, and then kept nine times in ten
    option    : another way to get the order, with its price
    """

    kind: RemedyKind
    courier_id: CourierId | None = None
    added_s: int = 0
    p_on_time: float | None = None
    until: datetime | None = None
    option: Option | None = None


@dataclass(frozen=True, slots=True)
class Another:
    """The order in another courier's *tour*, given out: by so much longer, so likely kept."""

    tour: Tour
    added_s: int
    p_on_time: float

    @property
    def remedy(self) -> Remedy:
        return Remedy(
            RemedyKind.REASSIGN,
            courier_id=self.tour.courier_id,
            added_s=self.added_s,
            p_on_time=self.p_on_time,
        )


@dataclass(frozen=True, slots=True)
class AtRisk:
    """One promise that is kept less often than nine times in ten.

    over_late_at : everything is handed over by then, nine times in ten
    paid         : what the customer paid for it;  phone: whom to call, "" when forgotten
    remedies     : the best first; for the most urgent all, for the others what needs no trying
    """

    order_ref: str
    quote_id: QuoteId
    courier_id: CourierId
    promised_until: datetime
    over_late_at: datetime
    p_on_time: float
    paid: Price
    phone: str
    remedies: tuple[Remedy, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One doorstep at risk, in the tour it stands in."""

    tour: Tour
    seen: Outlook
    p_on_time: float
    promised_until: datetime
    booking: Booking
    offer: Quote

    @property
    def stops(self) -> tuple[Stop, ...]:
        return tuple(s for s in self.tour.stops if s.quote_id == self.offer.quote_id)

    @property
    def can_move(self) -> bool:
        """True while all of it is still at its shops, and no courier at any of them."""
        return all(stop.state is StopState.OPEN for stop in self.stops)


def at_risk(ports: Ports) -> tuple[AtRisk, ...]:
    """Return today's promises at risk, the most urgent first.

    Raises ``StreetsUnavailable`` when nobody tells travel times.
    """
    ports = as_closed(as_learnt(ports))
    now = ports.clock.now()
    with ports.store.reading() as tx:
        table = desk(tx, ports)
        packed = packed_stops(table.tours, tx)
    risky = [
        (tour, seen)
        for tour in table.tours
        for seen in outlooks(tour, packed, now, ports)
        if seen.p_on_time is not None and seen.p_on_time < P_LATE
    ]
    with ports.store.reading() as tx:
        cases = [_case(tour, seen, tx) for tour, seen in risky]
    cases.sort(key=lambda case: (case.p_on_time, case.promised_until, case.offer.quote_id))
    return tuple(
        _told(case, _tried(case, table, ports) if n < _TRIED else [])
        for n, case in enumerate(cases)
    )


def case_of(quote_id: str, table: Desk, tx: Transaction, ports: Ports) -> Case:
    """Return how the promise of *quote_id* stands now, at risk or not.

    Raises ``NotFound`` when no courier of *table* has it to bring, and ``StreetsUnavailable``.
    """
    packed = packed_stops(table.tours, tx)
    for tour in table.tours:
        # A courier who was there in vain has stops of it, too.
        if not any(s.quote_id == quote_id and not s.over for s in tour.stops):
            continue
        for seen in outlooks(tour, packed, ports.clock.now(), ports):
            if seen.stop.quote_id == quote_id and seen.p_on_time is not None:
                return _case(tour, seen, tx)
    raise NotFound(f"no courier is to bring {quote_id} today", quote_id=quote_id)


def _case(tour: Tour, seen: Outlook, tx: Transaction) -> Case:
    promised = seen.stop.promised_until
    assert promised is not None and seen.p_on_time is not None, "only a promise is at risk"
    quote_id = seen.stop.quote_id
    booking, offer = tx.booking_of_quote(quote_id), tx.quote(quote_id)
    return Case(tour, seen, seen.p_on_time, promised, booking, offer)


def _told(case: Case, tried: Sequence[Remedy]) -> AtRisk:
    late_s = (case.seen.over_late_at - case.promised_until) // timedelta(seconds=1)
    steps = -(-late_s // int(_STEP.total_seconds()))
    until = case.promised_until + max(1, steps) * _STEP
    extend = Remedy(RemedyKind.EXTEND, until=until, p_on_time=P_LATE)
    call = Remedy(RemedyKind.CALL)
    a_little = until <= case.promised_until + _A_LITTLE
    saved = [r for r in tried if r.kind is RemedyKind.REASSIGN and (r.p_on_time or 0) >= P_LATE]
    others = [r for r in tried if r not in saved]
    remedies = (*saved, extend, call, *others) if a_little else (*saved, *others, extend, call)
    return AtRisk(
        order_ref=short_ref(case.offer.quote_id),
        quote_id=case.offer.quote_id,
        courier_id=case.tour.courier_id,
        promised_until=case.promised_until,
        over_late_at=case.seen.over_late_at,
        p_on_time=case.p_on_time,
        paid=case.booking.price,
        phone=case.booking.customer.phone,
        remedies=remedies,
    )


def _tried(case: Case, table: Desk, ports: Ports) -> list[Remedy]:
    """Try what moves the order: a courier who has it, or is about to, keeps it."""
    if not case.can_move:
        return []
    instead = fallbacks(case.offer, case.promised_until, table, ports)
    other = with_another(case, table.tours, ports)
    return [
        *([] if other is None else [other.remedy]),
        *(Remedy(RemedyKind.INSTEAD, option=option) for option in instead),
    ]


def with_another(case: Case, tours: Sequence[Tour], ports: Ports) -> Another | None:
    """Put the order where it adds least to another of *tours*, as of now; None: no help."""
    now = ports.clock.now()
    others = [tour for tour in tours if tour.tour_id != case.tour.tour_id]
    promised = TimeWindow(case.seen.stop.windows[0].opens_at, case.promised_until)
    anew = tuple(stop.at_turn(stop.visit[1] + 1) for stop in case.stops)
    order = with_window(anew, promised, now)
    (found,) = one_by_one([order], others, now, ports) if others else (None,)
    if not isinstance(found, Fit):
        return None
    mine = {stop.stop_id for stop in order}
    given = tuple(s.given(now) if s.stop_id in mine else s for s in found.tour.stops)
    tour = replace(found.tour, stops=given)
    seen = outlooks(tour, (), now, ports)
    p = next((one.p_on_time for one in seen if one.stop.stop_id == order[-1].stop_id), None)
    if p is None or p <= case.p_on_time:
        return None
    return Another(tour, found.witness.added_s, p)
