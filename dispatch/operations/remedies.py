"""The planner takes a remedy for a promise at risk: another courier, or a later promise.

Decides whether it still helps: what was proposed is tried again as of now, and taken only as it
was read.  What is at risk and what would help is ``at_risk``'s; another way to have the order
costs something else, and is agreed with the customer by telephone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from dispatch.core.civil import local_day, local_text
from dispatch.core.errors import Conflict
from dispatch.core.ids import CourierId
from dispatch.core.windows import TimeWindow
from dispatch.operations.at_risk import Case, case_of, with_another
from dispatch.operations.audit import Change, note
from dispatch.operations.closures import as_closed
from dispatch.operations.express import Desk, desk
from dispatch.operations.learnt import as_learnt
from dispatch.operations.manifest import short_ref
from dispatch.operations.nobody_loses import nobody_loses
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.progress import retimed
from dispatch.operations.steps import Steps, tell
from dispatch.operations.think_first import think_first
from dispatch.orders.shipments import FINAL, EventType, Shipment, State
from dispatch.tracking.news import Why, with_news
from dispatch.tracking.tours import Stop, Tour

#: Why a shipment's courier is another: kept with its event.
REASSIGNED: Final = "reassigned"


@dataclass(frozen=True, slots=True)
class Taken:
    """What was done.

    courier_id : who has the order now
    until      : when it is promised for now
    """

    order_ref: str
    courier_id: CourierId
    until: datetime


@dataclass(frozen=True, slots=True)
class _Seen:
    table: Desk
    shipments: tuple[Shipment, ...]
    case: Case


@dataclass(frozen=True, slots=True)
class _Thought:
    """What is written: tours, parcels' steps, parcels promised anew; and what the trail says."""

    taken: Taken
    written: tuple[Tour, ...]
    trail: Mapping[str, object]
    steps: Steps | None = None
    promised: tuple[Shipment, ...] = ()


def reassign(quote_id: str, courier_id: str, ports: Ports) -> Taken:
    """Give the order to *courier_id*, where the remedy has it as of now; return it.

    Raises ``NotFound`` when today has no such promise, and ``Conflict`` when that courier would
    not help any more, somebody else would lose by it, or a courier has it or is about to.
    """
    return _taken(quote_id, lambda seen, ports: _handed(seen, courier_id, ports), ports)


def put_off(quote_id: str, promised_until: datetime, until: datetime, ports: Ports) -> Taken:
    """Promise the order for *until* instead of *promised_until*, and tell everybody.

    Raises ``NotFound`` when today has no such promise, and ``Conflict`` when it is another by
    now, or *until* would not be kept nine times in ten either.
    """
    return _taken(quote_id, lambda seen, ports: _put_off(seen, promised_until, until, ports), ports)


def _taken(quote_id: str, think: Callable[[_Seen, Ports], _Thought], ports: Ports) -> Taken:
    ports = as_closed(as_learnt(ports))
    return think_first(
        lambda tx: _look(quote_id, tx, ports),
        lambda seen: think(seen, ports),
        lambda thought, tx: _write(thought, tx, ports),
        ports,
    )


def _write(thought: _Thought, tx: Transaction, ports: Ports) -> Taken:
    """Raises ``Stale`` when the day moved since it was looked at."""
    for tour in thought.written:
        tx.put_tour(tour)
    if thought.steps is not None:
        thought.steps.write(tx)
    for shipment in thought.promised:
        window = shipment.promise.window
        told = {"start": local_text(window.opens_at), "end": local_text(window.closes_at)}
        data: dict[str, object] = {"changed": ["window"], "promise": told}
        tell(shipment, EventType.AMENDED, tx, ports, actor="planner", data=data)
    note(Change.PROMISE_HELPED, thought.taken.order_ref, tx, ports, after=thought.trail)
    return thought.taken


def _look(quote_id: str, tx: Transaction, ports: Ports) -> _Seen:
    table = desk(tx, ports)
    case = case_of(quote_id, table, tx, ports)
    return _Seen(table, tuple(tx.shipments_of(case.booking.booking_id)), case)


def _handed(seen: _Seen, courier_id: str, ports: Ports) -> _Thought:
    case, now = seen.case, ports.clock.now()
    quote_id = case.offer.quote_id
    to = [tour for tour in seen.table.tours if tour.courier_id == courier_id]
    found = with_another(case, to, ports) if case.can_move else None
    if found is None:
        raise Conflict(f"{courier_id} does not help {quote_id}", courier_id=courier_id)
    before = next(tour for tour in to if tour.tour_id == found.tour.tour_id)
    left = retimed(case.tour.without_order(quote_id), ports)
    if not nobody_loses([case.tour, before], [left, found.tour], ports, strangers={quote_id}):
        raise Conflict(f"others would lose by the detour of {courier_id}", courier_id=courier_id)
    steps = Steps(seen.shipments)
    for shipment in seen.shipments:
        if shipment.state is State.TO_PICKUP:
            name = shipment.shipment_id
            steps.step(name, State.ASSIGNED, now=now, actor="planner", reason=REASSIGNED)
    return _Thought(
        Taken(short_ref(quote_id), found.tour.courier_id, case.promised_until),
        (
            with_news(case.tour, left, Why.HELPED, now),
            with_news(before, found.tour, Why.HELPED, now),
        ),
        {"remedy": "reassign", "courier": found.tour.courier_id},
        steps,
    )


def _put_off(seen: _Seen, promised_until: datetime, until: datetime, ports: Ports) -> _Thought:
    case = seen.case
    later = promised_until == case.promised_until < until
    if not later or until < case.seen.over_late_at or local_day(until) != case.tour.day:
        raise Conflict(f"{case.offer.quote_id} is not put off to {local_text(until)}")
    stops = tuple(_due_by(stop, case, until) for stop in case.tour.stops)
    return _Thought(
        Taken(short_ref(case.offer.quote_id), case.tour.courier_id, until),
        (replace(case.tour, stops=stops),),
        {"remedy": "extend", "until": local_text(until)},
        promised=tuple(_until(s, until) for s in seen.shipments if s.state not in FINAL),
    )


def _due_by(stop: Stop, case: Case, until: datetime) -> Stop:
    if stop.stop_id != case.seen.stop.stop_id or stop.due_at is None:
        return stop
    return replace(stop, due_at=stop.due_at + (until - case.promised_until))


def _until(shipment: Shipment, until: datetime) -> Shipment:
    window = TimeWindow(shipment.promise.window.opens_at, until)
    return replace(shipment, promise=replace(shipment.promise, window=window))
