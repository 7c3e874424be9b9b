"""What the planner says of an order that no tour holds: try again, or do without what is missing.

Decides which of the two may be said.  What was fetched of a half-fetched order is on its way in
any case: nobody's parcel waits on board for another shop.  Who says nothing lets the next wave
after ``LooseOrder.decide_by`` fetch the rest, where the shop only was not ready.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum

from dispatch.core.civil import local_day
from dispatch.core.errors import Conflict, NotFound
from dispatch.core.ids import QuoteId
from dispatch.operations.audit import Change, note
from dispatch.operations.manifest import short_ref
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.steps import step
from dispatch.operations.waves import LooseOrder
from dispatch.orders.shipments import State

#: Why a parcel is cancelled that its shop did not give: kept with its event.
LEFT_OUT = "left_out"


class Word(StrEnum):
    """What a planner may say."""

    AGAIN = "again"
    WITHOUT = "without"


def words_on(day: date, ports: Ports) -> Mapping[QuoteId, tuple[Word, ...]]:
    """Return what may be said of each order without a tour on *day* that waits for a word."""
    with ports.store.reading() as tx:
        said = {order.quote_id: _words(order, tx) for order in tx.loose_orders(day)}
    return {quote_id: words for quote_id, words in said.items() if words}


def decide_left_out(quote_id: str, word: Word, ports: Ports) -> LooseOrder:
    """Do what the planner decided, and return the order as it stood before.

    ``AGAIN``: the next wave has it, once what was fetched of it is delivered.  ``WITHOUT``: what
    no courier got is cancelled; storefronts are told of each such shipment, and settle it.

    Raises ``NotFound`` when no such order is without a tour today, ``Conflict`` when this can
    not be said of it.
    """
    with ports.store.writing() as tx:
        today = tx.loose_orders(local_day(ports.clock.now()))
        order = next((one for one in today if one.quote_id == quote_id), None)
        if order is None:
            raise NotFound(f"order {quote_id} is not without a tour today", quote_id=quote_id)
        if word not in _words(order, tx):
            raise Conflict(f"{word} is not to be said of {quote_id}", quote_id=quote_id)
        if word is Word.AGAIN:
            tx.put_loose(replace(order, retry=True, decide_by=None))
        else:
            for shipment_id in order.stops[-1].shipment_ids:
                shipment = tx.shipment(shipment_id)
                step(shipment, State.CANCELLED, tx, ports, actor="planner", reason=LEFT_OUT)
            tx.drop_loose(order.quote_id)
        note(
            Change.LEFT_OUT_DECIDED,
            short_ref(order.quote_id),
            tx,
            ports,
            after={"decision": word.value},
        )
    return order


def _words(order: LooseOrder, tx: Transaction) -> tuple[Word, ...]:
    if order.retry:
        return ()
    booking = tx.booking_of_quote(order.quote_id)
    shipments = tx.shipments_of(booking.booking_id)
    missing = [s for s in shipments if s.shipment_id in order.stops[-1].shipment_ids]
    # The whole order is its customer's to cancel.
    others = [s for s in shipments if s not in missing and s.state is not State.CANCELLED]
    may_go = others and all(s.may_become(State.CANCELLED) for s in missing)
    return (Word.AGAIN, Word.WITHOUT) if may_go else (Word.AGAIN,)
