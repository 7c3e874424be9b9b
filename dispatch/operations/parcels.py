"""Parcels with the post: ask for a label when one is packed, then ask where it is.

Decides what a shipment becomes by what the post says.  The post is only ever asked between
two transactions, never in one: while it is silent, shops and customers notice nothing, and
what was not answered is asked again later.  Nothing is lost by a silence, nor by a stop of
the house: what is still to be asked is read from the store each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from dispatch.core.civil import local_day
from dispatch.core.errors import CarrierRefused, CarrierUnavailable
from dispatch.operations.carrier import Carrier, CarrierEvent, Label, LabelWanted, PostalAddress
from dispatch.operations.manifest import short_ref
from dispatch.operations.ports import Ports, Transaction
from dispatch.operations.steps import step, tell
from dispatch.orders.parcels import Parcel, street_postcode_city
from dispatch.orders.shipments import EventType, Shipment, State

#: Numbers in one question to the post, and labels asked for in one look.
BATCH: Final = 10
#: A parcel whose weight nobody said: the letter box takes it, and the post weighs it anyway.
_UNWEIGHED_G: Final = 500

#: What lies between: a parcel that the post already has was posted, whoever forgot to say so.
_FIRST: Final = {
    State.DELIVERED: (State.TO_DROPOFF,),
    State.ATTEMPTED: (State.TO_DROPOFF,),
    State.HELD_FOR_PICKUP: (State.TO_DROPOFF,),
    State.RETURNING: (State.TO_DROPOFF,),
    State.RETURNED: (State.TO_DROPOFF, State.RETURNING),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What one look at the post brought: labels made, or news; and questions not answered."""

    labels: int = 0
    news: int = 0
    unanswered: int = 0


def make_labels(ports: Ports) -> Asked:
    """Ask the post for the labels of packed parcels that have none; at most ``BATCH``.

    The first silence ends the look: the others would wait as long.
    """
    asked = Asked()
    if ports.carrier is None:
        return asked
    with ports.store.reading() as tx:
        wanted = tx.shipments_to_label(ports.clock.now(), BATCH)
    for shipment in wanted:
        try:
            label = ports.carrier.label(_wanted(shipment, ports))
        except CarrierUnavailable as why:
            _no_label(shipment, why, ports)
            return replace(asked, unanswered=asked.unanswered + 1)
        except CarrierRefused as why:
            _no_label(shipment, why, ports)
            asked = replace(asked, unanswered=asked.unanswered + 1)
        else:
            _keep_label(shipment, label, ports)
            asked = replace(asked, labels=asked.labels + 1)
    return asked


def follow_parcels(ports: Ports) -> Asked:
    """Ask the post where parcels are: one question for those that wait longest for news."""
    if ports.carrier is None:
        return Asked()
    with ports.store.reading() as tx:
        due = tx.parcels_to_follow(ports.clock.now(), BATCH)
    if not due:
        return Asked()
    return _follow(due, ports.carrier, ports)


def label_of(shipment_id: str, merchant_id: str, ports: Ports) -> bytes | None:
    """Return the sheet to print for the merchant's own shipment; None: there is none yet.

    Raises ``NotFound`` for a shipment that does not exist.
    """
    with ports.store.reading() as tx:
        if tx.shipment(shipment_id).merchant_id != merchant_id:
            return None
        return tx.label(shipment_id)


def _follow(due: Sequence[Parcel], carrier: Carrier, ports: Ports) -> Asked:
    numbers = {parcel.tracking_number: parcel for parcel in due if parcel.tracking_number}
    try:
        said = carrier.follow(tuple(numbers))
    except CarrierUnavailable as why:
        with ports.store.writing() as tx:
            for parcel in due:
                tx.put_parcel(parcel.unanswered(ports.clock.now(), why.code))
        return Asked(unanswered=len(due))
    news = 0
    for number, parcel in numbers.items():
        with ports.store.writing() as tx:
            news += _apply(parcel.shipment_id, said.get(number, ()), tx, ports)
    return Asked(news=news)


