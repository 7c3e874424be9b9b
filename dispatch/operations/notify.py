"""From what happened to who is told what, when: events become notices.

Decides the occasions.  The log is read behind, in order, by the jobs process: no booking waits
for it, and every event is seen once.  A notice's id names its occasion, so that an order of
two parcels handed over at one door is told once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from dispatch.core.civil import parse_instant
from dispatch.operations.notices import URGENT, USEFUL_FOR, Channel, Kind, Notice
from dispatch.operations.ports import Ports, Transaction
from dispatch.orders.bookings import Booking, Customer
from dispatch.orders.shipments import Event, EventType, Shipment, State
from dispatch.slots.service_levels import Mode

#: Events read at one look.
_AT_ONCE: Final = 100
_ORDER: Final = "order"
#: What a courier's ride to a door comes to.
_RIDES: Final[Mapping[State, Kind]] = MappingProxyType(
    {
        State.PICKED_UP: Kind.ON_THE_WAY,
        State.TO_DROPOFF: Kind.NEXT_STOP,
        State.DELIVERED: Kind.DELIVERED,
        State.ATTEMPTED: Kind.NOT_DELIVERED,
    }
)
#: The same of a parcel that rides alone: by post, or with its merchant.
_BY_STATE: Final[Mapping[State, Kind]] = MappingProxyType(
    {
        State.TO_DROPOFF: Kind.ON_THE_WAY,
        State.DELIVERED: Kind.DELIVERED,
        State.ATTEMPTED: Kind.NOT_DELIVERED,
        State.READY: Kind.READY,
        State.HELD_FOR_PICKUP: Kind.READY,
    }
)


def note_events(ports: Ports) -> int:
    """Write down what customers are to be told of what happened since the last look.

    Returns how many events were looked at.  The first look ever begins with what happens from
    then on.  Nothing is done where nobody carries notices.
    """
    if ports.notifier is None:
        return 0
    with ports.store.reading() as tx:
        read, last = tx.noticed_up_to(), tx.last_position()
        events = () if read in (None, last) else tx.events_behind(read, _AT_ONCE)
        notices = [notice for event in events for notice in _notices(event, tx, ports)]
    if events:
        last = events[-1].position
    elif read is not None:
        return 0
    with ports.store.writing() as tx:
        if tx.noticed_up_to() != read:
            return 0  # another process has read on meanwhile
        tx.add_notices(notices)
        tx.note_up_to(last)
    return len(events)


def contact_of(customer: Customer, channel: Channel) -> str:
    """Return where *customer* is told by *channel*; "": nowhere."""
    return (customer.email or "") if channel is Channel.EMAIL else customer.phone


def _notices(event: Event, tx: Transaction, ports: Ports) -> Iterator[Notice]:
    shipment = tx.shipment(event.shipment_id)
    booking = tx.booking(shipment.booking_id)
    occasion = _occasion(event, shipment, booking, tx)
    if occasion is None or ports.notifier is None:
        return
    kind, about = occasion
    now, rules = ports.clock.now(), ports.parameters.notify
    useful_until = event.at_server + USEFUL_FOR[kind]
    due_at = now if kind in URGENT else rules.speaks_at(now)
    if due_at >= useful_until:
        return
    for channel in sorted(ports.notifier.channels):
        if kind in rules.kinds[channel] and contact_of(booking.customer, channel):
            yield Notice(
                f"{booking.booking_id}.{kind}.{about}.{channel}",
                booking.booking_id,
                shipment.shipment_id,
                kind,
                channel,
                event.position,
                due_at,
                useful_until,
                now,
            )


def _occasion(
    event: Event, shipment: Shipment, booking: Booking, tx: Transaction
) -> tuple[Kind, str] | None:
    """Return what the event is to its customer, and what that is about; None: nothing new."""
    mine = str(shipment.shipment_id)
    if event.type is EventType.REMINDED:
        return Kind.REMINDER, mine
    if event.type is EventType.AMENDED and "promise" in (event.data or {}):
        # Told of every parcel of the order, of all at once.
        first = event.shipment_id == booking.shipment_ids[0]
        return (Kind.MOVED, f"{mine}_{event.seq}") if first else None
    if event.type is EventType.LATE:
        # Each parcel of the order is told of, and each promise once.
        until = parse_instant(str((event.data or {})["promised_until"]))
        return Kind.LATE, f"{_ORDER}_{until:%Y%m%dT%H%M}"
    if event.type is not EventType.STATE:
        return None
    if shipment.mode is Mode.EXPRESS and event.state in _RIDES:
        # All parcels of an order ride together, and may ride again.
        return _RIDES[event.state], f"{_ORDER}{_failures_before(event, tx)}"
    if event.state is State.BOOKED:
        return (Kind.BOOKED, _ORDER) if event.seq == 0 else None
    if event.state is State.READY and shipment.mode is not Mode.COLLECT:
        return None
    kind = _BY_STATE.get(event.state)
    return None if kind is None else (kind, f"{mine}_{event.seq}")


def _failures_before(event: Event, tx: Transaction) -> int:
    before = (each for each in tx.events_of(event.shipment_id) if each.seq < event.seq)
    return sum(each.state is State.ATTEMPTED for each in before)
