"""What is told, when, and how often it is tried: one lane for each endpoint.

Decides the order and the schedule.  An endpoint that is slow or dead holds up its own lane
and nobody else's; events of one order arrive in their order, and one that fails holds up
the later ones of that order only.  At least once: it is sent, then crossed out, so whoever
dies in between sends it again, under the same message id.

One process does this (``jobs``), so nothing is claimed before it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock, Thread

from dispatch.core.errors import NotFound
from dispatch.operations.letters import Answer
from dispatch.operations.ports import Ports
from dispatch.operations.webhook_rules import WebhookRules
from dispatch.operations.webhooks import Delivery, DeliveryState, Endpoint, letter_of, post_of
from dispatch.orders.shipments import Event


@dataclass(frozen=True, slots=True)
class Told:
    """One try, and what came of it.  ``given_up``: it was the last, in vain."""

    endpoint_id: str
    message_id: str
    answer: Answer
    given_up: bool = False


def deliver_next(endpoint_id: str, ports: Ports) -> Told | None:
    """Send the endpoint what is due first, and note what came of it; None: nothing is due.

    No transaction is open while it is sent.
    """
    found = _next(endpoint_id, ports)
    if found is None:
        return None
    endpoint, delivery, event = found
    letter = letter_of(endpoint, event, delivery.booking_id, ports)
    answer = post_of(ports).send(letter)
    now = ports.clock.now()
    if answer.arrived:
        with ports.store.writing() as tx:
            tx.arrived(delivery, now)
        return Told(endpoint_id, letter.message_id, answer)
    failed = after_failure(delivery, answer, now, ports.parameters.webhooks)
    with ports.store.writing() as tx:
        tx.put_delivery(failed)
    given_up = failed.state is DeliveryState.DEAD
    return Told(endpoint_id, letter.message_id, answer, given_up)


def after_failure(
    delivery: Delivery, answer: Answer, now: datetime, rules: WebhookRules
) -> Delivery:
    """Return *delivery* as it waits for its next try, or dead when that was the last."""
    tries = delivery.tries + 1
    failed = replace(delivery, tries=tries, error=answer.words)
    if tries >= len(rules.retry_after_s):
        return replace(failed, state=DeliveryState.DEAD, due_at=now)
    return replace(failed, due_at=now + timedelta(seconds=rules.retry_after_s[tries]))


def _next(endpoint_id: str, ports: Ports) -> tuple[Endpoint, Delivery, Event] | None:
    with ports.store.reading() as tx:
        delivery = tx.next_delivery(endpoint_id, ports.clock.now())
        if delivery is None:
            return None
        try:
            endpoint = tx.endpoint(endpoint_id)
        except NotFound:  # removed at this very moment
            return None
        return endpoint, delivery, tx.event_at(delivery.position)


class Mailroom:
    """The chore: at each look, a lane for every endpoint that has something due and none yet.

    A look never waits for a lane.  Lanes end with the process, wherever they are: what they
    were about is sent again.
    """

    def __init__(self) -> None:
        self._lanes: dict[str, Thread] = {}
        self._lock = Lock()
        self._troubles: list[Exception] = []
        self._given_up: list[Told] = []

    def __call__(self, ports: Ports) -> tuple[Told, ...]:
        """Return what was given up since the last look.

        Raises what went wrong in a lane since then, the first of it.
        """
        if ports.post is None:
            return ()
        with ports.store.reading() as tx:
            due = tx.endpoints_due(ports.clock.now())
        with self._lock:  # before any lane starts, so that a quick one is told at the next look
            troubles, self._troubles = self._troubles, []
            if not troubles:
                given_up, self._given_up = self._given_up, []
        self._lanes = {name: lane for name, lane in self._lanes.items() if lane.is_alive()}
        for endpoint_id in due:
            if endpoint_id not in self._lanes:
                lane = Thread(
                    target=self._empty, args=(endpoint_id, ports), name=endpoint_id, daemon=True
                )
                self._lanes[endpoint_id] = lane
                lane.start()
        if troubles:
            raise troubles[0]
        return tuple(given_up)

    def wait(self, timeout_s: float) -> bool:
        """Wait for the lanes of now; True when all have come to their end in time."""
        for lane in self._lanes.values():
            lane.join(timeout_s)
        return not any(lane.is_alive() for lane in self._lanes.values())

    def _empty(self, endpoint_id: str, ports: Ports) -> None:
        try:
            while (told := deliver_next(endpoint_id, ports)) is not None:
                if told.given_up:
                    with self._lock:
                        self._given_up.append(told)
        except Exception as why:  # told at the next look, whose log knows how
            with self._lock:
                self._troubles.append(why)
