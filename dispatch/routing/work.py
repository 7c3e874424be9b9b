"""What is to be done and who can do it: visits, jobs, vehicles and their breaks.

Decides what one of them means and which ones make no sense.  How they refer to each
other, and to the travel matrices, is ``problem``'s question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import sub
from typing import Final

from dispatch.core.places import UNREACHABLE_S

#: As good as never: shifts end before it, so that "no road" can never be driven in one.
FOREVER_S: Final = UNREACHABLE_S // 2

Windows = tuple[tuple[int, int], ...]


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
    setup_s   : parking and reaching the counter, before service can begin; nothing
                when the vehicle is at this place already, so that two parcels
                fetched at one counter share it
    """

    place: int
    windows: Windows
    service_s: int
    load: tuple[int, ...]
    due_s: int | None = None
    setup_s: int = 0

    def __post_init__(self) -> None:
        _refuse_odd_windows(f"visit at place {self.place}", self.windows)
        for name in ("service_s", "setup_s"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is negative: {getattr(self, name)}")
        if any(amount < 0 for amount in self.load):
            raise ValueError(f"load is negative: {self.load}")


def _refuse_odd_windows(owner: str, windows: Windows) -> None:
    if not windows:
        raise ValueError(f"{owner} has no window")
    before = None
    for first_s, last_s in windows:
        if last_s < first_s:
            raise ValueError(f"window is empty: {first_s} to {last_s}")
        if before is not None and first_s <= before:
            raise ValueError(f"windows overlap or are out of order: {windows}")
        before = last_s


@dataclass(frozen=True, slots=True)
class Job:
    """Fetch at every pickup, in any order, then drop once, all by one vehicle.

    drop         : its load is what the pickups take on, and what is on board already
    vehicles     : indices of vehicles allowed to do it; None: all.  A job of which
                   something is on board names exactly one vehicle; without pickups and
                   without a load it is an errand at one address
    max_aboard_s : longest time from leaving a pickup to beginning the drop; None: no
                   limit.  What is on board already says it by its drop's window
    """

    job_id: str
    pickups: tuple[Visit, ...]
    drop: Visit
    vehicles: frozenset[int] | None = None
    priority: int = 1
    max_aboard_s: int | None = None

    def __post_init__(self) -> None:
        here = self.vehicles is not None and len(self.vehicles) == 1
        if len({len(visit.load) for visit in (*self.pickups, self.drop)}) > 1:
            raise ValueError(f"job {self.job_id} has loads of different dimensions")
        aboard = self.aboard
        if self.pickups and any(aboard) and not (here and min(aboard) >= 0):
            total = tuple(map(sub, self.drop.load, aboard))
            raise ValueError(f"job {self.job_id} fetches {total} but drops {self.drop.load}")
        if any(aboard) and not here:
            raise ValueError(f"job {self.job_id} is on board but not of exactly one vehicle")
        if self.vehicles is not None and not self.vehicles:
            raise ValueError(f"job {self.job_id} is allowed on no vehicle")
        if self.priority < 0:
            raise ValueError(f"job {self.job_id} has a negative priority: {self.priority}")
        if self.max_aboard_s is not None and (self.max_aboard_s < 0 or not self.pickups):
            raise ValueError(
                f"job {self.job_id} limits its time on board to {self.max_aboard_s} s "
                f"from {len(self.pickups)} pickups"
            )

    @property
    def aboard(self) -> tuple[int, ...]:
        """What of the job is on board before the vehicle moves, one entry per dimension."""
        left = self.drop.load
        for visit in self.pickups:
            left = tuple(map(sub, left, visit.load))
        return left

    @property
    def waits(self) -> bool:
        """True when all of the job is still to be fetched, so that any vehicle could do it."""
        return bool(self.pickups) and not any(self.aboard)


@dataclass(frozen=True, slots=True)
class Break:
    """A pause of ``duration_s`` that begins inside a window, between two services.

    It may be taken on the way, or at the next stop before its service: whichever is
    sooner.  A tour that is over by the end of the last window needs no break.
    """

    break_id: str
    windows: Windows
    duration_s: int

    def __post_init__(self) -> None:
        _refuse_odd_windows(f"break {self.break_id}", self.windows)
        if self.duration_s < 0:
            raise ValueError(f"break {self.break_id} has a negative length: {self.duration_s}")


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
    breaks     : in the order in which they are taken
    lifo       : True when only what was loaded last can be unloaded; parcels on board
                 from the beginning lie below all others, in no order
    fair_s     : this courier's share of the work; more of it is priced as unfair.
                 None: no share was agreed
    """

    vehicle_id: str
    start: int
    end: int | None
    from_s: int
    until_s: int
    capacity: tuple[int, ...]
    profile: int = 0
    travel_price: int = 1
    breaks: tuple[Break, ...] = ()
    lifo: bool = False
    fair_s: int | None = None

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
        if self.fair_s is not None and self.fair_s < 0:
            raise ValueError(f"vehicle {self.vehicle_id} has a negative share: {self.fair_s}")
        _refuse_odd_breaks(self.vehicle_id, self.breaks)


def _refuse_odd_breaks(vehicle_id: str, breaks: Sequence[Break]) -> None:
    last_s = None
    for pause in breaks:
        if last_s is not None and pause.windows[-1][1] < last_s:
            raise ValueError(f"breaks of vehicle {vehicle_id} are out of order")
        last_s = pause.windows[-1][1]
