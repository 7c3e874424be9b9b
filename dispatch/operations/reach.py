"""What a vehicle can reach from a shop or an address in some minutes, street by street.

Decides the bands of time, and what is counted in each band and commune; learnt times count.
How streets are ridden is ``streets.reach``'s; nothing is promised, and no tour is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from dispatch.core.civil import local_day
from dispatch.core.errors import Invalid
from dispatch.core.places import Place
from dispatch.core.reasons import Refusal
from dispatch.fleet.vehicles import VehicleKind
from dispatch.operations.learnt import as_learnt, way_factor
from dispatch.operations.locate import locate
from dispatch.operations.ports import Ports, Streets
from dispatch.orders.doubts import Doubt, far_from_street

if TYPE_CHECKING:  # it brings the compiler along
    from dispatch.streets.arrays import Floats
    from dispatch.streets.reach import Reached
    from dispatch.streets.slices import Slice

LEAST_MIN: Final = 1
MOST_MIN: Final = 60
#: More shades than this cannot be told apart on a map.
MOST_BANDS: Final = 4
_STEPS_MIN: Final = (5, 10, 15)
LONGEST_ADDRESS: Final = 200


@runtime_checkable
class ReachingStreets(Streets, Protocol):
    """The ``Streets`` port of our own engine, which also tells what is near; no server does."""

    @property
    def slices(self) -> Sequence[Slice]:
        """The hours in which these streets have times of their own."""
        ...

    def reach(
        self, place: Place, profile: str, limits_s: Sequence[int], *, at: str = ""
    ) -> Reached:
        """Return every piece of street reached from *place* within the last of *limits_s*.

        at : the name of a slice; "": nobody else on the road

        Raises ``Invalid`` when *place* is too far from any street, or no slice has that name.
        """
        ...

    def doors_within(
        self, reached: Reached, profile: str, lat_deg: Floats, lon_deg: Floats
    ) -> Sequence[int]:
        """Return how many of (k,) doors are reached within each limit of *reached*."""
        ...


@runtime_checkable
class DoorBook(Protocol):
    """A ``Geocoder`` port that knows every door of the town, and not only how to find one."""

    def doors(self) -> tuple[Floats, Floats] | None:
        """Return (k,) latitudes and longitudes, the same arrays every time; None: none known."""
        ...


@dataclass(frozen=True, slots=True)
class ReachAsked:
    """From a merchant's shop, or else from an address; by which vehicle; how many minutes; when.

    hours : the name of one of the town's slices; "": nobody else on the road

    Raises ``Invalid`` naming the field when the question makes no sense.
    """

    merchant_id: str
    address: str
    vehicle: VehicleKind
    minutes: int
    hours: str = ""

    def __post_init__(self) -> None:
        if not LEAST_MIN <= self.minutes <= MOST_MIN:
            raise Invalid(
                f"minutes are {self.minutes}, {LEAST_MIN} to {MOST_MIN} needed", field="minutes"
            )
        if not (self.merchant_id or self.address.strip()):
            raise Invalid("a shop or an address is needed", field="address")
        if len(self.address) > LONGEST_ADDRESS:
            raise Invalid(
                f"an address of {len(self.address)} characters; at most {LONGEST_ADDRESS}",
                field="address",
            )


@dataclass(frozen=True, slots=True)
class CommuneReached:
    """A commune's streets: ``km`` in all for this vehicle, ``inside_km`` within each limit."""

    name: str
    served: bool
    km: float
    inside_km: tuple[float, ...]

    @property
    def share(self) -> float:
        """Of its streets within the last limit, 0 to 1."""
        return self.inside_km[-1] / self.km if self.km else 0.0


@dataclass(frozen=True, slots=True)
class Reach:
    """The answer.  ``limits_min``: where the bands end; ``open_country``: in no commune.

    communes : those reached at all, most streets first
    doubts   : what is not sure about the start
    doors    : known doors within each limit; None: nobody told us the town's doors
    hours    : when; None: nobody else on the road
    """

    asked: ReachAsked
    start: Place
    limits_min: tuple[int, ...]
    reached: Reached
    communes: tuple[CommuneReached, ...]
    open_country: CommuneReached | None
    doubts: tuple[Doubt, ...] = ()
    doors: tuple[int, ...] | None = None
    hours: Slice | None = None

    @property
    def inside_km(self) -> tuple[float, ...]:
        """Kilometres of street within each limit."""
        return tuple(round(float(m) / 1000, 1) for m in self.reached.inside_m.sum(axis=1))


