"""Which arcs can reach each other, and which only lead to doors.

Decides strongly connected parts and streets without through traffic.  Does not know
streets: it speaks of arcs by number, and of turns as pairs of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dispatch.streets.arrays import Flags, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """(t,) each: turns from one arc into another, and what they cost."""

    before: Ints
    after: Ints
    ms: Ints

    def among(self, kept: Flags) -> Pairs:
        """Return the turns between *kept* arcs, (a,) bool, numbered anew in their order."""
        number = np.cumsum(kept) - 1
        both = kept[self.before] & kept[self.after]
        return Pairs(number[self.before[both]], number[self.after[both]], self.ms[both])

    def only(self, these: Flags) -> Pairs:
        """Return *these* of the turns, (t,) bool."""
        return Pairs(self.before[these], self.after[these], self.ms[these])


def no_other_way(arcs: int, pairs: Pairs, turns_round: Flags) -> Flags:
    """Return (t,) which of the turns that turn round are needed to get on, or back at all.

    They are where the street ends, and where whoever goes one way could never come back the
    other way, as round a lone block.  Elsewhere nobody turns round in the road: that finds a
    way hardly ever, and makes tables half as slow again.
    """
    if not arcs:
        return turns_round
    goes_on = np.bincount(pairs.before[~turns_round], minlength=arcs) > 0
    needed = turns_round & ~goes_on[pairs.before]
    label = _strong(arcs, pairs.only(~turns_round | needed))
    return np.asarray(needed | (turns_round & (label[pairs.before] != label[pairs.after])))


def parts_of(arcs: int, pairs: Pairs, smallest: int) -> tuple[Flags, Ints]:
    """Return (a,) which arcs are kept, and (a,) the number of each one's part.

    Kept are strongly connected parts of at least *smallest* arcs, and the largest in any
    case; they are numbered by size, the largest is 0.
    """
    if not arcs:
        return np.zeros(0, np.bool_), np.zeros(0, np.int64)
    label = _strong(arcs, pairs)
    size = np.bincount(label)
    # An arc from which nobody comes back, not even round to itself, is part of nothing.
    itself = pairs.before == pairs.after
    lone = size == 1
    lone[label[pairs.before[itself]]] = False
    size[lone] = 0
    by_size = np.argsort(-size, kind="stable")
    rank = np.empty(len(size), dtype=np.int64)
    rank[by_size] = np.arange(len(size))
    part = rank[label]
    return (size[label] > 0) & ((part == 0) | (size[label] >= smallest)), part


def set_apart(no_through: Flags, part: Ints, pairs: Pairs) -> Flags:
    """Return (a,) which arcs serve only whoever sets out or arrives there.

    Those marked *no_through*, and whatever of a *part* can be reached from its other streets
    over such arcs only: an estate behind a private road is as private.  A part that has only
    such streets has none set apart.
    """
    apart = no_through.copy()
    if not apart.any():
        return apart
    public = np.flatnonzero(~apart)
    label = np.full(len(part), -1, dtype=np.int64)
    label[public] = _strong(len(public), pairs.among(~apart))
    for one in np.unique(part):
        here = np.flatnonzero(part == one)
        among = label[here][label[here] >= 0]
        if not len(among):
            apart[here] = False
            continue
        apart[here] = label[here] != np.argmax(np.bincount(among))
    return apart


def _strong(arcs: int, pairs: Pairs) -> Ints:
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    matrix = csr_matrix(
        (np.ones(len(pairs.before), np.int8), (pairs.before, pairs.after)), shape=(arcs, arcs)
    )
    label = connected_components(matrix, directed=True, connection="strong")[1]
    return np.asarray(label, dtype=np.int64)
