"""Doors that couriers put right; which of several taps counts is ``tracking.door_pins``'."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from dispatch.adapters.storage.rows import Rows, Shelf
from dispatch.adapters.storage.schema import door_pins
from dispatch.operations.ports import Pin, Store
from dispatch.tracking.door_pins import DoorPin, winner

_PINS = Shelf(DoorPin, door_pins)


class DoorPinRows(Rows):
    """The Transaction's words about corrected doors."""

    def add_door_pin(self, pin: DoorPin) -> bool:
        """Append the pin; False when its id was seen before."""
        return self._add_once(_PINS, pin)

    def put_door_pin(self, pin: DoorPin) -> None:
        self._put(_PINS, "pin_id", pin)

    def door_pin(self, pin_id: str) -> DoorPin:
        return self._one(_PINS, "pin_id", pin_id)

    def door_pins(self, limit: int) -> Sequence[DoorPin]:
        """Return the *limit* pins that we learnt of last, newest first."""
        query = select(door_pins).order_by(door_pins.c.number.desc()).limit(limit)
        return self._all(_PINS, query)

    def door_pins_at(self, address_key: str) -> Sequence[DoorPin]:
        """Return every pin of one address, in order of learning."""
        query = select(door_pins).where(door_pins.c.address_key == address_key)
        return self._all(_PINS, query.order_by(door_pins.c.number))


class StoredDoorPins:
    """The ``DoorPins`` port on a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def pin_for(self, address_key: str) -> Pin | None:
        """Return the pin kept under *address_key*, None when nobody put that door right."""
        with self._store.reading() as tx:
            pin = winner(tx.door_pins_at(address_key))
        return None if pin is None else Pin(pin.place, pin.courier_id, pin.at, pin.accuracy_m)
