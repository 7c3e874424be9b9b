"""A bollard cuts a road in two for whom it stops, and joins the parts for whom it lets through.

Decides where nodes are doubled.  At a barrier the first piece keeps the node; every other
piece gets a node of its own at the same place, tied to the first by a link of ten centimetres
that only those may use whom the barrier lets through.  Any engine then obeys, turns or not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from geodata.recipes.openstreetmap.access import Barrier, Passage
from geodata.recipes.openstreetmap.edges import Cut
from geodata.recipes.openstreetmap.tags import BITS, Rule, rules_of

LINK_M: Final = 0.1


@dataclass(frozen=True, slots=True)
class Link:
    """From the node that stayed to the one that was added, through the barrier.

    way    : index of the way the added end belongs to
    osm_id : of the node
    """

    stayed: int
    added: int
    way: int
    rules: tuple[Rule, ...]
    osm_id: int

    @property
    def stops_cars(self) -> bool:
        """Whether no car gets through."""
        return not any(rule.access & sum(BITS["car"]) for rule in self.rules)


def split_at_barriers(cut: Cut, barriers: dict[int, Barrier]) -> tuple[Cut, list[Link]]:
    """Return *cut* with its nodes at *barriers* (by OpenStreetMap id) doubled, and the links."""
    closed = np.flatnonzero(
        np.isin(cut.node_id, np.fromiter(barriers, dtype=np.int64, count=len(barriers)))
    )
    u, v = cut.u.copy(), cut.v.copy()
    copied: list[int] = []
    links: list[Link] = []
    for node in closed.tolist():
        ends = [(u, piece) for piece in np.flatnonzero(cut.u == node)]
        ends += [(v, piece) for piece in np.flatnonzero(cut.v == node)]
        osm_id = int(cut.node_id[node])
        rules = _rules(barriers[osm_id])
        for end, piece in ends[1:]:
            added = len(cut.node_id) + len(copied)
            copied.append(node)
            end[piece] = added
            links.append(Link(node, added, int(cut.way[piece]), rules, osm_id))
    again = np.array(copied, dtype=np.intp)
    grown = replace(
        cut,
        # An added node is nobody's junction: no restriction may find it.
        node_id=np.concatenate([cut.node_id, np.full(len(again), -1, np.int64)]),
        lat_e7=np.concatenate([cut.lat_e7, cut.lat_e7[again]]),
        lon_e7=np.concatenate([cut.lon_e7, cut.lon_e7[again]]),
        # Nor is a light or a gate waited at twice: whoever comes through passes the first.
        signal=np.concatenate([cut.signal, np.zeros(len(again), np.bool_)]),
        gate=np.concatenate([cut.gate, np.zeros(len(again), np.bool_)]),
        u=u,
        v=v,
    )
    return grown, links


def _rules(barrier: Barrier) -> tuple[Rule, ...]:
    passing = {"car": barrier.car, "bike": barrier.bike, "foot": barrier.foot}
    bits = {mode: sum(BITS[mode]) if may else 0 for mode, may in passing.items()}
    door = {mode: may is Passage.DOOR for mode, may in passing.items()}
    return rules_of(bits, door, 0)
