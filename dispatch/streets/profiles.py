"""How fast each kind of vehicle moves on each class of road, and where it may not go.

Decides mean speeds over a whole edge: slowing for corners and junctions is in
them.  Does not know the hour of the day, nor any particular street.

Every number here is a first guess to be replaced by measured tours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

ROAD_CLASSES: Final = (
    "motorway",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "unclassified",
    "residential",
    "living_street",
    "service",
    "path",
    "ferry",
)

#: Classes no address is reached from, even when they pass the garden fence.
NO_STOPPING: Final = frozenset({"motorway"})

#: From the kerb to the door, on foot: the usual 5 km/h of map routers.
WALK_KMH: Final = 5.0


@dataclass(frozen=True, slots=True)
class Profile:
    """A vehicle as the street sees it.

    speed_kmh : by road class; a class left out is closed to this vehicle
    gross_kg  : loaded weight, compared with the limits of bridges and streets
    """

    name: str
    speed_kmh: Mapping[str, float]
    gross_kg: int

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.speed_kmh) - set(ROAD_CLASSES)):
            raise ValueError(f"{self.name}: unknown road class {unknown[0]!r}")
        if slow := [road for road, kmh in self.speed_kmh.items() if not 0 < kmh <= 130]:
            road = slow[0]
            raise ValueError(f"{self.name}: speed on {road} is {self.speed_kmh[road]} km/h")
        if self.gross_kg <= 0:
            raise ValueError(f"{self.name}: weight is {self.gross_kg} kg")


def _profile(name: str, gross_kg: int, **speed_kmh: float) -> Profile:
    return Profile(name, MappingProxyType(speed_kmh), gross_kg)


#: Class speeds of OSRM's stock car profile, except where the comment says otherwise.
CAR: Final = _profile(
    "car",
    2_500,  # small delivery van, loaded
    motorway=90,
    trunk=85,
    primary=65,
    secondary=55,
    tertiary=45,  # OSRM 40; French country roads are limited to 80
    unclassified=40,  # OSRM 25 suits town lanes; here the class is mostly open country
    residential=25,
    living_street=10,
    service=15,
)

#: Pedal assistance stops at 25 km/h (EU 168/2013); loaded and stopping, less.
CARGO_BIKE: Final = _profile(
    "cargo_bike",
    300,
    primary=18,
    secondary=18,
    tertiary=18,
    unclassified=18,
    residential=17,
    living_street=10,
    service=12,
    path=12,
)

#: OSRM's stock bicycle rides at 15 km/h everywhere.
BIKE: Final = _profile(
    "bike",
    120,
    primary=15,
    secondary=15,
    tertiary=15,
    unclassified=15,
    residential=15,
    living_street=10,
    service=12,
    path=12,
)

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {profile.name: profile for profile in (CAR, CARGO_BIKE, BIKE)}
)
