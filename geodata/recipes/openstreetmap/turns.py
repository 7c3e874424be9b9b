"""Turn restrictions: relations between ways become turns and chains between pieces of them.

Decides which restrictions are applied: those at one node (piece, node, piece) and those over
one or several ways (a chain of pieces).  Those under a condition, or between ways that do not
meet where they say, are counted and left out.  Source: "Relation:restriction" of
OpenStreetMap's wiki.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geodata.network import TURN_BIKE, TURN_CAR
from geodata.recipes.openstreetmap.notes import Notes
from geodata.recipes.openstreetmap.relations import Restriction

#: From piece, via node, to piece, who.
Turn = tuple[int, int, int, int]
#: Pieces, the node between the first two of them, who.
Chain = tuple[tuple[int, ...], int, int]

_NO: Final = frozenset(
    {
        "no_left_turn",
        "no_right_turn",
        "no_straight_on",
        "no_u_turn",
        "no_entry",
        "no_exit",
        "no_turn",
    }
)
_ONLY: Final = frozenset(
    {"only_left_turn", "only_right_turn", "only_straight_on", "only_u_turn", "only_turn"}
)
_WHO: Final = {"motorcar": TURN_CAR, "motor_vehicle": TURN_CAR, "bicycle": TURN_BIKE}
#: restriction:… of vehicles that we do not drive.
_OTHERS: Final = ("hgv", "bus", "psv", "caravan", "motorhome", "agricultural", "hazmat", "coach")
_RUNS_ON: Final = "from or to a way that runs on behind the node"


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """m pieces of way between n nodes, asked by OpenStreetMap's ids.

    node_id : (n,)
    way_id  : (m,)
    u, v    : (m,) the nodes at the ends of a piece
    """

    node_id: NDArray[np.int64]
    way_id: NDArray[np.int64]
    u: NDArray[np.int64]
    v: NDArray[np.int64]

    def node_of(self, osm_id: int) -> int | None:
        """Return our node of an id; None when it is not in the network."""
        found = np.flatnonzero(self.node_id == osm_id)
        return int(found[0]) if len(found) else None

    def at(self, node: int) -> list[int]:
        """Return the pieces that end at *node*."""
        return [int(p) for p in np.flatnonzero((self.u == node) | (self.v == node))]

    def of(self, ways: frozenset[int], among: list[int] | None = None) -> list[int]:
        """Return the pieces of *ways*, all or those *among* some."""
        if among is None:
            return [int(p) for p in np.flatnonzero(np.isin(self.way_id, list(ways)))]
        return [piece for piece in among if self.way(piece) in ways]

    def way(self, piece: int) -> int:
        return int(self.way_id[piece])

    def ends(self, piece: int) -> tuple[int, int]:
        return int(self.u[piece]), int(self.v[piece])


def forbidden(
    restrictions: Iterable[Restriction], pieces: Pieces, notes: Notes
) -> tuple[list[Turn], list[Chain]]:
    """Return the forbidden turns and chains of *restrictions*, each once, sorted.

    A restriction away from the network (outside the clip) is no remark.
    """
    turns: dict[tuple[int, int, int], int] = {}
    chains: dict[tuple[tuple[int, ...], int], int] = {}
    for one in restrictions:
        if (meaning := _meaning(one, notes)) is None:
            continue
        word, who = meaning
        froms, tos = _ways(one, "from"), _ways(one, "to")
        vias = [(kind, ref) for kind, ref, role in one.members if role == "via"]
        over = frozenset(ref for kind, ref in vias if kind == "w")
        if not froms or not tos or not (over or len(vias) == 1):
            notes.add("turns", "without one from, via and to", one.osm_id)
        elif over:
            for chain in _chains(one, word, froms, over, tos, pieces, notes):
                chains[chain] = chains.get(chain, 0) | who
        else:
            for turn in _turns(one, word, froms, vias[0][1], tos, pieces, notes):
                turns[turn] = turns.get(turn, 0) | who
    return (
        sorted((*turn, who) for turn, who in turns.items()),
        sorted((*chain, who) for chain, who in chains.items()),
    )


def _ways(one: Restriction, wanted: str) -> frozenset[int]:
    return frozenset(ref for kind, ref, role in one.members if role == wanted and kind == "w")


def _turns(
    one: Restriction,
    word: str,
    froms: frozenset[int],
    via: int,
    tos: frozenset[int],
    pieces: Pieces,
    notes: Notes,
) -> list[tuple[int, int, int]]:
    node = pieces.node_of(via)
    if node is None:
        return []
    meeting = pieces.at(node)
    ins, outs = pieces.of(froms, meeting), pieces.of(tos, meeting)
    if not ins or not outs:
        notes.add("turns", "between ways that do not meet at its node, or are not used", one.osm_id)
        return []
    if froms != tos and (len(ins) > len(froms) or len(outs) > len(tos)):
        notes.add("turns", _RUNS_ON, one.osm_id)
        return []
    if word in _ONLY:
        barred = [piece for piece in meeting if piece not in outs and piece not in ins]
        return [(a, node, b) for a in ins for b in barred]
    if froms == tos:
        return [(a, node, a) for a in ins]
    return [(a, node, b) for a in ins for b in outs if a != b]


def _chains(
    one: Restriction,
    word: str,
    froms: frozenset[int],
    over: frozenset[int],
    tos: frozenset[int],
    pieces: Pieces,
    notes: Notes,
) -> list[tuple[tuple[int, ...], int]]:
    """Return (pieces, node between the first two) of every way from *froms* *over* all to *tos*.

    Where only *tos* is allowed it binds whoever came all the way: at its end, the others are
    forbidden.
    """
    found: list[tuple[tuple[int, ...], int]] = []
    between = pieces.of(over)
    if not between:
        return []
    led = False
    for first, path, last in _paths(between, over, pieces):
        ins = pieces.of(froms, pieces.at(first))
        outs = pieces.of(tos, pieces.at(last))
        if not ins or not outs:
            continue
        led = True
        if len(ins) > len(froms) or len(outs) > len(tos):
            notes.add("turns", _RUNS_ON, one.osm_id)
            return []
        if word in _ONLY:
            outs = [p for p in pieces.at(last) if p not in outs and p != path[-1]]
        found += [((a, *path, b), first) for a in ins for b in outs]
    if not led:
        notes.add("turns", "through ways (via) that do not lead from one to the other", one.osm_id)
    return found


def _paths(
    between: list[int], over: frozenset[int], pieces: Pieces
) -> Iterator[tuple[int, tuple[int, ...], int]]:
    """Yield (node, pieces, node): every way along *between* that touches all of *over*, and
    comes to no node twice.  A drawn way is a line, so there are few.
    """
    for start in {node for piece in between for node in pieces.ends(piece)}:
        open_ends: list[tuple[tuple[int, ...], tuple[int, ...]]] = [((), (start,))]
        while open_ends:
            path, nodes = open_ends.pop()
            if {pieces.way(piece) for piece in path} == over:
                yield start, path, nodes[-1]
            for piece in between:
                ends = pieces.ends(piece)
                if nodes[-1] in ends:
                    onward = ends[1] if ends[0] == nodes[-1] else ends[0]
                    if onward not in nodes:
                        open_ends.append(((*path, piece), (*nodes, onward)))


def _meaning(one: Restriction, notes: Notes) -> tuple[str, int] | None:
    """Return the restriction's word and whom it binds; None when it binds none of ours."""
    exempt = sum({_WHO[word] for word in one.tags.get("except", "").split(";") if word in _WHO})
    for key, whom in (
        ("restriction", TURN_CAR | TURN_BIKE),
        ("restriction:motorcar", TURN_CAR),
        ("restriction:motor_vehicle", TURN_CAR),
        ("restriction:bicycle", TURN_BIKE),
    ):
        word = one.tags.get(key)
        if word is None:
            continue
        if word not in _NO | _ONLY:
            notes.add("not understood", f"{key}={word}", one.osm_id)
            return None
        bound = whom & ~exempt
        return (word, bound) if bound else None
    conditions = [key for key in one.tags if key.endswith(":conditional")]
    if conditions:
        for key in conditions:
            notes.add("conditional", f"{key}={one.tags[key]}", one.osm_id)
    elif not any(f"restriction:{vehicle}" in one.tags for vehicle in _OTHERS):
        notes.add("turns", "without a known restriction", one.osm_id)
    return None
