"""The simulated town as it "really" is: made up, and not quite as the house believes.

Decides what ways and stays take on the demonstration's roads.  By vehicle, by shop and by
kind of door they differ from the plan, always by the same habits for one seed, so that the
planner's page of learnt times has something to learn.  No number here was ever measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from dispatch.core.errors import Invalid, StreetsUnavailable
from dispatch.core.places import UNREACHABLE_S, Place
from dispatch.fleet.couriers import Courier
from dispatch.fleet.vehicles import VehicleKind
from dispatch.operations.learnt import as_learnt
from dispatch.operations.ports import Ports
from dispatch.tracking.stays import DoorKind, kind_of_door

#: What ways and stays take, of what the uncorrected streets and settings say.  Made up: a
#: little quicker than planned where most deliveries are, so that promises hold.
_WAYS: Final[Mapping[VehicleKind, float]] = {
    VehicleKind.BIKE: 1.08,
    VehicleKind.CARGO_BIKE: 1.14,
    VehicleKind.CAR: 0.88,
}
_DOORS: Final[Mapping[DoorKind, float]] = {DoorKind.HOUSE: 0.8, DoorKind.FLAT: 1.3}
#: Spread of the logarithm: between shops, and of each single way and stay.
_SHOPS_SPREAD: Final = 0.3
_WAY_LUCK: Final = 0.08
_STAY_LUCK: Final = 0.12


@dataclass(frozen=True, slots=True)
class Way:
    """One ride: what the house forecasts, and what it takes; both 0 where nobody can tell."""

    forecast_s: float = 0.0
    takes_s: float = 0.0


class World:
    """The town of one seed.  ``ports``: what the house believes."""

    def __init__(self, ports: Ports, seed: int) -> None:
        self._ports, self._seed = ports, seed

    def road(self, courier: Courier, rng: Random) -> Road:
        """Return *courier*'s own road, at its beginning."""
        return Road(self, courier, rng)

    def way_s(self, start: Place, end: Place, kind: VehicleKind) -> Way:
        """Return the way between two places, without the luck of the day."""
        try:
            said_s, learnt_s = (
                int(ports.streets.durations_s([start], kind.value, to=[end])[0, 0])
                for ports in (self._ports, as_learnt(self._ports))
            )
        except (StreetsUnavailable, Invalid):
            return Way()
        if said_s >= UNREACHABLE_S:
            return Way()
        return Way(learnt_s, said_s * _WAYS[kind])

    def stay_s(self, stop: Mapping[str, Any]) -> float:
        """Return how long *stop* of a courier's page takes, without the luck of the day.

        Of the settings and not of what was learnt: the town does not change with our beliefs.
        """
        times = self._ports.parameters.service_times
        if stop["kind"] == "pickup":
            return times.pickup_s * self._habit(str(stop["who"]))
        return times.drop_s * _DOORS[kind_of_door(stop["address"], stop["note"])]

    def _habit(self, shop: str) -> float:
        return Random(f"{self._seed} {shop}").lognormvariate(0.0, _SHOPS_SPREAD)


class Road:
    """Where one courier is, and what happens on the way."""

    def __init__(self, world: World, courier: Courier, rng: Random) -> None:
        self._world, self._kind, self._rng = world, courier.vehicle.kind, rng
        self._here = courier.start

    def way_to(self, end: Place) -> Way:
        """Return the ride from here to *end*, another one each time it is asked for."""
        way = self._world.way_s(self._here, end, self._kind)
        return Way(way.forecast_s, way.takes_s * self._rng.lognormvariate(0.0, _WAY_LUCK))

    def arrive(self, at: Place) -> None:
        self._here = at

    def stay_s(self, stop: Mapping[str, Any]) -> float:
        """Return how long one halt at *stop* takes, another one each time it is asked for."""
        return self._world.stay_s(stop) * self._rng.lognormvariate(0.0, _STAY_LUCK)
