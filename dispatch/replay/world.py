"""What roads, counters and doorsteps really take on a day that is lived again.

Decides by how much the world differs from the plan: by vehicle, courier, shop, kind of door,
weather, and luck.  Synthetic: no number here was measured.  Luck hangs on what happens (this
order's door), not on when or who asks, so that two policies live in the same world.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from types import MappingProxyType
from typing import Final

from dispatch.core.places import UNREACHABLE_S, Place
from dispatch.fleet.couriers import Courier
from dispatch.fleet.vehicles import VehicleKind
from dispatch.operations.parameters import ServiceTimes
from dispatch.operations.ports import Streets
from dispatch.replay.day import Day
from dispatch.routing.problem import IntMatrix
from dispatch.tracking.stays import DoorKind
from dispatch.tracking.tours import Stop, StopKind

_WAYS: Final[Mapping[VehicleKind, float]] = MappingProxyType(
    {VehicleKind.BIKE: 1.03, VehicleKind.CARGO_BIKE: 1.06, VehicleKind.CAR: 1.0}
)
_WET: Final[Mapping[VehicleKind, float]] = MappingProxyType(
    {VehicleKind.BIKE: 1.12, VehicleKind.CARGO_BIKE: 1.12, VehicleKind.CAR: 1.08}
)
_DOORS: Final[Mapping[DoorKind, float]] = MappingProxyType(
    {DoorKind.HOUSE: 0.9, DoorKind.FLAT: 1.25}
)


@dataclass(frozen=True, slots=True)
class Habits:
    """What ways and stays take, of what uncorrected streets and settings say.

    ways    : typical, by vehicle; wet: times as much on a day of rain
    doors   : typical, by kind of door
    pace, shops : spread (of the logarithm) between couriers, and between shops
    way_luck, stay_luck : spread of each single way, and of each single stay
    """

    ways: Mapping[VehicleKind, float] = field(default_factory=lambda: _WAYS)
    wet: Mapping[VehicleKind, float] = field(default_factory=lambda: _WET)
    doors: Mapping[DoorKind, float] = field(default_factory=lambda: _DOORS)
    pace: float = 0.05
    shops: float = 0.25
    way_luck: float = 0.15
    stay_luck: float = 0.3

    def __post_init__(self) -> None:
        for table in (self.ways, self.wet, self.doors):
            if any(factor <= 0 for factor in table.values()):
                raise ValueError(f"a factor is not positive: {dict(table)}")
        for name in ("pace", "shops", "way_luck", "stay_luck"):
            if not 0 <= getattr(self, name) <= 2:
                raise ValueError(f"{name} is out of 0 to 2: {getattr(self, name)}")


#: Everything happens as planned.
AS_PLANNED: Final = Habits(
    ways=dict.fromkeys(VehicleKind, 1.0),
    wet=dict.fromkeys(VehicleKind, 1.0),
    doors=dict.fromkeys(DoorKind, 1.0),
    pace=0.0,
    shops=0.0,
    way_luck=0.0,
    stay_luck=0.0,
)


class World:
    """The town as it is on the day of *seed*.

    streets, times : the uncorrected ones: the world does not change with what we learn of it
    """

    def __init__(
        self, habits: Habits, streets: Streets, times: ServiceTimes, *, seed: int, rain: bool
    ) -> None:
        self._habits, self._streets, self._times = habits, streets, times
        self._seed, self._rain = seed, rain

    def way_s(
        self, courier: Courier, here: Place, there: Place, name: str, at: datetime | None = None
    ) -> int | None:
        """Return seconds of *courier*'s ride between two places; None: no road.

        name : what it is for, such as ``7:1`` (the second stop of order 7)
        at   : when it begins; None: when streets are free
        """
        said_s = int(self.said_s(courier, [here], [there], at)[0, 0])
        if said_s >= UNREACHABLE_S:
            return None
        return round(said_s * self.pace(courier) * self.way_luck(name))

    def said_s(
        self,
        courier: Courier,
        places: Sequence[Place],
        to: Sequence[Place] | None = None,
        at: datetime | None = None,
    ) -> IntMatrix:
        """Return what the streets say of *courier*'s ways, as ``Streets.durations_s`` does."""
        return self._streets.durations_s(places, courier.vehicle.kind.value, to=to, at=at)

    def pace(self, courier: Courier) -> float:
        """What *courier*'s ways take today, of what the streets say."""
        kind = courier.vehicle.kind
        wet = self._habits.wet[kind] if self._rain else 1.0
        own = self._luck(f"pace {courier.courier_id}", self._habits.pace)
        return self._habits.ways[kind] * wet * own

    def way_luck(self, name: str) -> float:
        """What the one way called *name* takes, of its usual time."""
        return self._luck(f"way {name}", self._habits.way_luck)

    def stay_s(self, stop: Stop, *, flat: bool, name: str) -> int:
        """Return seconds of handing over at *stop*, once both sides are there; at least 15."""
        if stop.kind is StopKind.PICKUP:
            # A shop's habits are its own, and no other on another day.
            usual = Random(f"shop {stop.merchant_id}").lognormvariate(0.0, self._habits.shops)
            # From another courier's bag, at no shop, it takes what the plan says.
            usual *= stop.service_s if stop.merchant_id is None else self._times.pickup_s
        else:
            usual = self._habits.doors[DoorKind.FLAT if flat else DoorKind.HOUSE]
            usual *= self._times.drop_s
        return max(15, round(usual * self._luck(f"stay {name}", self._habits.stay_luck)))

    def _luck(self, name: str, spread: float) -> float:
        return Random(f"{self._seed} {name}").lognormvariate(0.0, spread)


def world_of(day: Day, streets: Streets, times: ServiceTimes, habits: Habits | None) -> World:
    """Return the world of *day*: its own luck and weather.  ``habits``: None: the made-up ones."""
    return World(habits or Habits(), streets, times, seed=day.seed, rain=day.rain)
