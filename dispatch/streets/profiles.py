"""How fast each kind of vehicle moves on each class of road, what a turn costs it, where it
may not go.

Decides constants only.  Does not know the hour of the day, nor any particular street.

Unless a comment says otherwise, numbers are those of OSRM's stock profiles (release 26.10,
``car.lua``, ``bicycle.lua``, ``foot.lua``): free-flow speeds that leave turns and lights to
be counted apart.  Every other one is a first guess to be replaced by measured tours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from dispatch.streets.arrays import (
    BIKE_BACK,
    BIKE_THERE,
    CAR_BACK,
    CAR_THERE,
    FOOT_BACK,
    FOOT_THERE,
    SURFACES,
    TURN_BIKE,
    TURN_CAR,
)

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

#: What tells how fast a road without a sign is driven.
Unsigned = Literal["law", "class"]

#: Classes no address is reached from, even when they pass the garden fence.
NO_STOPPING: Final = frozenset({"motorway", "ferry"})

#: From the kerb to the door, on foot: the usual 5 km/h of map routers.
WALK_KMH: Final = 5.0


@dataclass(frozen=True, slots=True)
class TurnCosts:
    """What a junction adds to a way, in seconds.

    sharp_s  : the dearest turn; what a turn of a given angle costs is a sigmoid up to here
    bias     : above 1, turning right is cheaper than turning left
    u_turn_s : turning round, where the street ends
    signal_s : crossing at traffic lights, whatever the angle
    across_s : on top, the sharpest turn to the left: waiting for a gap in those who come
    gate_s   : having a gate opened and driving through
    """

    sharp_s: float
    bias: float
    u_turn_s: float
    signal_s: float
    across_s: float = 0.0
    gate_s: float = 0.0

    def __post_init__(self) -> None:
        seconds = (self.sharp_s, self.u_turn_s, self.signal_s, self.across_s, self.gate_s)
        if min(seconds) < 0 or not 0 < self.bias < 10:
            raise ValueError(f"turn costs are not below zero, a bias is about 1: {self}")


@dataclass(frozen=True, slots=True)
class Profile:
    """A vehicle as the street sees it.

    speed_kmh      : by road class; a class left out is closed to this vehicle
    open_kmh       : by road class, instead of ``speed_kmh`` outside built-up areas
    link_kmh       : by road class, on its ramps and slip roads
    surface_kmh    : by surface, no faster than this
    gross_kg       : loaded weight, compared with the limits of bridges and streets
    there, back    : the bits of ``StreetArrays.access`` that open an edge
    turn_bit       : the bit of ``StreetArrays.turn_who`` that forbids a turn; 0: none does
    by_limits      : True: it drives at ``LIMIT_SHARE`` of the legal limit where one is signed
    unsigned       : what holds it back where none is: the "law" for such a road, or nothing
                     but its "class"
    pushed_kmh     : where it has to be pushed; 0: it is not taken there
    steps_kmh      : on steps; 0: not at all
    through_no_through : True: streets that are closed to through traffic are not to it
    """

    name: str
    speed_kmh: Mapping[str, float]
    gross_kg: int
    there: int = CAR_THERE
    back: int = CAR_BACK
    turns: TurnCosts = TurnCosts(0, 1, 0, 0)
    turn_bit: int = 0
    open_kmh: Mapping[str, float] = field(default_factory=dict)
    link_kmh: Mapping[str, float] = field(default_factory=dict)
    surface_kmh: Mapping[str, float] = field(default_factory=dict)
    by_limits: bool = False
    unsigned: Unsigned = "law"
    pushed_kmh: float = 0.0
    steps_kmh: float = 0.0
    through_no_through: bool = False

    def __post_init__(self) -> None:
        for table in (self.speed_kmh, self.open_kmh, self.link_kmh):
            if unknown := sorted(set(table) - set(ROAD_CLASSES)):
                raise ValueError(f"{self.name}: unknown road class {unknown[0]!r}")
            if slow := [road for road, kmh in table.items() if not 0 < kmh <= 130]:
                road = slow[0]
                raise ValueError(f"{self.name}: speed on {road} is {table[road]} km/h")
        if unknown := sorted(set(self.surface_kmh) - set(SURFACES)):
            raise ValueError(f"{self.name}: unknown surface {unknown[0]!r}")
        if slow := [on for on, kmh in self.surface_kmh.items() if not kmh > 0]:
            raise ValueError(f"{self.name}: speed on {slow[0]} is {self.surface_kmh[slow[0]]} km/h")
        if self.gross_kg <= 0:
            raise ValueError(f"{self.name}: weight is {self.gross_kg} kg")


def _kmh(**by_name: float) -> Mapping[str, float]:
    return MappingProxyType(by_name)


#: What is driven of a signed limit: OSRM's ``speed_reduction``.
LIMIT_SHARE: Final = 0.8

#: France's limits where nothing is signed (code de la route, R413-2 and R413-3): 50 in
#: built-up areas; outside 130 on motorways, 110 on roads like them, 80 elsewhere.
URBAN_LIMIT_KMH: Final = 50.0
OPEN_LIMIT_KMH: Final = _kmh(motorway=130, trunk=110)
ELSE_LIMIT_KMH: Final = 80.0

CAR: Final = Profile(
    "car",
    _kmh(
        motorway=90,
        trunk=85,
        primary=65,
        secondary=55,
        tertiary=40,
        unclassified=25,
        residential=25,
        living_street=10,
        service=15,
        ferry=5,
    ),
    2_500,  # small delivery van, loaded
    turns=TurnCosts(sharp_s=7.5, bias=1.075, u_turn_s=20, signal_s=2, across_s=2, gate_s=60),
    turn_bit=TURN_CAR,
    # Ours: country lanes are driven faster than streets of their class in town.
    open_kmh=_kmh(tertiary=45, unclassified=40),
    link_kmh=_kmh(motorway=45, trunk=40, primary=30, secondary=25, tertiary=20),
    surface_kmh=_kmh(paving_stones=60, cobbles=30, compacted=80, gravel=40, soil=20),
    by_limits=True,
)

#: Two seconds at lights and what a turn costs are those of a bicycle in OSRM's profile.
_BY_BIKE: Final = TurnCosts(sharp_s=6, bias=1.4, u_turn_s=20, signal_s=2)
_ROUGH: Final = _kmh(cobbles=10, compacted=10, gravel=8, soil=6)

#: Pedal assistance stops at 25 km/h (EU 168/2013); loaded and stopping, less.  All ours.
CARGO_BIKE: Final = Profile(
    "cargo_bike",
    _kmh(
        primary=18,
        secondary=18,
        tertiary=18,
        unclassified=18,
        residential=17,
        living_street=10,
        service=12,
        path=12,
        ferry=5,
    ),
    300,
    there=BIKE_THERE,
    back=BIKE_BACK,
    turns=_BY_BIKE,
    turn_bit=TURN_BIKE,
    surface_kmh=_ROUGH,
    pushed_kmh=3,  # loaded: slower than OSRM's 4
)

#: 16 km/h, and 14 on paths: between OSRM's 15 and 13 and Valhalla's, fitted in Andorra on the
#: median of the two (``benchmarks/travel_times.py``).  Service roads hardly matter there: as
#: paths.  Slower among people on foot is ours.
BIKE: Final = Profile(
    "bike",
    _kmh(
        primary=16,
        secondary=16,
        tertiary=16,
        unclassified=16,
        residential=16,
        living_street=10,
        service=14,
        path=14,
        ferry=5,
    ),
    120,
    there=BIKE_THERE,
    back=BIKE_BACK,
    turns=_BY_BIKE,
    turn_bit=TURN_BIKE,
    surface_kmh=_ROUGH,
    pushed_kmh=4,
)

FOOT: Final = Profile(
    "foot",
    MappingProxyType(
        {road: WALK_KMH for road in ROAD_CLASSES if road not in ("motorway", "trunk")}
    ),
    150,
    there=FOOT_THERE,
    back=FOOT_BACK,
    steps_kmh=2.5,  # ours: half as fast
    through_no_through=True,
)

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {profile.name: profile for profile in (CAR, CARGO_BIKE, BIKE, FOOT)}
)
