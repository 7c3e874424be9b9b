"""The store's words about what couriers taught: calibrations and doors put right.

Both are kept when undone, so that somebody can say what counted when.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dispatch.operations.calibration import Calibration
from dispatch.tracking.door_pins import DoorPin


class StoredLessons(Protocol):
    """What was learnt, and what of it is in force."""

    def add_calibration(self, calibration: Calibration) -> bool:
        """Append it; False when its id was seen before."""
        ...

    def put_calibration(self, calibration: Calibration) -> None: ...
    def calibration_in_force(self) -> Calibration | None:
        """Return the one applied last and not undone."""
        ...

    def calibrations(self, limit: int) -> Sequence[Calibration]:
        """Return the *limit* applied last, undone ones too, newest first."""
        ...

    def add_door_pin(self, pin: DoorPin) -> bool:
        """Append the pin; False when its id was seen before."""
        ...

    def put_door_pin(self, pin: DoorPin) -> None: ...
    def door_pin(self, pin_id: str) -> DoorPin: ...
    def door_pins(self, limit: int) -> Sequence[DoorPin]:
        """Return the *limit* pins that we learnt of last, newest first."""
        ...

    def door_pins_at(self, address_key: str) -> Sequence[DoorPin]:
        """Return every pin of one address, in order of learning."""
        ...
