"""Ways over several streets that are forbidden as a whole: where one came from is remembered.

Decides which further states an arc needs so that nobody drives a forbidden chain, and nobody
else is held up.  Does not know streets, nor who forbade what.

The automaton of Aho and Corasick (1975) over arcs.  A state is an arc and the beginning of a
chain that was just driven up to it; the arc's own state remembers nothing but the arc.  Coming
in from elsewhere, or setting out on the way, one is in the arc's own state, and free.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dispatch.streets.arrays import Flags, Ints, StreetArrays
from dispatch.streets.parts import Pairs

Chain = tuple[int, ...]


def chains_of(
    streets: StreetArrays, edge: Ints, tail: Ints, head: Ints, turn_bit: int
) -> list[Chain]:
    """Return the forbidden chains of *streets* as arcs, each once.

    edge, tail, head : (a,) the edge of an arc, the nodes it leaves and enters
    turn_bit         : the vehicle's bit of ``StreetArrays.chain_who``

    A chain over an edge that is closed to the vehicle has no arcs, and is left out.
    """
    mine = np.flatnonzero((np.asarray(streets.chain_who) & turn_bit) > 0).tolist()
    if not mine:
        return []
    arcs_of: dict[int, list[int]] = {}
    for arc, of in enumerate(edge.tolist()):
        arcs_of.setdefault(of, []).append(arc)
    found: dict[Chain, None] = {}
    for one in mine:
        first, *others = streets.chain_edge[streets.chain_at[one] : streets.chain_at[one + 1]]
        via = int(streets.chain_via[one])
        ways: list[Chain] = [(arc,) for arc in arcs_of.get(int(first), ()) if head[arc] == via]
        for other in others:  # of an edge back to where it began, both directions go on
            ways = [
                (*way, arc)
                for way in ways
                for arc in arcs_of.get(int(other), ())
                if tail[arc] == head[way[-1]]
            ]
        found |= dict.fromkeys(ways)
    return list(found)


def remembered(pairs: Pairs, turns_round: Flags, chains: Sequence[Chain]) -> tuple[Pairs, Flags]:
    """Return *pairs* with no way left to drive any of *chains*, and which of them turn round.

    pairs       : turns between arcs' own states, s = a
    turns_round : (t,)

    The further states come behind the arcs' own: one for each beginning, of two arcs or more,
    that no other chain shares.
    """
    if not chains:
        return pairs, turns_round
    arcs, whole = len(pairs.on), set(chains)
    begun: dict[Chain, int] = {}
    for chain in chains:
        for length in range(2, len(chain)):
            begun.setdefault(chain[:length], arcs + len(begun))
    order = np.argsort(pairs.before, kind="stable")
    at = np.searchsorted(pairs.before[order], np.arange(arcs + 1))
    after = pairs.after.copy()
    turn: list[int] = []  # whose copy it is
    copies: list[tuple[int, int]] = []  # from state, to state
    for driven, state in begun.items():
        for k in order[at[driven[-1]] : at[driven[-1] + 1]].tolist():
            way = (*driven, int(pairs.after[k]))
            ends = [way[i:] for i in range(len(way) - 1)]  # longest first
            if whole.isdisjoint(ends):
                to = next((begun[end] for end in ends if end in begun), way[-1])
                turn.append(k)
                copies.append((state, to))
        if len(driven) == 2:
            first = order[at[driven[0]] : at[driven[0] + 1]]
            after[first[pairs.after[first] == driven[1]]] = state
    more = np.array(copies, np.int64).reshape(-1, 2)
    again = np.array(turn, np.int64)
    grown = Pairs(
        before=np.concatenate([pairs.before, more[:, 0]]),
        after=np.concatenate([after, more[:, 1]]),
        ms=np.concatenate([pairs.ms, pairs.ms[again]]),
        on=np.concatenate([pairs.on, [driven[-1] for driven in begun]]),
    )
    return grown, np.concatenate([turns_round, turns_round[again]])
