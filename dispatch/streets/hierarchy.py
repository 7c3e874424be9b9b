"""A vehicle's turn graph, prepared once so that tables of it take milliseconds.

Decides how a hierarchy is kept in arrays and asked; ``contraction`` builds it.  Does not know
places or streets: it speaks of states of a ``TurnGraph``.

Costs are whole milliseconds with decimetres to break ties: of two equally fast ways the
shorter one counts, so that times, metres and the way drawn always tell of the same trip.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dispatch.core.places import UNREACHABLE_S
from dispatch.streets.above import Scratch, Upwards, Way
from dispatch.streets.kernel import labels as kept
from dispatch.streets.kernel import sweep
from dispatch.streets.kernel.labels import Entries, Touching

Ints32 = npt.NDArray[np.int32]
Ints64 = npt.NDArray[np.int64]

#: "No road" among milliseconds: 12 days, and the sum of two is still an int32.
NO_ROAD_MS: Final = 2**30 - 1

#: A cost is ``ms << DM_BITS | dm``: up to 1,677 km.
DM_BITS: Final = 24
NO_ROAD: Final = NO_ROAD_MS << DM_BITS


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """What each of k trips' ends begins or finishes with: states, and what they cost.

    at   : (k + 1,) entries ``at[i]`` … ``at[i + 1] - 1`` are those of end i
    state, ms, dm : (e,)
    """

    at: Ints32
    state: Ints32
    ms: Ints32
    dm: Ints32

    @property
    def cost(self) -> Ints64:
        return (self.ms.astype(np.int64) << DM_BITS) | self.dm


class Hierarchy:
    """A contraction hierarchy in arrays.  Safe to share between threads.

    order          : (s,) the number of each state, 0 is the top
    up_at, up_node, up_ms, up_dm, up_via : arcs to the top, CSR by their lower end
    down_…         : the same of arcs from the top, read backwards, CSR by their lower end
    ``via`` is the node a shortcut stands for, -1: a turn of the graph.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.arrays = {name: np.ascontiguousarray(arrays[name]) for name in ARRAYS}
        get = self.arrays.__getitem__
        self._order = get("order")
        self._state = np.empty_like(self._order)
        self._state[self._order] = np.arange(len(self._order), dtype=np.int32)
        self._ms: list[Upwards] = []
        self._cost: list[Upwards] = []
        self._via: list[Way] = []
        for way in ("up", "down"):
            at, node = get(f"{way}_at"), get(f"{way}_node")
            ms, dm = get(f"{way}_ms"), get(f"{way}_dm")
            nodes, cost = len(self._order), (ms.astype(np.int64) << DM_BITS) | dm
            self._ms.append(Upwards((at, node, ms), nodes))
            self._cost.append(Upwards((at, node, cost), nodes))
            self._via.append((at, node, get(f"{way}_via")))
        self._spare: list[Scratch] = []
        self._lock = Lock()

    def times_ms(self, starts: Ends, ends: Ends) -> Ints32:
        """Return (starts, ends) milliseconds of the fastest ways, ``NO_ROAD_MS`` for none."""
        return self._table(starts, ends, self._ms, starts.ms, ends.ms, NO_ROAD_MS)

    def costs(self, starts: Ends, ends: Ends) -> Ints64:
        """Return (starts, ends) milliseconds and decimetres in one, ``NO_ROAD`` for none."""
        return self._table(starts, ends, self._cost, starts.cost, ends.cost, NO_ROAD)

    def rehearse(self) -> None:
        """Ask for one time, of no interest, so that the next who asks waits for nothing."""
        if len(self._order):
            one = Ends(np.array([0, 1], np.int32), *(np.zeros(1, np.int32) for _ in range(3)))
            self.times_ms(one, one)

    def _table(
        self,
        starts: Ends,
        ends: Ends,
        ways: list[Upwards],
        start_cost: npt.NDArray[Any],
        end_cost: npt.NDArray[Any],
        none: int,
    ) -> npt.NDArray[Any]:
        begin = (starts.at, self._order[starts.state], start_cost)
        finish = (ends.at, self._order[ends.state], end_cost)
        up, down = ways
        # The same trips backwards, where there are fewer targets than sources: it is sources
        # that cost a sweep.
        backwards = len(starts.at) > len(ends.at)
        if backwards:
            begin, finish, up, down = finish, begin, down, up
        out = np.empty((len(finish[0]) - 1, len(begin[0]) - 1), dtype=start_cost.dtype)
        if len(begin[1]) and len(finish[1]):
            self._fill(up, down, begin, finish, none, out)
        else:  # no places, or an arc that leads nowhere
            out.fill(none)
        return out if backwards else out.T

    def _fill(
        self, up: Upwards, down: Upwards, begin: Way, finish: Way, none: int, out: npt.NDArray[Any]
    ) -> None:
        scratch = self._scratch()
        below = down.above(finish[1], scratch)
        above = up.above(begin[1], scratch)
        join = above.positions(below.nodes)
        self._spare.append(scratch)
        sources = min(sweep.LANES, len(begin[0]) - 1)
        lanes = -(-sources // sweep.VECTOR) * sweep.VECTOR
        sweep.table(
            above.arcs,
            below.arcs,
            join,
            (begin[0], above.ends, begin[2]),
            (finish[0], below.ends, finish[2]),
            (
                np.empty((len(above.nodes), lanes), out.dtype),
                np.empty((len(below.nodes), lanes), out.dtype),
                np.empty(len(above.nodes), np.int32),
            ),
            none,
            out,
        )

    def way(self, starts: Ends, ends: Ends) -> tuple[int, Ints32] | None:
        """Return the cost of the best way from the first start to the first end, and its states.

        The states begin with one of *starts* and finish with one of *ends*.  None: no way.
        """
        scratch = self._scratch()
        sides: list[tuple[dict[int, int], dict[int, int]]] = []
        for upwards, side in zip(self._cost, (starts, ends), strict=True):
            many = sweep.climb(
                *upwards.way,
                self._order[side.state],
                side.cost,
                scratch.reached,
                scratch.by,
                scratch.seen,
                scratch.stamps(1),
                scratch.heap,
                scratch.found,
            )
            met = scratch.found[:many]
            nodes = met.tolist()
            sides.append(
                (
                    dict(zip(nodes, scratch.reached[met].tolist(), strict=True)),
                    dict(zip(nodes, scratch.by[met].tolist(), strict=True)),
                )
            )
        self._spare.append(scratch)
        (up, up_by), (down, down_by) = sides
        both = [(cost + down[x], x) for x, cost in up.items() if x in down]
        if not both:
            return None
        cost, top = min(both)
        climbed = [*reversed(_chain(up_by, top)), *_chain(down_by, top)[1:]]
        return cost, self._unpacked(np.array(climbed, dtype=np.int32))

    def labels(self, ends: Ends, *, reached: bool) -> list[tuple[Ints32, Ints64]]:
        """Return of each end the nodes that its ways go over on top, (n,), and what these cost.

        reached : *ends* are those that trips finish with
        """
        up, down = (one.way for one in (self._cost[::-1] if reached else self._cost))
        node, cost, found = self._order[ends.state], ends.cost, []
        scratch = self._scratch()
        for first, last in pairwise(ends.at.tolist()):
            many = kept.label(
                up,
                down,
                node[first:last],
                cost[first:last],
                scratch.reached,
                scratch.seen,
                scratch.stamps(1),
                scratch.heap,
                scratch.found,
            )
            nodes = scratch.found[:many].copy()
            found.append((nodes, scratch.reached[nodes]))
        self._spare.append(scratch)
        return found

    def compared(
        self, few: Ints64, few_labels: Entries, many: Ints64, many_labels: Entries
    ) -> Ints64:
        """Return (few, many) costs of the best ways between places, by labels of both ends."""
        out = np.empty((len(few), len(many)), np.int64)
        scratch = self._scratch()
        kept.compare(few, few_labels, many, many_labels, scratch.at_node, NO_ROAD, out)
        self._spare.append(scratch)
        return out

    def seconds(
        self,
        few: Ints64,
        few_labels: Entries,
        many: Ints64,
        many_labels: Entries,
        places: Touching,
        *,
        leave: bool,
    ) -> Ints64:
        """Return (few, many) whole seconds of trips between doors, by labels of both ends.

        leave : trips begin at the *few*
        """
        out = np.empty((len(few), len(many)), np.int64)
        scratch = self._scratch()
        kept.seconds(
            *(few, few_labels, many, many_labels, leave, places, scratch.at_node),
            *(DM_BITS, NO_ROAD_MS, UNREACHABLE_S, out),
        )
        self._spare.append(scratch)
        return out

    def _scratch(self) -> Scratch:
        with self._lock:
            return self._spare.pop() if self._spare else Scratch(len(self._order))

    def _unpacked(self, climbed: Ints32) -> Ints32:
        room = 1_000
        while True:
            out, stack = np.empty(room, np.int32), np.empty(room, np.int32)
            many = sweep.unpack(self._via[0], self._via[1], climbed, stack, out)
            if many >= 0:
                return self._state[out[:many]]
            room *= 4


#: Names of the arrays that make up a hierarchy.
ARRAYS: Final = (
    "order",
    *(f"{way}_{what}" for way in ("up", "down") for what in ("at", "node", "ms", "dm", "via")),
)


def _chain(by: dict[int, int], node: int) -> list[int]:
    nodes = [node]
    while (node := by[node]) >= 0:
        nodes.append(node)
    return nodes