def _apply(shipment_id: str, said: Sequence[CarrierEvent], tx: Transaction, ports: Ports) -> int:
    """Move the shipment by what is new, and return how much that was."""
    shipment, parcel = tx.shipment(shipment_id), tx.parcel(shipment_id)
    assert parcel is not None, "a parcel that is followed was written"
    # The post may learn of an earlier moment later: that changes nothing any more.
    new = [e for e in said if parcel.last_at is None or e.at > parcel.last_at]
    for event in sorted(new, key=lambda event: event.at):
        shipment = _moved(shipment, event, tx, ports)
        parcel = parcel.heard(event.code, event.at)
    ended = shipment.ended_at is not None
    tx.put_parcel(parcel.looked_at(ports.clock.now(), ended=ended))
    return len(new)


def _moved(shipment: Shipment, event: CarrierEvent, tx: Transaction, ports: Ports) -> Shipment:
    target = event.state
    if target is State.DELIVERED and shipment.state is State.HELD_FOR_PICKUP:
        target = State.COLLECTED  # at the post's counter
    if target is None or target is shipment.state:
        return shipment
    # Nobody saw the future, whatever the post's clocks say.
    at = min(event.at, ports.clock.now())
    path = (*_FIRST.get(target, ()), target)
    # The shortest end of the path that begins where the shipment is; none: it is past that.
    near = (n for n in reversed(range(len(path))) if shipment.may_become(path[n]))
    for state in path[next(near, len(path)) :]:
        shipment = step(shipment, state, tx, ports, actor="post", at=at, reason=event.code)
    return shipment


def _wanted(shipment: Shipment, ports: Ports) -> LabelWanted:
    """Return what is asked for *shipment*.  Raises ``CarrierRefused`` for an unreadable address."""
    with ports.store.reading() as tx:
        booking = tx.booking(shipment.booking_id)
    merchant, customer = ports.territory.merchant(shipment.merchant_id), booking.customer
    door = booking.deliver_to
    return LabelWanted(
        order_ref=short_ref(booking.quote_id),
        sender=replace(_postal(merchant.address), company=merchant.name, phone=merchant.phone),
        addressee=replace(
            _postal(door.address or door.place.label),
            person=customer.name,
            phone=customer.phone,
            email=customer.email or "",
        ),
        weight_g=shipment.weight_g or _UNWEIGHED_G,
        deposit_on=local_day(ports.clock.now()),
    )


def _postal(address: str) -> PostalAddress:
    parts = street_postcode_city(address)
    if parts is None:
        # The address itself is not said: the message may be logged.
        raise CarrierRefused("an address names no street, postcode and town")
    return PostalAddress(*parts)


def _no_label(shipment: Shipment, why: CarrierUnavailable | CarrierRefused, ports: Ports) -> None:
    now = ports.clock.now()
    with ports.store.writing() as tx:
        parcel = tx.parcel(shipment.shipment_id) or Parcel(shipment.shipment_id, now, now)
        later = parcel.refused if isinstance(why, CarrierRefused) else parcel.unanswered
        tx.put_parcel(later(now, why.code))


def _keep_label(seen: Shipment, label: Label, ports: Ports) -> None:
    """Keep the label, also of a parcel that was cancelled meanwhile: its number is bought."""
    now = ports.clock.now()
    with ports.store.writing() as tx:
        shipment = tx.shipment(seen.shipment_id)
        parcel = tx.parcel(seen.shipment_id) or Parcel(seen.shipment_id, now, now)
        tx.put_parcel(parcel.labelled(label.tracking_number, now))
        tx.put_label(seen.shipment_id, label.pdf, now)
        data = {"tracking_number": label.tracking_number}
        tell(shipment, EventType.LABEL, tx, ports, actor="post", data=data)
