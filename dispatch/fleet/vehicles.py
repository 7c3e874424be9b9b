"""What can carry a parcel: how much of it, how cold, and at what cost to the air.

Decides a vehicle's limits.  Does not know how fast it goes (``dispatch.streets``)
nor who rides it (``dispatch.fleet.couriers``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from types import MappingProxyType
from typing import Final

from dispatch.core.errors import Invalid


class VehicleKind(StrEnum):
    BIKE = "bike"
    CARGO_BIKE = "cargo_bike"
    CAR = "car"


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle's limits.

    cold          : carries a cold box
    g_co2e_per_km : grams of CO2 equivalent per kilometre ridden
    travel_price  : what a second on the road costs, compared with other vehicles

    Raises ``Invalid`` naming the field for a limit that is not positive.
    """

    kind: VehicleKind
    max_weight_g: int
    max_volume_cm3: int
    cold: bool
    g_co2e_per_km: float
    travel_price: int = 1

    def __post_init__(self) -> None:
        for name in ("max_weight_g", "max_volume_cm3"):
            value = getattr(self, name)
            if value <= 0:
                raise Invalid(f"vehicle {self.kind}: {name} is not positive: {value}", field=name)
        if not (isfinite(self.g_co2e_per_km) and self.g_co2e_per_km >= 0):
            raise Invalid(
                f"vehicle {self.kind}: g_co2e_per_km is not a quantity: {self.g_co2e_per_km}",
                field="g_co2e_per_km",
            )


#: What a territory starts from.  Weights and volumes are first guesses: a courier's bag,
#: a two-wheeled cargo bike's box, a small hatchback's boot with the seats down.
#:
#: Grams: ADEME's Impact CO2 (https://impactco2.fr), use only, without making the vehicle,
#: which is the perimeter of art. L1431-3 of the code des transports.  Car: 192 g, average
#: combustion car.  Bike: none.  Cargo bike: first guess, the order of magnitude of an
#: electric bike's electricity.
#:
#: Prices: first guess.  A courier's hour costs the same on any saddle, some 15 EUR; a car's
#: adds as much again: 30 km of town driving at the 0.50 to 0.60 EUR a kilometre that the
#: French tax scale ("barème kilométrique") allows.
TYPICAL: Final[Mapping[VehicleKind, Vehicle]] = MappingProxyType(
    {
        VehicleKind.BIKE: Vehicle(VehicleKind.BIKE, 15_000, 60_000, False, 0.0),
        VehicleKind.CARGO_BIKE: Vehicle(VehicleKind.CARGO_BIKE, 80_000, 250_000, False, 3.0),
        VehicleKind.CAR: Vehicle(VehicleKind.CAR, 300_000, 900_000, False, 192.0, 2),
    }
)