def reach(asked: ReachAsked, ports: Ports) -> Reach | Refusal:
    """Return what is reached, or why the address is none we know.

    ports : as they are, not yet ``as_learnt``

    Raises ``NotFound`` for an unknown merchant; ``Invalid`` for hours that are none of the
    town's slices (field ``hours``), and when the streets are a routing server's, which tells
    times between places and nothing else (field ``engine``).
    """
    streets = ports.streets
    if not isinstance(streets, ReachingStreets):
        raise Invalid("a routing server does not tell what can be reached", field="engine")
    hours = next((one for one in streets.slices if one.name == asked.hours), None)
    if asked.hours and hours is None:
        raise Invalid(f"no slice is called {asked.hours!r}", field="hours")
    if asked.merchant_id:
        start = ports.territory.merchant(asked.merchant_id).place
        far = far_from_street(streets.snap_m(start))
        doubts: tuple[Doubt, ...] = () if far is None else (far,)
    else:
        door = locate(asked.address, None, ports)
        if isinstance(door, Refusal):
            return door
        start, doubts = door.place, door.doubts
    limits_min = bands_min(asked.minutes)
    seen = as_learnt(ports)
    wet = local_day(ports.clock.now()) in (seen.wet or ())
    factor = way_factor(seen.learnt, asked.vehicle.value, ports.parameters.weather, wet=wet)
    # One factor for every way: within 20 minutes is within 20 / factor of the unlearnt ones.
    limits_s = [int(60 * m / factor) for m in limits_min]
    reached = streets.reach(start, asked.vehicle.value, limits_s, at=asked.hours)
    *named, country = _counted(reached, ports)
    return Reach(
        asked=asked,
        start=start,
        limits_min=limits_min,
        reached=reached,
        communes=tuple(
            sorted((c for c in named if c.inside_km[-1]), key=lambda c: -c.inside_km[-1])
        ),
        open_country=country if country.inside_km[-1] else None,
        doubts=doubts,
        doors=_doors(reached, asked.vehicle, streets, ports),
        hours=hours,
    )


def hours_known(ports: Ports) -> tuple[Slice, ...]:
    """Return the hours that a reach can be asked for; none where a server tells the times."""
    return tuple(ports.streets.slices) if isinstance(ports.streets, ReachingStreets) else ()


def _doors(
    reached: Reached, vehicle: VehicleKind, streets: ReachingStreets, ports: Ports
) -> tuple[int, ...] | None:
    book = ports.geocoder.doors() if isinstance(ports.geocoder, DoorBook) else None
    if book is None:
        return None
    return tuple(int(n) for n in streets.doors_within(reached, vehicle.value, *book))


def bands_min(minutes: int) -> tuple[int, ...]:
    """Return where the bands end: every 5, 10 or 15 minutes, and at *minutes*.

    >>> bands_min(20)
    (5, 10, 15, 20)
    >>> bands_min(25)
    (10, 20, 25)
    """
    step = next(step for step in _STEPS_MIN if step * MOST_BANDS >= minutes)
    return (*range(step, minutes, step), minutes)


def _counted(reached: Reached, ports: Ports) -> list[CommuneReached]:
    """Return every commune in the streets' own order, then the open country."""
    gazetteer = ports.territory.gazetteer
    km, inside_km = reached.whole_m / 1000, reached.inside_m / 1000
    rows = [
        CommuneReached(one.name, one.served, float(km[k]), tuple(inside_km[:, k].tolist()))
        for k, one in enumerate(gazetteer)
        if k < len(km) - 1
    ]
    return [*rows, CommuneReached("", False, float(km[-1]), tuple(inside_km[:, -1].tolist()))]
