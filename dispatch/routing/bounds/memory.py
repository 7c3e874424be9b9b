"""What a walk remembers at each node: who is on board, and which neighbours it has visited.

Decides the memories.  A tour forgets nothing; a walk that forgets what is far away is one of
few states, and may come back only where it has forgotten (*ng*-routes: Baldacci, Mingozzi and
Roberti, *Operations Research* 59, 2011).  A pickup is remembered until its drop where there is
room for it at every node that can come between; then it is dropped, once, and not before it is
fetched (Dumas, Desrosiers and Soumis, *EJOR* 54, 1991).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.routing.bounds.facts import NEVER_S, Facts, Flags, Ints
from dispatch.routing.solvers.kernel.compiled import compiled

#: Cells of one crew's walk, each node's instants · 2^bits: 16 bytes each, for all crews once.
MOST_CELLS: Final = 6_000_000

#: Changes of memory, pairs of nodes · 2^bits for every crew: 2 bytes each.
MOST_CHANGES: Final = 60_000_000

#: Nodes remembered at once, at most; and the share of them kept for what is on board.
MOST_BITS: Final = 11
ABOARD_SHARE: Final = 0.9


class Memory(NamedTuple):
    """n nodes; b bits.

    slots   : (n, b) the nodes remembered at each node, -1: none
    carried : (n,) pickups that are never forgotten before their drop
    drop_of : (n,) the drop of each node's job
    first, lasts : (n,) the first instant of leaving each node, and how many there are
    base    : (n,) instant t of node k is cell ``base[k] + t``;  node: (cells,) of each cell
    after   : (n, n, 2^b) what is remembered at the second node when this was at the first;
              -1: no tour does it
    may_end : (n, 2^b) True where a tour can end
    """

    slots: Ints
    carried: Flags
    drop_of: Ints
    first: Ints
    lasts: Ints
    base: Ints
    node: Ints
    after: npt.NDArray[np.int16]
    may_end: Flags


def bits_for(cells: int, arcs: int) -> int:
    """Return how many nodes can be remembered; 0 where there is no room for any.

    cells : instants of all nodes together, for the crew that has most
    arcs  : pairs of nodes, of all crews together
    """
    room = min(MOST_CELLS // max(1, cells), MOST_CHANGES // max(1, arcs))
    return max(0, min(MOST_BITS, room.bit_length() - 1))


def new_memory(facts: Facts, every_s: int, bits: int) -> Memory:
    """Choose which *bits* nodes the walks of a crew remember at each; ``relate`` does the rest."""
    n = len(facts.job_of)
    drop_of = facts.nodes_at[1:][facts.job_of] - 1
    arcs = facts.legs_s[:n, :n] < NEVER_S
    doing = facts.allowed[facts.job_of]
    arcs &= doing[:, None] & doing[None, :]
    slots, carried = _slots(facts, arcs, drop_of, bits)
    first, lasts = spans(facts, every_s)
    ends = np.cumsum(lasts)
    return Memory(
        slots=slots,
        carried=carried,
        drop_of=drop_of,
        first=first,
        lasts=lasts,
        base=ends - lasts - first,
        node=np.repeat(np.arange(n), lasts),
        after=np.full((n, n, 1 << bits), -1, dtype=np.int16),
        may_end=np.zeros((n, 1 << bits), dtype=np.bool_),
    )


def spans(facts: Facts, every_s: int) -> tuple[Ints, Ints]:
    """(n,) the first instant at which each node can be left, and how many there are."""
    n = len(facts.job_of)
    opens_s = facts.window_s[facts.window_at[:-1], 0] + facts.service_s - facts.from_s
    closes_s = facts.window_s[facts.window_at[1:] - 1, 1] + facts.service_s - facts.from_s
    closes_s = np.minimum(closes_s, facts.until_s - facts.from_s)
    first = np.maximum(0, opens_s // every_s)
    count = np.maximum(0, closes_s // every_s - first + 1)
    count[(facts.legs_s[:, :n] >= NEVER_S).all(axis=0)] = 0
    return first, count


@compiled
def relate(facts: Facts, memory: Memory) -> None:
    """Fill ``after`` and ``may_end``: O(arcs · 2^b · b²)."""
    n = len(facts.job_of)
    for i in range(n):
        for mask in range(memory.may_end.shape[1]):
            memory.may_end[i, mask] = not facts.fetch[i] and _all_dropped(memory, i, mask)
        for k in range(n):
            if k == i or facts.legs_s[i, k] >= NEVER_S:
                continue
            for mask in range(memory.may_end.shape[1]):
                memory.after[i, k, mask] = _after(facts, memory, i, k, mask)


@compiled
def _holds(memory: Memory, i: int, mask: int, node: int) -> bool:
    """True when leaving *i* with *mask* remembers *node*; a drop has no room for its pickups."""
    if node == i:
        return True
    for b in range(memory.slots.shape[1]):
        if memory.slots[i, b] == node:
            return bool(mask >> b & 1)
    return False


@compiled
def _all_dropped(memory: Memory, i: int, mask: int) -> bool:
    for b in range(memory.slots.shape[1]):
        node = memory.slots[i, b]
        if node >= 0 and memory.carried[node] and _holds(memory, i, mask, node):
            return False
    return True


@compiled
def _finds_room(memory: Memory, k: int, node: int) -> bool:
    """True when *node*, on board on the way to *k*, is dropped there or remembered."""
    found = memory.drop_of[node] == k
    for b in range(memory.slots.shape[1]):
        found = found or memory.slots[k, b] == node
    return bool(found)


@compiled
def _may_come(facts: Facts, memory: Memory, i: int, k: int, mask: int) -> bool:
    """True when *k* was not visited, as far as is remembered, and what it drops is on board."""
    if _holds(memory, i, mask, k):
        return False
    if facts.fetch[k]:
        return not _holds(memory, i, mask, memory.drop_of[k])
    for p in range(facts.nodes_at[facts.job_of[k]], k):
        if memory.carried[p] and not _holds(memory, i, mask, p):
            return False
    return True


@compiled
def _after(facts: Facts, memory: Memory, i: int, k: int, mask: int) -> int:
    """What is remembered at *k* when *i* was left with *mask*; -1 where no tour goes on so."""
    if not _may_come(facts, memory, i, k, mask):
        return -1
    if facts.fetch[i] and memory.carried[i] and not _finds_room(memory, k, i):
        return -1
    answer = 0
    for b in range(memory.slots.shape[1]):
        node = memory.slots[i, b]
        aboard = node >= 0 and memory.carried[node] and _holds(memory, i, mask, node)
        if aboard and not _finds_room(memory, k, node):
            return -1
        node = memory.slots[k, b]
        if node >= 0 and _holds(memory, i, mask, node):
            answer |= 1 << b
    return answer


def _slots(facts: Facts, arcs: Flags, drop_of: Ints, bits: int) -> tuple[Ints, Flags]:
    """Room for what is on board first, the tightest rides before others; then for neighbours."""
    n = len(facts.job_of)
    slots = np.full((n, bits), -1, dtype=np.int64)
    used = np.zeros(n, dtype=np.int64)
    carried = np.zeros(n, dtype=np.bool_)
    between = {p: _between(facts, p, int(drop_of[p])) for p in np.flatnonzero(facts.fetch).tolist()}
    for p in sorted(between, key=lambda p: int(between[p].sum())):
        nodes = np.flatnonzero(between[p])
        if (used[nodes] < max(1, int(ABOARD_SHARE * bits))).all():
            slots[nodes, used[nodes]] = p
            used[nodes] += 1
            carried[p] = bool(facts.allowed[facts.job_of[p]])
    there_and_back = np.where(arcs & arcs.T, facts.legs_s[:n, :n] + facts.legs_s[:n, :n].T, NEVER_S)
    for i in range(n):
        for k in np.argsort(there_and_back[i], kind="stable"):
            if used[i] == bits or there_and_back[i, k] >= NEVER_S:
                break
            if k not in slots[i]:
                slots[i, used[i]] = k
                used[i] += 1
    return slots, carried


def _between(facts: Facts, pickup: int, drop: int) -> Flags:
    """The nodes that clocks allow between *pickup* and *drop*."""
    n = len(facts.job_of)
    first_s = facts.window_s[facts.window_at[:-1], 0]
    last_s = facts.window_s[facts.window_at[1:] - 1, 1]
    there_s = first_s[pickup] + facts.service_s[pickup] + facts.soonest_s[pickup, :n]
    at_s = np.maximum(there_s, first_s)
    answer: Flags = (at_s <= last_s) & (
        at_s + facts.service_s + facts.soonest_s[:n, drop] <= last_s[drop]
    )
    answer[[pickup, drop]] = False
    answer &= facts.allowed[facts.job_of]
    return answer
