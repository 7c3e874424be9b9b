"""One wave as whole numbers: what a solver sees, and nothing else.

A *job* is everything one customer gets at one doorstep: some pickups (none when
the parcels are already on board) and one drop.  A *visit* is one of those halts;
*node* n is the n-th visit, jobs in order, each job's pickups before its drop.
*Places* index the travel matrices; several visits may share one.  Times are
whole seconds after an origin that the caller chose (``scale`` ticks per unit in
the textbook instances).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.core.places import UNREACHABLE_S

IntMatrix = npt.NDArray[np.int64]

#: As good as never: shifts end before it, so that "no road" can never be driven in one.
FOREVER_S: Final = UNREACHABLE_S // 2


@dataclass(frozen=True, slots=True)
class Visit:
    """One halt.

    place     : row of the travel matrices
    windows   : when service may *begin*, ``(first_s, last_s)`` both included,
                in order and disjoint
    service_s : how long it takes once begun
    load      : one entry per capacity dimension; taken on at a pickup.  A drop
                carries the job's whole load and gives it up
    due_s     : begin later than this and the difference is lateness, which is
                priced, not forbidden; None: never late
    """

    place: int
    windows: tuple[tuple[int, int], ...]
    service_s: int
    load: tuple[int, ...]
    due_s: int | None = None

    def __post_init__(self) -> None:
        if not self.windows:
            raise ValueError(f"visit at place {self.place} has no window")
        before = None
        for first_s, last_s in self.windows:
            if last_s < first_s:
                raise ValueError(f"window is empty: {first_s} to {last_s}")
            if before is not None and first_s <= before:
                raise ValueError(f"windows overlap or are out of order: {self.windows}")
            before = last_s
        if self.service_s < 0:
            raise ValueError(f"service time is negative: {self.service_s}")
        if any(amount < 0 for amount in self.load):
            raise ValueError(f"load is negative: {self.load}")


@dataclass(frozen=True, slots=True)
class Job:
    """Fetch at every pickup, in any order, then drop once, all by one vehicle.

    vehicles : indices of vehicles allowed to do it; None: all.  A job without
               pickups is on board already, so it names exactly one vehicle.
    """

    job_id: str
    pickups: tuple[Visit, ...]
    drop: Visit
    vehicles: frozenset[int] | None = None
    priority: int = 1

    def __post_init__(self) -> None:
        if not self.pickups and (self.vehicles is None or len(self.vehicles) != 1):
            raise ValueError(f"job {self.job_id} is on board but not of exactly one vehicle")
        if len({len(visit.load) for visit in (*self.pickups, self.drop)}) > 1:
            raise ValueError(f"job {self.job_id} has loads of different dimensions")
        if self.pickups:
            total = tuple(sum(parts) for parts in zip(*(p.load for p in self.pickups), strict=True))
            if total != self.drop.load:
                raise ValueError(f"job {self.job_id} fetches {total} but drops {self.drop.load}")
        if self.vehicles is not None and not self.vehicles:
            raise ValueError(f"job {self.job_id} is allowed on no vehicle")
        if self.priority < 0:
            raise ValueError(f"job {self.job_id} has a negative priority: {self.priority}")


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One courier for one problem.

    start      : place where the vehicle is at ``from_s``
    end        : place to be back at by ``until_s``; None: anywhere, but the last
                 service ends by ``until_s``
    capacity   : one entry per dimension
    profile    : which travel matrix it uses
    travel_price : what its second on the road costs, in ``Weights.travel_per_s``: a
                 bicycle's is cheaper than a car's
    """

    vehicle_id: str
    start: int
    end: int | None
    from_s: int
    until_s: int
    capacity: tuple[int, ...]
    profile: int = 0
    travel_price: int = 1

    def __post_init__(self) -> None:
        if self.until_s < self.from_s:
            raise ValueError(
                f"vehicle {self.vehicle_id} ends its shift before it begins: "
                f"{self.from_s} to {self.until_s}"
            )
        if self.from_s < -FOREVER_S or self.until_s > FOREVER_S:
            raise ValueError(
                f"vehicle {self.vehicle_id} is on shift beyond {FOREVER_S} s: "
                f"{self.from_s} to {self.until_s}"
            )
        if self.travel_price < 0:
            raise ValueError(f"vehicle {self.vehicle_id} has a negative price: {self.travel_price}")
        if any(amount < 0 for amount in self.capacity):
            raise ValueError(f"vehicle {self.vehicle_id} has a negative capacity: {self.capacity}")


