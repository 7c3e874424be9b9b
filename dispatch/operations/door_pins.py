"""A door put right: the courier taps, the next quote rides there, the planner may undo it.

Which taps are believed is ``tracking.door_pins``'; where a quote's doorstep is,
``operations.locate``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dispatch.core.errors import Forbidden, Invalid, NotFound
from dispatch.core.ids import CourierId
from dispatch.core.places import Place
from dispatch.operations.audit import Change, note
from dispatch.operations.ports import Ports, Transaction
from dispatch.tracking.door_pins import (
    MOST_INEXACT_M,
    DoorPin,
    PinState,
    first_state,
    is_exact,
    winner,
)
from dispatch.tracking.tours import StopKind, Tour

#: Corrections a planner is shown: some days of a small town.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class DoorTap:
    """What the phone sends.

    tap_id     : made by the phone: sent twice, counted once
    accuracy_m : radius of its position
    """

    tap_id: str
    tour_id: str
    stop_id: str
    place: Place
    accuracy_m: float
    at_device: datetime


@dataclass(frozen=True, slots=True)
class Correction:
    """A pin as the planner reads it.  ``wins``: the next quote for this address rides there."""

    pin: DoorPin
    address: str
    courier: str
    wins: bool


def keep_door(tap: DoorTap, courier_id: CourierId, ports: Ports) -> DoorPin:
    """Keep where the courier stands as the door of the stop's address; return what became of it.

    Farther than 300 m from where the map has the door, a planner has to confirm it.
    A tap seen before changes nothing.

    Raises
    ------
    Forbidden
        When the tour is another courier's.
    NotFound
        When the stop is not in its manifest.
    Invalid
        With ``reason`` in its facts: ``position_inexact``, ``no_address``, ``not_a_door``.
    """
    now = ports.clock.now()
    if not is_exact(tap.accuracy_m):
        raise Invalid(
            f"a position good to {tap.accuracy_m:.0f} m is not a door; at most "
            f"{MOST_INEXACT_M:.0f} m",
            field="position.accuracy_m",
            reason="position_inexact",
        )
    with ports.store.writing() as tx:
        tour = tx.tour(tap.tour_id)
        if tour.courier_id != courier_id:
            raise Forbidden(f"tour {tour.tour_id} is another courier's")
        pin = _pin(tap, tour, now, tx, ports)
        if tx.add_door_pin(pin):
            told = {"state": pin.state.value, "away_m": pin.away_m}
            note(
                Change.DOOR_MOVED, pin.pin_id, tx, ports, after=told, actor=f"courier/{courier_id}"
            )
            return pin
        return tx.door_pin(pin.pin_id)


def decide_door(pin_id: str, keep: bool, ports: Ports) -> DoorPin:
    """Keep the correction, or undo it, on a planner's word; return it.  Raises ``NotFound``.

    Undone, the correction before it counts again, or else the map.
    """
    with ports.store.writing() as tx:
        state = PinState.KEPT if keep else PinState.UNDONE
        asked = tx.door_pin(pin_id)
        pin = asked.decided(state, ports.clock.now())
        tx.put_door_pin(pin)
        was, now_is = {"state": asked.state.value}, {"state": pin.state.value}
        note(Change.DOOR_DECIDED, pin_id, tx, ports, before=was, after=now_is)
    return pin


def corrections(ports: Ports) -> tuple[Correction, ...]:
    """Return the latest corrections: those to confirm first, then the newest."""
    with ports.store.reading() as tx:
        found = [_correction(pin, tx, ports) for pin in tx.door_pins(SHOWN)]
    return tuple(sorted(found, key=lambda one: one.pin.state is not PinState.ASKED))


def _pin(tap: DoorTap, tour: Tour, now: datetime, tx: Transaction, ports: Ports) -> DoorPin:
    stop = next((s for s in tour.manifest if s.stop_id == tap.stop_id), None)
    if stop is None:
        raise NotFound(f"no stop {tap.stop_id} in tour {tour.tour_id}", stop_id=tap.stop_id)
    if stop.kind is not StopKind.DROP:
        raise Invalid("a shop is not moved from the road", field="stop_id", reason="not_a_door")
    doorstep = tx.booking_of_quote(stop.quote_id).deliver_to
    key = ports.address_key(doorstep.address)
    if not key:
        raise Invalid("this order has no written address", field="stop_id", reason="no_address")
    # Measured from the map and not from the last tap: a door does not wander off in small steps.
    earlier = tx.door_pins_at(key)
    known = earlier[0].known if earlier else doorstep.place
    return DoorPin(
        pin_id=tap.tap_id,
        address_key=key,
        place=tap.place,
        known=known,
        courier_id=tour.courier_id,
        tour_id=tour.tour_id,
        stop_id=stop.stop_id,
        quote_id=stop.quote_id,
        # A phone whose clock runs ahead has not seen the future.
        at=min(tap.at_device, now),
        at_server=now,
        accuracy_m=tap.accuracy_m,
        state=first_state(known, tap.place),
    )


def _correction(pin: DoorPin, tx: Transaction, ports: Ports) -> Correction:
    courier = ports.territory.couriers.get(pin.courier_id)
    # Once the order is forgotten the door still has an address: nobody's in particular.
    known_as = pin.quote_id and tx.booking_of_quote(pin.quote_id).deliver_to.address
    return Correction(
        pin=pin,
        address=known_as or pin.address_key,
        courier=pin.courier_id if courier is None else courier.name,
        wins=winner(tx.door_pins_at(pin.address_key)) == pin,
    )
