"""What was told, or given up, told again because somebody asks for it.

Decides what is put into the outbox anew; from there on it goes its usual way, under the same
message id: a shop that has had it knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.core.errors import NotFound
from dispatch.operations.event_words import message_id, named_event
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.webhooks import Delivery, Endpoint
from dispatch.orders.shipments import Event


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What was given up, with the event it would have told."""

    delivery: Delivery
    event: Event

    @property
    def message_id(self) -> str:
        return message_id(self.event)


def dead_letters(ports: Ports) -> tuple[DeadLetter, ...]:
    """Return what was given up, longest dead first."""
    with ports.store.reading() as tx:
        return tuple(DeadLetter(each, tx.event_at(each.position)) for each in tx.dead_deliveries())


def replay_event(message: str, ports: Ports, *, only: str | None = None) -> int:
    """Tell the event of that message id again, from its first try; return to how many.

    only : an endpoint's id; None: every endpoint of its storefront that wants to hear of it

    Raises ``NotFound`` when there is no such event or endpoint.
    """
    shipment_id, seq = named_event(message) or ("", -1)
    with ports.store.writing() as tx:
        event = next((each for each in tx.events_of(shipment_id) if each.seq == seq), None)
        if event is None:
            raise NotFound(f"no event {message}; a message's id is evt_…, as `webhook-id` has it")
        whose = tx.shipment(shipment_id).storefront_id
        asked = [each for each in _asked(only, tx) if each.storefront_id == whose]
        return sum(_tell_again([event], endpoint, tx, ports) for endpoint in asked)


def replay_since(at: datetime, ports: Ports, *, only: str | None = None) -> int:
    """Tell everything we learnt of from *at* on again; return how many tellings that makes.

    only : an endpoint's id; None: every endpoint, each what is its storefront's

    Raises ``NotFound`` when there is no such endpoint.
    """
    with ports.store.writing() as tx:
        return sum(
            _tell_again(tx.events_since(at, endpoint.storefront_id), endpoint, tx, ports)
            for endpoint in _asked(only, tx)
        )


def _asked(only: str | None, tx: Transaction) -> Sequence[Endpoint]:
    return tx.endpoints() if only is None else (tx.endpoint(only),)


def _tell_again(events: Sequence[Event], endpoint: Endpoint, tx: Transaction, ports: Ports) -> int:
    wanted = [event for event in events if endpoint.wants(event.type)]
    for event in wanted:
        tx.tell_again(endpoint.endpoint_id, event, ports.clock.now())
    return len(wanted)
