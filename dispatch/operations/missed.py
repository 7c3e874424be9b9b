"""Deliveries that failed at the door, and what the planner decides for them.

Decides which are still open to a decision: a parcel that is on board, on its way back or
waiting for a word.  What happens by itself is ``bring_back``'s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from dispatch.core.civil import day_window, local_day
from dispatch.core.errors import Conflict, NotFound
from dispatch.core.ids import CourierId, QuoteId
from dispatch.core.windows import TimeWindow
from dispatch.operations.audit import Change, note
from dispatch.operations.bring_back import with_returns, without_returns
from dispatch.operations.learnt import as_learnt
from dispatch.operations.manifest import short_ref
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.progress import retimed
from dispatch.orders.shipments import Shipment, State
from dispatch.tracking.news import Why, with_news
from dispatch.tracking.tours import Stop, StopKind, StopState, Tour


class Decision(StrEnum):
    """What a planner may say of a missed delivery."""

    RETRY = "retry"
    HOLD = "hold"
    GIVE_BACK = "give_back"


@dataclass(frozen=True, slots=True)
class Missed:
    """One doorstep that did not open, its parcels still with the courier.

    reason   : as the courier said it
    goes_back: a visit to its shop is planned
    given_up : for good
    decisions: what may be said of it now
    """

    quote_id: QuoteId
    order_ref: str
    courier_id: CourierId
    reason: str
    goes_back: bool
    given_up: bool
    decisions: tuple[Decision, ...]


def missed_on(day: date, ports: Ports) -> tuple[Missed, ...]:
    """Return the missed deliveries of *day* that a word can still change, the latest first."""
    with ports.store.reading() as tx:
        found = [
            (stop.ended_at, missed)
            for tour in tx.tours(day)
            for stop in _failed(tour)
            if (missed := _missed(tour, stop, tx)) is not None
        ]
    found.sort(key=lambda one: (str(one[0]), one[1].quote_id), reverse=True)
    return tuple(missed for _, missed in found)


def decide_missed(quote_id: str, decision: Decision, ports: Ports) -> Missed:
    """Do what the planner decided, and return how it stands then.

    Raises ``NotFound`` when today has no such missed delivery, ``Conflict`` when it came
    further meanwhile and this can no longer be decided.
    """
    ports = as_learnt(ports)
    now = ports.clock.now()
    with ports.store.writing() as tx:
        tour, stop, before = _find(quote_id, local_day(now), tx)
        if decision not in before.decisions:
            raise Conflict(f"{decision} is too late for {quote_id}", quote_id=quote_id)
        if decision is Decision.RETRY:
            after = _tried_again(without_returns(tour, stop), stop, ports)
        else:
            after = with_returns(tour, stop, tx, ports, given_up=decision is Decision.GIVE_BACK)
        after = retimed(with_news(tour, after, Why.DECIDED, now), ports)
        tx.put_tour(after)
        note(
            Change.MISSED_DECIDED,
            before.order_ref,
            tx,
            ports,
            after={"decision": decision.value},
        )
        goes_back = decision is not Decision.RETRY
        given_up = decision is Decision.GIVE_BACK
        return replace(before, goes_back=goes_back, given_up=given_up, decisions=())


def _find(quote_id: str, day: date, tx: Transaction) -> tuple[Tour, Stop, Missed]:
    for tour in tx.tours(day):
        for stop in _failed(tour):
            if stop.quote_id == quote_id and (missed := _missed(tour, stop, tx)) is not None:
                return tour, stop, missed
    raise NotFound(f"no missed delivery of {quote_id} today", quote_id=quote_id)


def _failed(tour: Tour) -> list[Stop]:
    """The last try at each doorstep, where it failed."""
    last: dict[QuoteId, Stop] = {}
    for stop in tour.stops:
        if stop.kind is StopKind.DROP:
            known = last.get(stop.quote_id)
            if known is None or known.visit[1] <= stop.visit[1]:
                last[stop.quote_id] = stop
    return [stop for stop in last.values() if stop.state is StopState.FAILED]


def _missed(tour: Tour, failed: Stop, tx: Transaction) -> Missed | None:
    """What can be decided of *failed*; None: nothing any more, the parcels are elsewhere."""
    shipments = [tx.shipment(shipment_id) for shipment_id in failed.shipment_ids]
    mine = set(failed.shipment_ids)
    back = [s for s in tour.stops if s.kind is StopKind.RETURN and mine & set(s.shipment_ids)]
    if not shipments or any(stop.state is StopState.DONE for stop in back):
        return None
    back = [stop for stop in back if not stop.over]
    if {s.state for s in shipments} - {State.ATTEMPTED, State.RETURNING}:
        return None
    return Missed(
        quote_id=failed.quote_id,
        order_ref=short_ref(failed.quote_id),
        courier_id=tour.courier_id,
        reason=failed.reason or "other",
        goes_back=bool(back),
        given_up=all(shipment.state is State.RETURNING for shipment in shipments),
        decisions=_decisions(shipments, back),
    )


def _decisions(shipments: list[Shipment], back: list[Stop]) -> tuple[Decision, ...]:
    """A shop that was told to expect a parcel back for good is not told otherwise."""
    if any(shipment.state is State.RETURNING for shipment in shipments):
        return () if back else (Decision.GIVE_BACK,)
    hold = () if back else (Decision.HOLD,)
    return (Decision.RETRY, *hold, Decision.GIVE_BACK)


def _tried_again(tour: Tour, failed: Stop, ports: Ports) -> Tour:
    """Put the doorstep behind what is promised; the next wave finds where it costs least."""
    now = ports.clock.now()
    _, turn = failed.visit
    again = replace(
        failed.at_turn(turn + 1),
        windows=(TimeWindow(now, day_window(local_day(now)).closes_at),),
        due_at=failed.due_at if failed.due_at is not None and failed.due_at > now else None,
        published_at=now,
    )
    return replace(tour, stops=(*tour.stops, again))
