"""Instances in the manner of Sartori & Buriol, held back from everybody who tunes.

Decides places, pairs, windows and loads on the embedded town's streets; ways are whole
minutes by car, rounded up.  No plan is known beforehand: each pair alone can be served, and
there are as many vehicles as pairs.  The same arguments are the same instance.

Source of the manner: Sartori & Buriol (2020), "A study on the pickup and delivery problem
with time windows: matheuristics and new instances".
"""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Final

import numpy as np

from dispatch.adapters.town import open_town
from dispatch.core.places import Place
from dispatch.routing.instance_text import Sheet, Task
from dispatch.routing.instances import Instance, instance_of
from dispatch.routing.problem import IntMatrix
from dispatch.slots.calendar import Calendar
from dispatch.streets.network import StreetNetwork
from geodata import load

_TOWN: Final = "val_de_garonne"

#: Their settings: minutes of the day, minutes of a window, what a van holds, what is sent.
DAYS_MIN: Final = (240, 480)
WIDTHS_MIN: Final = (60, 120)
CAPACITIES: Final = (100, 300)
_AMOUNT: Final = (10, 100)
_SERVICE_MIN: Final = (5, 15)

#: Share of places that are in one of the two towns; the others are anywhere.
_IN_TOWN: Final = 0.5


def street_like(
    tasks: int, seed: int, *, day_min: int = 240, width_min: int = 60, capacity: int = 100
) -> Instance:
    """Return an instance of *tasks* tasks (half pickups, half drops) on the town's streets.

    Raises ``ValueError`` for an odd number of tasks, or none.
    """
    if tasks < 2 or tasks % 2:
        raise ValueError(f"{tasks} tasks: an even number from 2 on")
    name = f"street-{tasks}-{day_min}-{width_min}-{capacity}-s{seed}"
    dice = Random(name)
    ways_min = _ways_min(_places(tasks, dice))
    drawn = [
        _pair(pair, dice, ways_min, day_min, width_min, capacity) for pair in range(tasks // 2)
    ]
    depot = Task(0, 0, 0, 0, 0, 0, day_min, 0, 0, 0)
    sheet_tasks = (depot, *(task for pair in drawn for task in pair))
    sheet = Sheet(name, None, capacity, sheet_tasks, ways_min.astype(np.float64))
    return instance_of(sheet)


@cache
def _spots() -> tuple[list[Place], list[Place]]:
    """Crossings of the two towns that have shops, and of all communes."""
    town = load.town(_TOWN)
    network, shops = town.network, {merchant.commune for merchant in town.merchants}
    with_shops = [n for n, commune in enumerate(town.communes) if commune.insee in shops]
    inside = np.isin(network.commune, with_shops)
    both = []
    for edges in (inside, network.commune >= 0):
        nodes = np.unique(network.u[edges])
        both.append([Place(float(network.lat_deg[n]), float(network.lon_deg[n])) for n in nodes])
    return both[0], both[1]


@cache
def _streets() -> StreetNetwork:
    return open_town(_TOWN, Calendar()).streets


def _places(tasks: int, dice: Random) -> list[Place]:
    """The depot, in a town, then one place per task."""
    towns, country = _spots()
    spots = (dice.choice(towns if dice.random() < _IN_TOWN else country) for _ in range(tasks))
    return [dice.choice(towns), *spots]


def _ways_min(places: list[Place]) -> IntMatrix:
    """Minutes by car, rounded up: whole numbers that keep the triangle inequality."""
    ways_s = _streets().durations_s(places, "car")
    ways_min: IntMatrix = -(-ways_s // 60)
    return ways_min


def _pair(
    pair: int, dice: Random, ways_min: IntMatrix, day_min: int, width_min: int, capacity: int
) -> tuple[Task, Task]:
    """Draw one pair that a van of its own can serve on the day.

    The pickup's window lies anywhere in what a direct trip leaves; the drop's begins when a
    direct trip could be there, and up to an hour later.
    """
    pickup, drop = 2 * pair + 1, 2 * pair + 2
    load_min, unload_min = (dice.randint(*_SERVICE_MIN) for _ in range(2))
    way_min, home_min = int(ways_min[pickup, drop]), int(ways_min[drop, 0])
    first = int(ways_min[0, pickup])
    last = day_min - home_min - unload_min - way_min - load_min
    if last < first:
        raise ValueError(f"pair {pair} is too far away for a day of {day_min} min")
    begin = dice.randint(first, last)
    earliest = max(first, begin - dice.randint(0, width_min))
    latest = min(last, earliest + width_min)
    there = earliest + load_min + way_min
    drop_last = day_min - home_min - unload_min
    drop_earliest = dice.randint(there, max(there, min(there + 60, drop_last - width_min)))
    drop_latest = min(drop_last, drop_earliest + width_min)
    amount = dice.randint(_AMOUNT[0], min(_AMOUNT[1], capacity))
    return (
        Task(pickup, pickup, 0, 0, amount, earliest, latest, load_min, 0, drop),
        Task(drop, drop, 0, 0, -amount, drop_earliest, drop_latest, unload_min, pickup, 0),
    )
