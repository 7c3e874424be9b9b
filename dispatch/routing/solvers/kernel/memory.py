"""The tours a search has met: of every set of jobs the cheapest, for every kind of vehicle.

Decides what is remembered and what gives way when there is no more room.  Which of them
make the final plan is ``select``'s question.

A table of fixed places, as chess programs keep positions: the name of (kind of vehicle, set
of jobs) is the sum of one random number per job (Zobrist, 1970), and says where to look.
Two sets of one name would cost a tour, never a wrong plan: every place holds its own stops.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.routing.solvers.kernel.compiled import compiled

Ints = npt.NDArray[np.int64]
Stops = npt.NDArray[np.int32]

#: Places in the table: a power of two.
PLACES: Final = 2**15

#: A tour is in one of as many places after the one its name says.
REACH: Final = 4

#: Longer tours are not remembered: a plan has few of them, and the search mixes those.
MOST_STOPS: Final = 256


class Memory(NamedTuple):
    """``PLACES`` tours at most.

    node_name : (nodes,) random number of a drop, 0 of a pickup;  kind_name: (vehicles,)
    name      : (places,) 0 where nothing is
    kind      : (places,) ``Facts.twin`` number of the vehicles that may drive it
    price     : (places,) of the tour
    plan      : (places,) of the cheapest plan it was met in
    size      : (places,) its number of stops;  stops: (places, most) nodes
    """

    node_name: Ints
    kind_name: Ints
    name: Ints
    kind: Ints
    price: Ints
    plan: Ints
    size: Ints
    stops: Stops


def blank_memory(fetch: npt.NDArray[np.bool_], twin: Ints) -> Memory:
    """Return an empty memory for nodes that are pickups where *fetch*, and vehicles of *twin*."""
    dice = np.random.default_rng(0)  # names, not chances: the same in every run
    names = dice.integers(-(2**63), 2**63, size=len(fetch) + len(twin), dtype=np.int64)
    most = min(len(fetch), MOST_STOPS)
    return Memory(
        node_name=np.where(fetch, 0, names[: len(fetch)]),
        kind_name=names[len(fetch) :][twin],
        name=np.zeros(PLACES, dtype=np.int64),
        kind=np.zeros(PLACES, dtype=np.int64),
        price=np.zeros(PLACES, dtype=np.int64),
        plan=np.zeros(PLACES, dtype=np.int64),
        size=np.zeros(PLACES, dtype=np.int64),
        stops=np.zeros((PLACES, most), dtype=np.int32),  # pages nobody writes on cost nothing
    )


@compiled
def remember(
    memory: Memory, stops: Ints, size: int, v: int, kind: int, price: int, plan: int
) -> None:
    """Put in the first *size* of *stops*, a tour of *v* at *price*, met in a plan of price *plan*.

    A known set takes the cheaper order of its stops.  A new one takes the place of the tour
    within reach whose cheapest plan is dearest, unless its own is dearer still.
    """
    if size == 0 or size > memory.stops.shape[1]:
        return
    name = memory.kind_name[v]
    for g in range(size):
        name += memory.node_name[stops[g]]
    place = _place_of(memory, name, plan)
    if place < 0:
        return
    if memory.name[place] == name:
        memory.plan[place] = min(memory.plan[place], plan)
        if price >= memory.price[place]:
            return
    else:
        memory.name[place], memory.kind[place], memory.plan[place] = name, kind, plan
    memory.price[place], memory.size[place] = price, size
    for g in range(size):
        memory.stops[place, g] = stops[g]


@compiled
def _place_of(memory: Memory, name: int, plan: int) -> int:
    """Where *name* is or may be written; -1 when all within reach are of cheaper plans."""
    dearest, chosen = plan, -1
    for step in range(REACH):
        place = (name + step) & (len(memory.name) - 1)
        if memory.name[place] == name or memory.name[place] == 0:
            return int(place)
        if memory.plan[place] >= dearest:
            dearest, chosen = memory.plan[place], place
    return chosen
