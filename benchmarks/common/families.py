"""Instances in the manner of Li & Lim, held back from everybody who tunes: made, not found.

Decides places, tours, pairs and windows.  Every instance is built around a plan that holds,
kept beside it, so that nothing impossible is asked; how good that plan is nobody knows, and
it is no reference.  The same arguments are the same instance.

Source of the manner: Li & Lim (2001), "A metaheuristic for the pickup and delivery problem
with time windows", who paired the customers of Solomon's instances inside solved tours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor
from random import Random
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.routing.instance_text import Sheet, Task
from dispatch.routing.instances import Instance, instance_of

Points = npt.NDArray[np.float64]


class Layout(StrEnum):
    """Where customers are: in heaps, anywhere, half and half."""

    CLUSTERED = "c"
    RANDOM = "r"
    MIXED = "rc"


@dataclass(frozen=True, slots=True)
class _Horizon:
    """What Solomon's type 1 (short days, small vans) and type 2 (long days, large ones) differ in.

    length   : of the day, in units of distance and time, for 100 tasks
    stops    : most stops of a tour of the hidden plan
    width    : narrowest and widest window
    service  : at every task
    """

    length: int
    stops: int
    width: tuple[int, int]
    service: int
    capacity: int


_SHORT: Final = _Horizon(240, 12, (15, 60), 10, 200)
_LONG: Final = _Horizon(1_000, 40, (60, 240), 10, 1_000)

#: Side of the square for each number of tasks, as in Gehring & Homberger (1999).
_SIDES: Final = {100: 100, 200: 140, 400: 200, 1000: 500}

#: A hidden tour goes on to one of this many nearest customers, so that it is no nearest
#: neighbour's tour that an engine's first guess would find.
_CHOICE: Final = 3

#: Share of the day that a hidden tour fills; the rest is waiting.
FILLED: Final = 0.85


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """An instance and the plan it was built around: task numbers, one sequence per vehicle."""

    instance: Instance
    hidden: tuple[tuple[int, ...], ...]


def li_lim_like(
    layout: Layout, tasks: int, seed: int, *, long: bool = False, windowed: float = 1.0
) -> Built:
    """Return an instance of *tasks* tasks (half pickups, half drops) on the plane.

    long     : a long day with large vans, which a few tours fill, instead of a short one
    windowed : share of tasks that have a window of their own; the others: the day

    Raises ``ValueError`` for a size without a known square, an odd one, or a share beyond 1.
    """
    if tasks not in _SIDES or not 0 <= windowed <= 1:
        raise ValueError(
            f"{tasks} tasks, known: {sorted(_SIDES)}; windowed {windowed}, from 0 to 1"
        )
    name = f"{layout}{2 if long else 1}-{tasks}-{round(100 * windowed)}-s{seed}"
    draw = _Draw(Random(name), _LONG if long else _SHORT, _SIDES[tasks])
    return draw.built(name, layout, tasks, windowed)


class _Draw:
    """Draws one instance from one source of chance."""

    def __init__(self, dice: Random, horizon: _Horizon, side: int) -> None:
        self._dice, self._horizon, self._side = dice, horizon, side
        # A day is as much longer as the ways are, as in Gehring & Homberger's larger ones.
        self._day = round(horizon.length * side / 100)

    def built(self, name: str, layout: Layout, tasks: int, windowed: float) -> Built:
        spots = self._spots(layout, tasks)
        step = spots[:, None, :] - spots[None, :, :]
        distance = np.hypot(step[..., 0], step[..., 1])
        tours = self._tours(distance)
        begins = {row: at for tour in tours for row, at in self._timed(tour, distance).items()}
        partner: dict[int, int] = {}
        demand: dict[int, int] = {}
        for tour in tours:
            self._pair(tour, partner, demand)
        sheet_tasks = [self._depot(spots)]
        for row in range(1, tasks + 1):
            earliest, latest = self._window(row, begins[row], distance, windowed)
            sheet_tasks.append(
                Task(
                    row,
                    row,
                    float(spots[row, 0]),
                    float(spots[row, 1]),
                    demand[row],
                    earliest,
                    latest,
                    self._horizon.service,
                    0 if demand[row] > 0 else partner[row],
                    partner[row] if demand[row] > 0 else 0,
                )
            )
        vehicles = max(tasks // 4, len(tours))
        sheet = Sheet(name, vehicles, self._horizon.capacity, tuple(sheet_tasks), distance)
        return Built(instance_of(sheet), tuple(tuple(tour) for tour in tours))

    def _spots(self, layout: Layout, tasks: int) -> Points:
        """The depot near the middle, then one whole point per task."""
        dice, side = self._dice, self._side
        heaps = [(dice.uniform(0.1, 0.9), dice.uniform(0.1, 0.9)) for _ in range(tasks // 10)]
        spots = [(side * dice.uniform(0.4, 0.6), side * dice.uniform(0.4, 0.6))]
        for n in range(tasks):
            heaped = layout is Layout.CLUSTERED or (layout is Layout.MIXED and n % 2 == 0)
            if heaped:
                x, y = heaps[n % len(heaps)]
                spots.append((side * x + dice.gauss(0, 4), side * y + dice.gauss(0, 4)))
            else:
                spots.append((side * dice.random(), side * dice.random()))
        return np.clip(np.rint(np.array(spots, dtype=np.float64)), 0, side)

    def _tours(self, distance: Points) -> list[list[int]]:
        """Split the tasks into tours of an even number of stops that are home in time."""
        waiting, tours = set(range(1, len(distance))), []
        while waiting:
            tour: list[int] = []
            here, now = 0, 0.0
            while waiting and len(tour) < self._horizon.stops:
                near = sorted(waiting, key=lambda row: (distance[here, row], row))[:_CHOICE]
                row = self._dice.choice(near)
                done = now + float(distance[here, row]) + self._horizon.service
                if len(tour) > 1 and done + distance[row, 0] > FILLED * self._day:
                    break
                tour.append(row)
                waiting.remove(row)
                here, now = row, done
            if len(tour) % 2:
                waiting.add(tour.pop())
            tours.append(tour)
        # The last two tasks may lie in opposite corners: then the day is as long as that takes.
        self._day = max(self._day, *(ceil(self._least(tour, distance)) for tour in tours))
        return tours

    def _least(self, tour: list[int], distance: Points) -> float:
        """Time that *tour* takes without waiting."""
        ways = float(distance[[0, *tour], [*tour, 0]].sum())
        return ways + self._horizon.service * len(tour)

    def _timed(self, tour: list[int], distance: Points) -> dict[int, float]:
        """When each stop begins, the time left over spread between the stops by chance."""
        left = self._day - self._least(tour, distance)
        waits = sorted(self._dice.uniform(0, left) for _ in tour)
        begins, here, now = {}, 0, 0.0
        for row, waited in zip(tour, waits, strict=True):
            now += float(distance[here, row])
            begins[row] = now + waited
            here, now = row, now + self._horizon.service
        return begins

    def _pair(self, tour: list[int], partner: dict[int, int], demand: dict[int, int]) -> None:
        """Pair the stops of one tour by chance, the earlier one the pickup, within capacity."""
        order = sorted(tour, key=lambda row: self._dice.random())
        most = max(1, self._horizon.capacity // max(1, len(tour) // 2))
        rank = {row: n for n, row in enumerate(tour)}
        for a, b in zip(order[::2], order[1::2], strict=True):
            pickup, drop = (a, b) if rank[a] < rank[b] else (b, a)
            amount = self._dice.randint(1, most)
            partner[pickup], partner[drop] = drop, pickup
            demand[pickup], demand[drop] = amount, -amount

    def _window(self, row: int, begin: float, distance: Points, windowed: float) -> tuple[int, int]:
        """Whole units around *begin*, or all the time in which a van can come and go."""
        first = ceil(distance[0, row])
        last = floor(self._day - self._horizon.service - distance[row, 0])
        if self._dice.random() >= windowed:
            return min(first, floor(begin)), max(last, ceil(begin))
        width = self._dice.randint(*self._horizon.width)
        earliest = floor(begin - width * self._dice.random())
        latest = max(ceil(begin), earliest + width)
        return max(min(first, floor(begin)), earliest), min(max(last, ceil(begin)), latest)

    def _depot(self, spots: Points) -> Task:
        return Task(0, 0, float(spots[0, 0]), float(spots[0, 1]), 0, 0, self._day, 0, 0, 0)
