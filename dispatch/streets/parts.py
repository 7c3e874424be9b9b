"""Which arcs can reach each other, and which only lead to doors.

Decides strongly connected parts and streets without through traffic.  Does not know
streets: it speaks of arcs by number, of the states one can be in on them, and of turns as
pairs of states.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dispatch.streets.arrays import Flags, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Turns between states: (t,) from which, into which, and what it costs.

    on : (s,) the arc a state stands on; the first a states are those of arcs 0 … a - 1
    """

    before: Ints
    after: Ints
    ms: Ints
    on: Ints

    def among(self, kept: Flags) -> Pairs:
        """Return the turns between *kept* arcs, (a,) bool, numbered anew in their order."""
        states = kept[self.on]
        number, of_arc = np.cumsum(states) - 1, np.cumsum(kept) - 1
        both = states[self.before] & states[self.after]
        return Pairs(
            number[self.before[both]],
            number[self.after[both]],
            self.ms[both],
            of_arc[self.on[states]],
        )

    def only(self, these: Flags) -> Pairs:
        """Return *these* of the turns, (t,) bool."""
        return Pairs(self.before[these], self.after[these], self.ms[these], self.on)

    def within(self, label: Ints) -> Flags:
        """Return (t,) which turns lead from an arc to one of the same *label*, (a,)."""
        return np.asarray(label[self.on[self.before]] == label[self.on[self.after]])


def no_other_way(arcs: int, pairs: Pairs, turns_round: Flags) -> Flags:
    """Return (t,) which of the turns that turn round are needed to get on, or back at all.

    They are where the street ends, and where whoever goes one way could never come back the
    other way, as round a lone block.  Elsewhere nobody turns round in the road: that finds a
    way hardly ever, and makes tables half as slow again.
    """
    if not arcs:
        return turns_round
    goes_on = np.bincount(pairs.before[~turns_round], minlength=len(pairs.on)) > 0
    needed = turns_round & ~goes_on[pairs.before]
    label, _ = _joined(arcs, pairs.only(~turns_round | needed))
    return np.asarray(needed | (turns_round & ~pairs.within(label)))


def parts_of(arcs: int, pairs: Pairs, smallest: int) -> tuple[Flags, Ints]:
    """Return (a,) which arcs are kept, and (a,) the number of each one's part.

    Kept are strongly connected parts of at least *smallest* arcs, and the largest in any
    case; they are numbered by size, the largest is 0.
    """
    if not arcs:
        return np.zeros(0, np.bool_), np.zeros(0, np.int64)
    label, comes_back = _joined(arcs, pairs)
    # An arc from which nobody comes back, not even round to itself, is part of nothing.
    size = np.where(comes_back, np.bincount(label, minlength=len(comes_back)), 0)
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
    label[public], _ = _joined(len(public), pairs.among(~apart))
    for one in np.unique(part):
        here = np.flatnonzero(part == one)
        among = label[here][label[here] >= 0]
        if not len(among):
            apart[here] = False
            continue
        apart[here] = label[here] != np.argmax(np.bincount(among))
    return apart


def _joined(arcs: int, pairs: Pairs) -> tuple[Ints, Flags]:
    """(a,) the label arcs share when each one's own state reaches the others; (l,) which labels
    somebody comes back to.

    An arc is where the most arcs are that one of its states comes back from: whoever is in its
    own state is held up by nothing that lets others through, so can go where they go.  Where
    that leaves arcs behind, the rest is joined without them.
    """
    while True:
        strong = _strong(pairs)
        label = strong if len(pairs.on) == arcs else _most_arcs(arcs, strong, pairs.on)
        stays = pairs.within(label)
        if stays.all() or len(pairs.on) == arcs:
            break
        pairs = pairs.only(stays)
    comes_back = np.zeros(int(strong.max(initial=-1)) + 1, np.bool_)
    comes_back[strong[pairs.before[strong[pairs.before] == strong[pairs.after]]]] = True
    return label, comes_back


def _most_arcs(arcs: int, strong: Ints, on: Ints) -> Ints:
    """(a,) of the components an arc has states in, the one that has states on the most arcs."""
    each = np.unique(strong * arcs + on) // arcs
    size = np.bincount(each)[strong]
    order = np.lexsort((size, on))
    last = np.flatnonzero(np.diff(on[order], append=-1))
    return strong[order[last]]


def _strong(pairs: Pairs) -> Ints:
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    states = len(pairs.on)
    matrix = csr_matrix(
        (np.ones(len(pairs.before), np.int8), (pairs.before, pairs.after)), shape=(states, states)
    )
    label = connected_components(matrix, directed=True, connection="strong")[1]
    return np.asarray(label, dtype=np.int64)
