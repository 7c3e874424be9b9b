"""An event as anybody outside reads it: one JSON form, for ``GET /v1/events`` and webhooks.

Decides names and nothing else.  Says no name, address or phone number: an event has none.
"""

from __future__ import annotations

from typing import Final

from dispatch.core.civil import local_text
from dispatch.orders.shipments import Event

#: Of a message's id, so that it is not taken for another kind of id.
_MESSAGE: Final = "evt"


def message_id(event: Event) -> str:
    """Return the id that every telling of *event* carries: who was told it before knows it.

    A position would do as long as no database is ever restored; a shipment's number does always.
    """
    return f"{_MESSAGE}_{event.shipment_id}_{event.seq}"


def named_event(message: str) -> tuple[str, int] | None:
    """Return the (shipment id, seq) that an id of ``message_id`` names; None: it is none."""
    prefix, _, rest = message.partition("_")
    shipment_id, _, seq = rest.rpartition("_")
    # ``isdigit`` alone lets ² through, and a seq of twenty digits is no number of ours.
    if prefix != _MESSAGE or not shipment_id or not (seq.isascii() and seq.isdigit()):
        return None
    return (shipment_id, int(seq)) if len(seq) < 10 else None


def as_told(event: Event, booking_id: str) -> dict[str, object]:
    """Return *event* as JSON has it; what it does not say is left out.

    booking_id : the booking that its shipment belongs to
    """
    told: dict[str, object] = {
        "position": event.position,
        "type": event.type.value,
        "shipment_id": str(event.shipment_id),
        "booking_id": booking_id,
        "seq": event.seq,
        "state": event.state.value,
        "at_device": local_text(event.at_device),
        "at_server": local_text(event.at_server),
        "actor": event.actor,
    }
    if event.reason is not None:
        told["reason"] = event.reason
    if event.data is not None:
        told["data"] = dict(event.data)
    return told
