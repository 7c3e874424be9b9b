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

from dispatch.routing.bounds.facts import NEVER_S, Facts, Flags, Ints

#: Cells of one crew's walk, n nodes · t instants · 2^bits: 16 bytes each, for all crews once.
MOST_CELLS: Final = 6_000_000

#: Nodes remembered at once, at most; and the share of them kept for what is on board.
MOST_BITS: Final = 9
ABOARD_SHARE: Final = 0.6


class Memory(NamedTuple):
    """n nodes; b bits.

    slots   : (n, b) the nodes remembered at each node, -1: none
    carried : (n,) pickups that are never forgotten before their drop
    after   : (n, n, 2^b) what is remembered at the second node when this was at the first;
              -1: no tour does it
    may_end : (n, 2^b) True where a tour can end
    """

    slots: Ints
    carried: Flags
    after: Ints
    may_end: Flags


def bits_for(nodes: int, instants: int) -> int:
    """Return how many nodes can be remembered; 0 where there is no room for any."""
    room = MOST_CELLS // max(1, nodes * instants)
    return max(0, min(MOST_BITS, room.bit_length() - 1))


def new_memory(facts: Facts, bits: int) -> Memory:
    """Choose what the walks of one crew remember, *bits* nodes at each node."""
    n = len(facts.job_of)
    drop_of = facts.nodes_at[1:][facts.job_of] - 1
    arcs = facts.legs_s[:n, :n] < NEVER_S
    doing = facts.allowed[facts.job_of]
    arcs &= doing[:, None] & doing[None, :]
    slots, carried = _slots(facts, arcs, drop_of, bits)
    after = np.full((n, n, 1 << bits), -1, dtype=np.int64)
    may_end = np.zeros((n, 1 << bits), dtype=np.bool_)
    masks = np.arange(1 << bits)
    for i in range(n):
        held = _held(slots[i], masks, n)
        held[:, i] = True
        aboard = held & carried
        if not facts.fetch[i]:
            mine = (drop_of == i) & carried
            held[:, mine] = aboard[:, mine] = False
            may_end[i] = ~aboard.any(axis=1)
        for k in np.flatnonzero(arcs[i]):
            after[i, k] = _after(facts, slots[k], carried, drop_of, held, aboard, int(k))
    return Memory(slots, carried, after, may_end)


def _held(slots: Ints, masks: Ints, n: int) -> Flags:
    held = np.zeros((len(masks), n + 1), dtype=np.bool_)
    for b, node in enumerate(slots):
        held[:, node] |= (masks >> b & 1).astype(np.bool_)
    return held[:, :n]  # the last column is that of empty slots


def _after(
    facts: Facts, slots: Ints, carried: Flags, drop_of: Ints, held: Flags, aboard: Flags, k: int
) -> Ints:
    """What is remembered at *k* when *held* was, with these *aboard*, before it."""
    no = held[:, k].copy()
    if facts.fetch[k]:
        no |= held[:, drop_of[k]]
    else:
        mine = (drop_of == k) & carried
        no |= (~held[:, mine]).any(axis=1)
    kept = np.zeros(held.shape[1], dtype=np.bool_)
    kept[slots[slots >= 0]] = True
    kept |= drop_of == k
    no |= (aboard & ~kept).any(axis=1)
    answer = np.zeros(len(held), dtype=np.int64)
    for b, node in enumerate(slots):
        if node >= 0:
            answer |= held[:, node].astype(np.int64) << b
    answer[no] = -1
    return answer


def _slots(facts: Facts, arcs: Flags, drop_of: Ints, bits: int) -> tuple[Ints, Flags]:
    """Room for what is on board first, the tightest rides before others; then for neighbours."""
    n = len(facts.job_of)
    slots = np.full((n, bits), -1, dtype=np.int64)
    used = np.zeros(n, dtype=np.int64)
    carried = np.zeros(n, dtype=np.bool_)
    between = {p: _between(facts, p, int(drop_of[p])) for p in np.flatnonzero(facts.fetch)}
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
