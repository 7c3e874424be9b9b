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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from dispatch.routing.work import FOREVER_S, Break, Job, Vehicle, Visit

__all__ = ["FOREVER_S", "Break", "IntMatrix", "Job", "Problem", "Vehicle", "Visit", "Weights"]

IntMatrix = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Weights:
    """What a plan costs, in price units; each term is reported by name in ``Cost``.

    unserved       : a job left out, times its priority
    late_per_s     : a second of beginning after ``due_s``
    travel_per_s   : a second between two services that is driven or set up, times the
                     vehicle's ``travel_price``
    paid_per_s     : a second from ``from_s`` to the end of a tour
    vehicle_used   : a vehicle that moves
    churn_per_stop : a published stop that another vehicle does, or that comes before
                     the one it was published after
    unfair_per_s   : a second of work beyond the vehicle's ``fair_s``; work is driving,
                     setting up and service

    The defaults keep the order unserved ≫ lateness ≫ time for any town day:
    an unserved order costs more than every courier driving all day.  Moving a stop that
    somebody has seen has to save a minute.
    """

    unserved: int = 1_000_000
    late_per_s: int = 100
    travel_per_s: int = 1
    paid_per_s: int = 0
    vehicle_used: int = 0
    churn_per_stop: int = 60
    unfair_per_s: int = 0

    def __post_init__(self) -> None:
        for weight in fields(self):
            if getattr(self, weight.name) < 0:
                raise ValueError(f"weight {weight.name} is negative: {getattr(self, weight.name)}")


Sequences = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A pickup-and-delivery problem with time windows.

    travel_s  : one (p, p) int64 matrix per profile, ``travel_s[k][i, j]`` from
                place i to place j; ``core.places.UNREACHABLE_S`` where there is no road
    frozen    : per vehicle, the nodes its tour begins with, in this order: a tour
                already under way.  ``()``: nobody has left
    pinned    : per vehicle, nodes that only it may serve, and only in this order;
                others may come between
    published : per vehicle, the nodes of the plan that people have seen; differing
                from it is churn
    dimensions : what the entries of loads and capacities are called, for people to
                read; ``()``: they have no names
    """

    travel_s: tuple[IntMatrix, ...]
    vehicles: tuple[Vehicle, ...]
    jobs: tuple[Job, ...]
    weights: Weights = Weights()
    frozen: Sequences = ()
    pinned: Sequences = ()
    published: Sequences = ()
    dimensions: tuple[str, ...] = ()

    # Derived once: node n is visits[n], of job job_of[n]; nodes_of[j] ends with j's drop.
    visits: tuple[Visit, ...] = field(init=False)
    job_of: tuple[int, ...] = field(init=False)
    nodes_of: tuple[tuple[int, ...], ...] = field(init=False)
    # Vehicle and rank of every published node.
    published_at: Mapping[int, tuple[int, int]] = field(init=False)

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
        seen = {n: (v, r) for v, nodes in enumerate(self.published) for r, n in enumerate(nodes)}
        object.__setattr__(self, "published_at", MappingProxyType(seen))
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
        if self.dimensions and not sizes <= {len(self.dimensions)}:
            raise ValueError(f"{len(self.dimensions)} names for {max(sizes)} dimensions of load")
        _refuse_twins("dimension", self.dimensions)
        self._refuse_unknown(p)
        for name in ("frozen", "pinned", "published"):
            self._refuse_odd_sequences(name, getattr(self, name))

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

    def _refuse_odd_sequences(self, name: str, sequences: Sequences) -> None:
        if sequences and len(sequences) != len(self.vehicles):
            raise ValueError(
                f"{name} has {len(sequences)} sequences for {len(self.vehicles)} vehicles"
            )
        nodes = [node for sequence in sequences for node in sequence]
        if unknown := [node for node in nodes if not 0 <= node < len(self.visits)]:
            raise ValueError(f"{name} has an unknown node: {unknown[0]}")
        if len(set(nodes)) < len(nodes):
            raise ValueError(f"{name} has a node twice")

    def leg_s(self, profile: int, here: int, node: int) -> int:
        """Seconds from place *here* until service could begin at *node*: the way and the setup."""
        visit = self.visits[node]
        setup_s = visit.setup_s if here != visit.place else 0
        return int(self.travel_s[profile][here, visit.place]) + setup_s

    def weights_of(self, vehicle: int) -> Weights:
        """Return the weights with *vehicle*'s own price of a second on the road."""
        price = self.vehicles[vehicle].travel_price
        return replace(self.weights, travel_per_s=self.weights.travel_per_s * price)

    def is_drop(self, node: int) -> bool:
        """True when *node* is the doorstep of its job."""
        return self.nodes_of[self.job_of[node]][-1] == node

    def aboard(self, vehicle: int) -> tuple[int, ...]:
        """Load of *vehicle* before it moves: what its jobs have on board, one entry per dimension.

        A parcel on board weighs until it is dropped, whether or not the plan serves it.
        """
        total = [0] * len(self.vehicles[vehicle].capacity)
        for job in self.jobs:
            if job.vehicles == frozenset({vehicle}):
                total = [a + b for a, b in zip(total, job.aboard, strict=True)]
        return tuple(total)


def _refuse_twins(kind: str, ids: Iterable[str]) -> None:
    twins = sorted(name for name, times in Counter(ids).items() if times > 1)
    if twins:
        raise ValueError(f"two {kind}s are called {twins[0]}")
