"""What is open right now, for couriers who serve one shop at a time.

A *ride* fetches orders of one shop, all at once, and drops them one after the other; a
courier's *chain* is the rides planned one after the other.  States the question and refuses
nonsense; decides nothing.  Times are whole seconds after an origin the caller chose.

The rules are those of the meal delivery routing problem (Reyes, Erera, Savelsbergh,
Sahasrabudhe and O'Neil, "The meal delivery routing problem", 2018, section 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.routing.problem import IntMatrix

Floats = npt.NDArray[np.float64]

#: A chain holds no more orders than this: later ones wait for a later plan.
MOST_IN_CHAIN: Final = 12


@dataclass(frozen=True, slots=True)
class Rider:
    """A courier at *place* from ``free_s`` on, who fetches nothing after ``off_s``."""

    place: int
    free_s: int
    off_s: int


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order placed already, whose parcel can be fetched from ``ready_s`` on."""

    shop: int
    door: int
    ready_s: int


@dataclass(frozen=True, slots=True)
class Stays:
    """Seconds on the spot: until the parcel is in hand, then until away; at shop and at door."""

    fetch_s: int = 120
    leave_shop_s: int = 120
    hand_over_s: int = 120
    leave_door_s: int = 120

    def __post_init__(self) -> None:
        for name in ("fetch_s", "leave_shop_s", "hand_over_s", "leave_door_s"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is negative: {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class RidePrices:
    """What else counts, beside the seconds until each parcel is at its door.

    unserved_s  : an open order that no chain holds
    busy        : a second of a courier's shift, as a share of a customer's second
    far         : a second of mean way from where a chain ends to the next order's shop,
                  likewise
    fades_s     : ``far`` counts in full where so much shift is left at least
    last_ride_s : a shift's last seconds, in which nobody begins anything; worth nothing
    """

    unserved_s: int = 86_400
    busy: float = 0.2
    far: float = 0.3
    fades_s: int = 1800
    last_ride_s: int = 600

    def __post_init__(self) -> None:
        for name in ("unserved_s", "busy", "far", "last_ride_s"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is negative: {getattr(self, name)}")
        if self.fades_s <= 0:
            raise ValueError(f"fades_s is not positive: {self.fades_s}")


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Everything a plan of rides needs to know; nothing of it lies in the future.

    now_s     : nobody can wait less than from now on
    way_s     : (p, p) int64 seconds from place to place
    far_s     : (p,) mean seconds from each place to the shop of an order to come, as far as
                the day so far tells; zeros where nobody knows
    most_once : orders in one ride, at most
    """

    now_s: int
    way_s: IntMatrix
    riders: tuple[Rider, ...]
    orders: tuple[OpenOrder, ...]
    far_s: Floats
    stays: Stays = Stays()
    prices: RidePrices = RidePrices()
    most_once: int = 4

    def __post_init__(self) -> None:
        p = len(self.far_s)
        if self.way_s.shape != (p, p):
            raise ValueError(f"way_s has shape {self.way_s.shape}, far_s says {p} places")
        if self.way_s.dtype != np.int64:
            raise ValueError(f"way_s is {self.way_s.dtype}, expected int64")
        used = [rider.place for rider in self.riders]
        used += [place for order in self.orders for place in (order.shop, order.door)]
        if any(not 0 <= place < p for place in used):
            raise ValueError(f"a place is outside the {p} places of way_s")
        if not 1 <= self.most_once <= MOST_IN_CHAIN:
            raise ValueError(f"most_once is out of 1 to {MOST_IN_CHAIN}: {self.most_once}")


#: Orders of one shop by their number in the question, in the order of their drops.
Ride = tuple[int, ...]
#: Per rider, the rides one after the other.
Chains = tuple[tuple[Ride, ...], ...]
