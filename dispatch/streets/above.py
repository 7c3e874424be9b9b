"""All that lies above some ends in a hierarchy, and the arcs among it: what a table sweeps over.

Decides what is remembered.  A day's stops are asked about with every quote, each time with a
door more or less: what lies above them is kept, and only grows by what is above the new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dispatch.streets.kernel import sweep
from dispatch.streets.kernel.labels import FAR

Ints32 = npt.NDArray[np.int32]

#: (at, node, cost): arcs of nodes, by their lower end; or entries of trips' ends.
Way = tuple[Ints32, Ints32, npt.NDArray[Any]]

#: Ends of so many entries are a day's stops; what is above fewer is found as quickly.
MANY: Final = 64
#: What was kept is found anew when it has grown to so many times what was first asked for.
_GROWTH: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Above:
    """n *nodes* with all that lies above them, the *arcs* among them, and where the ends are.

    nodes : every arc leads from one of them to one before it
    place : (s,) of each of these nodes its position; of no other node anything
    """

    nodes: Ints32
    arcs: Way
    ends: Ints32
    place: Ints32

    def positions(self, nodes: Ints32) -> Ints32:
        """Return where *nodes* are among these, -1: not there."""
        found = self.place[nodes]
        found[(found < 0) | (found >= len(self.nodes))] = 0
        found[self.nodes[found] != nodes] = -1
        return found


class Scratch:
    """Work space of one call, handed on from call to call: fresh zeros cost more than a table."""

    def __init__(self, nodes: int) -> None:
        self.seen = np.zeros(nodes, np.int32)
        self.place, self.by, self.heap, self.found = (np.empty(nodes, np.int32) for _ in range(4))
        self.reached, self.at_node = np.empty(nodes, np.int64), np.full(nodes, FAR)
        self._stamp = 0

    def stamps(self, searches: int) -> int:
        """Return a number above all in ``seen``, with room for *searches* more after it."""
        if self._stamp + searches > 2**30:
            self.seen[:] = 0
            self._stamp = 0
        first = self._stamp + 1
        self._stamp = first + searches
        return first


class Upwards:
    """One of a hierarchy's two ways to the top.  Safe to share between threads."""

    def __init__(self, way: Way, nodes: int) -> None:
        self.way = way
        self._nodes = nodes
        self._kept: _Kept | None = None
        self._lock = Lock()

    def above(self, ends: Ints32, scratch: Scratch) -> Above:
        """Return all above *ends*; ``place`` is *scratch*'s, good until that is used again."""
        if len(ends) >= MANY:
            with self._lock:
                if self._kept is None or not self._kept.takes(ends):
                    self._kept = _Kept(self.way, self._nodes)
                    self._kept.takes(ends)
                return self._kept.above(ends)
        at, node, _ = self.way
        many = sweep.below(at, node, ends, scratch.seen, scratch.stamps(1), scratch.found)
        nodes = np.sort(scratch.found[:many])
        arcs = _cut(self.way, nodes, 0, scratch.place)
        return Above(nodes, arcs, scratch.place[ends], scratch.place)


class _Kept:
    """What is above all ends asked for so far; those above new ones come behind the others."""

    def __init__(self, way: Way, nodes: int) -> None:
        self._way = way
        self._seen = np.zeros(nodes, np.int32)
        self._place, self._found = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
        self._first = self._used = self._arcs = 0
        # Whoever swept over a part of these may still do so: they grow at their ends alone.
        self._at, self._node = np.zeros(1, np.int32), np.empty(0, np.int32)
        self._cost, self._by_place = np.empty(0, way[2].dtype), np.empty(0, np.int32)

    def takes(self, ends: Ints32) -> bool:
        """Take what is above *ends* in; False where it has grown too much to be of use."""
        at, node, _ = self._way
        many = sweep.below(at, node, ends, self._seen, 1, self._found)
        if not many:
            return True
        self._first = self._first or many
        if self._used + many > _GROWTH * self._first:
            return False
        nodes = np.sort(self._found[:many])
        small_at, small_node, small_cost = _cut(self._way, nodes, self._used, self._place)
        self._at = _longer(self._at, self._used, self._arcs + small_at)
        self._node = _longer(self._node, self._arcs, small_node)
        self._cost = _longer(self._cost, self._arcs, small_cost)
        self._by_place = _longer(self._by_place, self._used, nodes)
        self._used += many
        self._arcs += len(small_node)
        return True

    def above(self, ends: Ints32) -> Above:
        arcs = self._at[: self._used + 1], self._node[: self._arcs], self._cost[: self._arcs]
        return Above(self._by_place[: self._used], arcs, self._place[ends], self._place)


def _cut(way: Way, nodes: Ints32, first: int, place: Ints32) -> Way:
    """Return the arcs of *nodes*, which take the places from *first* on."""
    at, node, cost = way
    arcs = int((at[nodes + 1] - at[nodes]).sum())
    small = np.empty(len(nodes) + 1, np.int32), np.empty(arcs, np.int32), np.empty(arcs, cost.dtype)
    sweep.cut(at, node, cost, nodes, first, place, small)
    return small


def _longer(array: npt.NDArray[Any], used: int, more: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return *array* with *more* behind what of it is *used*: itself, if there is room."""
    until = used + len(more)
    if until > len(array):
        array = np.concatenate([array[:used], np.empty(2 * until - used, array.dtype)])
    array[used:until] = more
    return array
