"""Places as a turn graph sees them: by which arcs each is left and reached.

Decides what leaving and reaching a place costs.  A place is left in either direction its
street allows, whichever way it was reached: who stops at a kerb may turn round there.  Does
not know ways between places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from dispatch.streets.arrays import Flags, Floats, Ints
from dispatch.streets.hierarchy import DM_BITS, Ends, Ints64
from dispatch.streets.profiles import WALK_KMH
from dispatch.streets.snapping import Snaps
from dispatch.streets.turns import TurnGraph

_WALK_MS_PER_M: Final = 3600.0 / WALK_KMH


@dataclass(frozen=True, slots=True, eq=False)
class Doors:
    """k places on the street.

    edge, fraction : (k,) where each touches the street
    walk_ms        : (k,) from there to the door
    arc, usable    : (k, 2) the street's arcs there and back; which of them count
    at_ms, at_dm   : (k, 2) from the start of an arc to the place
    """

    edge: Ints
    fraction: Floats
    walk_ms: Ints
    arc: Ints
    usable: Flags
    at_ms: Ints
    at_dm: Ints

    def starts(self, graph: TurnGraph) -> Starts:
        """Return every arc that can follow on the place's own: the rest of it, and the turn."""
        place, direction = np.nonzero(self.usable)
        arc = self.arc[place, direction]
        first = graph.turn_at[arc]
        count = graph.turn_at[arc + 1] - first
        nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        turn = np.repeat(first, count) + nth
        rest_ms = graph.ms[arc] - self.at_ms[place, direction]
        rest_dm = graph.dm[arc] - self.at_dm[place, direction]
        return Starts(
            ends=Ends(
                at=_at(np.repeat(place, count), len(self.edge)),
                state=graph.turn_to[turn],
                ms=(np.repeat(rest_ms, count) + graph.turn_ms[turn]).astype(np.int32),
                dm=np.repeat(rest_dm, count).astype(np.int32),
            ),
            direction=np.repeat(direction, count),
        )

    def finishes(self, graph: TurnGraph) -> Ends:
        """Return the states in which the place's arcs are entered, and the way on them."""
        place, direction = np.nonzero(self.usable)
        arc = self.arc[place, direction]
        first = graph.again_at[arc]
        count = 1 + graph.again_at[arc + 1] - first
        nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        # The arc's own state, then its further ones.
        further = len(graph.edge) + np.repeat(first, count) + nth - 1
        state = np.where(nth == 0, np.repeat(arc, count), further)
        return Ends(
            at=_at(np.repeat(place, count), len(self.edge)),
            state=state.astype(np.int32),
            ms=np.repeat(self.at_ms[place, direction], count).astype(np.int32),
            dm=np.repeat(self.at_dm[place, direction], count).astype(np.int32),
        )

    def beside(self, other: Doors) -> tuple[Ints, Ints]:
        """Return (mine, others) of all pairs on one edge, in whichever direction."""
        order = np.argsort(other.edge, kind="stable")
        by_edge = other.edge[order]
        first = np.searchsorted(by_edge, self.edge, "left")
        count = np.searchsorted(by_edge, self.edge, "right") - first
        if not count.any():
            return first[:0], order[:0]
        mine = np.repeat(np.arange(len(self.edge)), count)
        nth = np.arange(len(mine)) - np.repeat(np.cumsum(count) - count, count)
        return mine, order[np.repeat(first, count) + nth]

    def along(self, other: Doors, beside: tuple[Ints, Ints]) -> tuple[Ints, Ints, Ints64]:
        """Return (mine, others, cost) of those *beside* each other of which the other is ahead."""
        mine, others = beside
        ahead_ms = other.at_ms[others] - self.at_ms[mine]
        ahead_dm = other.at_dm[others] - self.at_dm[mine]
        which, direction = np.nonzero(self.usable[mine] & (ahead_ms >= 0))
        ahead_dm = np.maximum(ahead_dm[which, direction], 0)
        cost = (ahead_ms[which, direction] << DM_BITS) | ahead_dm
        return mine[which], others[which], cost


@dataclass(frozen=True, slots=True, eq=False)
class Starts:
    """How places are left; ``direction`` (e,): along its street, 0 from u to v, 1 back."""

    ends: Ends
    direction: Ints

    def direction_to(self, state: int) -> int:
        """Return the direction in which a trip sets out that goes on with *state*."""
        cost = np.where(self.ends.state == state, self.ends.cost, np.iinfo(np.int64).max)
        return int(self.direction[np.argmin(cost)])


def doors_at(snaps: Snaps, graph: TurnGraph) -> Doors:
    """Return the places of *snaps*, all of them on streets that *graph* knows."""
    edge = snaps.edge
    arc = np.stack([graph.arc_there[edge], graph.arc_back[edge]], axis=1).astype(np.int64)
    known = np.maximum(arc, 0)
    part = np.where(arc >= 0, graph.part[known], np.iinfo(np.int32).max)
    # Where the two directions belong to different parts, the larger part (the lower number).
    usable = (arc >= 0) & (part == part.min(axis=1, keepdims=True))
    fraction = snaps.fraction[:, None]
    at = []
    for whole in (graph.ms[known].astype(np.int64), graph.dm[known].astype(np.int64)):
        from_u = np.rint(fraction * whole).astype(np.int64)
        at.append(np.stack([from_u[:, 0], whole[:, 1] - from_u[:, 1]], axis=1))
    return Doors(
        edge=edge,
        fraction=snaps.fraction,
        walk_ms=np.rint(snaps.away_m * _WALK_MS_PER_M).astype(np.int64),
        arc=arc,
        usable=usable,
        at_ms=at[0],
        at_dm=at[1],
    )


def _at(place: Ints, places: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    at = np.zeros(places + 1, dtype=np.int32)
    np.cumsum(np.bincount(place, minlength=places), out=at[1:])
    return at
