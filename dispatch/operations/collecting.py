"""At the counter: the code is said, the parcel handed over; nobody comes, and it goes back.

Decides who gets a parcel, and what the house does by itself about one that waits: it
reminds the customer once, then gives the parcel back to the shelf.  What a courier brought
back is reminded of as well, and stays: the customer has paid for it to be brought.  The rules'
numbers are ``orders.collecting``'s.  A reminder is an event: whoever knows the customer writes
to them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from dispatch.core.civil import clock_text, local_text
from dispatch.core.errors import DispatchError, Invalid, TooManyTries
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.steps import step, tell
from dispatch.orders.collecting import CollectRules, Handover, remind_at, unclaimed_at
from dispatch.orders.shipments import EventType, Shipment, State

#: Why a parcel that nobody fetched goes back: kept with the event.
UNCLAIMED: Final = "unclaimed"
#: The customer sent somebody: kept with the event.
BY_SOMEBODY_ELSE: Final = "by_somebody_else"
#: A name, not a letter: what a merchant may write of who came.
LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Looked:
    """How many customers were reminded, how many parcels went back to the shelf."""

    reminded: int = 0
    unclaimed: int = 0


def hand_over(
    shipment: Shipment, code: str | None, by: str, tx: Transaction, ports: Ports
) -> Shipment | DispatchError:
    """Give *shipment* to whoever says its *code*, and return it, or why not.

    The refusal is returned, not raised: that a code was wrong is written, and must be kept.
    ``TooManyTries`` while the counter waits, even for the right code; ``Invalid`` for a wrong one.

    by : who came, when it is not the customer

    Raises ``InvalidTransition`` when there is nothing to hand over.
    """
    now = ports.clock.now()
    if shipment.state is not State.COLLECTED:
        shipment.becomes(State.COLLECTED, now)
    counter = tx.handover(shipment.shipment_id) or Handover(shipment.shipment_id)
    if counter.waits(now):
        return _must_wait(counter, now)
    if code != shipment.handover_code:
        counter = counter.wrong(now, ports.parameters.collect)
        tx.put_handover(counter)
        if counter.waits(now):
            return _must_wait(counter, now)
        return Invalid("this is not the code of this parcel", field="code")
    if shipment.state is State.COLLECTED:
        return shipment  # a second tap on the same button
    who = " ".join(by.split())[:LONGEST_NAME] or None
    tx.put_handover(counter.handed_to(who))
    # The log says that it was somebody else, and never who.
    reason = None if who is None else BY_SOMEBODY_ELSE
    return step(shipment, State.COLLECTED, tx, ports, actor="merchant", reason=reason)


def look_at_counters(ports: Ports) -> Looked:
    """Remind customers of parcels that have waited long; take back those that waited too long.

    Each is done once, in a transaction of its own, however often this looks.
    """
    rules, now = ports.parameters.collect, ports.clock.now()
    with ports.store.reading() as tx:
        waiting = [(shipment, _waits_since(shipment, tx)) for shipment in tx.waiting_at_counters()]
    looked = Looked()
    for shipment, since in waiting:
        if _is_due(_until(shipment, rules), now):
            looked = replace(looked, unclaimed=looked.unclaimed + _take_back(shipment, ports))
        elif _is_due(remind_at(since, rules), now):
            looked = replace(looked, reminded=looked.reminded + _remind(shipment, ports))
    return looked


def _waits_since(shipment: Shipment, tx: Transaction) -> datetime | None:
    """Return since when *shipment* is at the counter: packed there, or brought back."""
    if shipment.state is not State.HELD_FOR_PICKUP:
        return shipment.prepared_at
    kept = (e.at_device for e in tx.events_of(shipment.shipment_id) if e.state is shipment.state)
    return next(kept, None)


def _until(shipment: Shipment, rules: CollectRules) -> datetime | None:
    """Return until when *shipment* waits; None: for as long as it takes."""
    return None if shipment.state is State.HELD_FOR_PICKUP else unclaimed_at(shipment, rules)


def _is_due(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now


def _take_back(seen: Shipment, ports: Ports) -> bool:
    with ports.store.writing() as tx:
        shipment = tx.shipment(seen.shipment_id)
        if shipment.state is not State.READY:
            return False  # fetched meanwhile
        step(shipment, State.RETURNING, tx, ports, actor="house", reason=UNCLAIMED)
    return True


def _remind(seen: Shipment, ports: Ports) -> bool:
    rules = ports.parameters.collect
    with ports.store.reading() as tx:
        if _was_reminded(seen, tx):
            return False
    with ports.store.writing() as tx:
        shipment = tx.shipment(seen.shipment_id)
        if shipment.state is not seen.state or _was_reminded(shipment, tx):
            return False
        until = _until(shipment, rules)
        data = {
            "days": rules.remind_after_days,
            "until": None if until is None else local_text(until),
        }
        tell(shipment, EventType.REMINDED, tx, ports, actor="house", data=data)
    return True


def _was_reminded(shipment: Shipment, tx: Transaction) -> bool:
    return any(event.type is EventType.REMINDED for event in tx.events_of(shipment.shipment_id))


def _must_wait(counter: Handover, now: datetime) -> TooManyTries:
    until = counter.waits_until or now
    return TooManyTries(
        f"too many wrong codes: wait until {clock_text(until)}",
        retry_at=local_text(until),
    )