@dataclass(frozen=True, slots=True)
class Weights:
    """What a plan costs, in price units; each term is reported by name in ``Cost``.

    The defaults keep the order unserved ≫ lateness ≫ time for any town day:
    an unserved order costs more than every courier driving all day.
    """

    unserved: int = 1_000_000
    late_per_s: int = 100
    travel_per_s: int = 1
    paid_per_s: int = 0
    vehicle_used: int = 0

    def __post_init__(self) -> None:
        for name in ("unserved", "late_per_s", "travel_per_s", "paid_per_s", "vehicle_used"):
            if getattr(self, name) < 0:
                raise ValueError(f"weight {name} is negative: {getattr(self, name)}")


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A pickup-and-delivery problem with time windows.

    travel_s : one (p, p) int64 matrix per profile, ``travel_s[k][i, j]`` from
               place i to place j; ``core.places.UNREACHABLE_S`` where there is no road
    """

    travel_s: tuple[IntMatrix, ...]
    vehicles: tuple[Vehicle, ...]
    jobs: tuple[Job, ...]
    weights: Weights = Weights()

    # Derived once: node n is visits[n], of job job_of[n]; nodes_of[j] ends with j's drop.
    visits: tuple[Visit, ...] = field(init=False)
    job_of: tuple[int, ...] = field(init=False)
    nodes_of: tuple[tuple[int, ...], ...] = field(init=False)

    def __post_init__(self) -> None:
        visits: list[Visit] = []
        job_of: list[int] = []
        nodes_of: list[tuple[int, ...]] = []
        for j, job in enumerate(self.jobs):
            nodes_of.append(tuple(range(len(visits), len(visits) + len(job.pickups) + 1)))
            visits += [*job.pickups, job.drop]
            job_of += [j] * (len(job.pickups) + 1)
        object.__setattr__(self, "visits", tuple(visits))
        object.__setattr__(self, "job_of", tuple(job_of))
        object.__setattr__(self, "nodes_of", tuple(nodes_of))
        self._refuse_nonsense()

    def _refuse_nonsense(self) -> None:
        if not self.travel_s:
            raise ValueError("a problem needs at least one travel matrix")
        p = self.travel_s[0].shape[0]
        for matrix in self.travel_s:
            if matrix.shape != (p, p):
                raise ValueError(f"travel matrix has shape {matrix.shape}, expected {(p, p)}")
            if not np.issubdtype(matrix.dtype, np.integer):
                raise ValueError(f"travel times are {matrix.dtype}, expected whole seconds")
            if matrix.size and matrix.min() < 0:
                raise ValueError("a travel time is negative")
        sizes = {len(v.load) for v in self.visits} | {len(v.capacity) for v in self.vehicles}
        if len(sizes) > 1:
            raise ValueError(f"loads and capacities disagree on dimensions: {sorted(sizes)}")
        self._refuse_unknown(p)

    def _refuse_unknown(self, p: int) -> None:
        """Refuse a place, profile or vehicle that does not exist, and an id that exists twice."""
        used = [visit.place for visit in self.visits]
        for vehicle in self.vehicles:
            used += [vehicle.start] if vehicle.end is None else [vehicle.start, vehicle.end]
            if not 0 <= vehicle.profile < len(self.travel_s):
                raise ValueError(f"vehicle {vehicle.vehicle_id} has no profile {vehicle.profile}")
        if any(not 0 <= place < p for place in used):
            raise ValueError(f"a place is outside the travel matrix of {p} places")
        everyone = frozenset(range(len(self.vehicles)))
        for job in self.jobs:
            if job.vehicles is not None and not job.vehicles <= everyone:
                raise ValueError(f"job {job.job_id} names an unknown vehicle")
        _refuse_twins("job", [job.job_id for job in self.jobs])
        _refuse_twins("vehicle", [vehicle.vehicle_id for vehicle in self.vehicles])

    def weights_of(self, vehicle: int) -> Weights:
        """Return the weights with *vehicle*'s own price of a second on the road."""
        price = self.vehicles[vehicle].travel_price
        return replace(self.weights, travel_per_s=self.weights.travel_per_s * price)

    def is_drop(self, node: int) -> bool:
        """True when *node* is the doorstep of its job."""
        return self.nodes_of[self.job_of[node]][-1] == node

    def aboard(self, vehicle: int) -> tuple[int, ...]:
        """Load of *vehicle* before it moves: its jobs without pickups, one entry per dimension.

        A parcel on board weighs until it is dropped, whether or not the plan serves it.
        """
        total = [0] * len(self.vehicles[vehicle].capacity)
        for job in self.jobs:
            if not job.pickups and job.vehicles == frozenset({vehicle}):
                total = [a + b for a, b in zip(total, job.drop.load, strict=True)]
        return tuple(total)


def _refuse_twins(kind: str, ids: list[str]) -> None:
    twins = sorted(name for name, times in Counter(ids).items() if times > 1)
    if twins:
        raise ValueError(f"two {kind}s are called {twins[0]}")
