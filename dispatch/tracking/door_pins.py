"""Where a door really is: what a courier who stood there says, beside what was known before.

Decides which taps are believed at once, which a person has to confirm, and which say
nothing.  Does not know addresses: two ways to write one are the same ``address_key``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import isfinite
from typing import Final

from dispatch.core.ids import CourierId, QuoteId, TourId
from dispatch.core.places import Place, crow_m

#: A phone that knows no better than this stands before any door of the street.
MOST_INEXACT_M: Final = 50.0
#: Farther from the known doorstep it may be another house: a person looks at it first.
FARTHEST_M: Final = 300.0


class PinState(StrEnum):
    """``ASKED``: waits for the planner's word."""

    KEPT = "kept"
    ASKED = "asked"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class DoorPin:
    """One tap on "the door is here".

    pin_id     : made by the phone: sent twice, counted once
    place      : where the phone was, ``accuracy_m`` being the radius it gave
    known      : where the map has this doorstep, whatever earlier taps said
    tour_id, quote_id : the visit that taught it; None once that is forgotten, ``stop_id`` and
                 ``courier_id`` being "" then
    at         : when it was tapped, by the phone's clock; ``at_server``: when we learnt it
    decided_at : when a planner kept or undid it; None: nobody had to

    Raises ``ValueError`` for an address without a key, or a radius beyond 50 m.
    """

    pin_id: str
    address_key: str
    place: Place
    known: Place
    courier_id: CourierId
    tour_id: TourId | None
    stop_id: str
    quote_id: QuoteId | None
    at: datetime
    at_server: datetime
    accuracy_m: float
    state: PinState
    decided_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.address_key:
            raise ValueError("a pin needs the address it is for")
        if not is_exact(self.accuracy_m):
            raise ValueError(f"accuracy_m is {self.accuracy_m}, 0 to {MOST_INEXACT_M:.0f} needed")

    @property
    def away_m(self) -> int:
        """Whole metres from where the map has the door."""
        return round(crow_m(self.known, self.place))

    def decided(self, state: PinState, at: datetime) -> DoorPin:
        """Return the pin as a planner left it at *at*."""
        return replace(self, state=state, decided_at=at)


def is_exact(accuracy_m: float) -> bool:
    """Tell whether a position of that radius names a door."""
    return isfinite(accuracy_m) and 0 <= accuracy_m <= MOST_INEXACT_M


def first_state(known: Place, place: Place) -> PinState:
    """Return whether a tap at *place* counts at once, or waits for the planner."""
    return PinState.KEPT if crow_m(known, place) <= FARTHEST_M else PinState.ASKED


def winner(pins: Iterable[DoorPin]) -> DoorPin | None:
    """Return the kept pin tapped last, whenever its phone found a network; None: no pin is kept.

    pins : of one address
    """
    kept = (pin for pin in pins if pin.state is PinState.KEPT)
    return max(kept, key=lambda pin: (pin.at, pin.at_server), default=None)
