"""Pieces of way become the arrays of a ``Network``: who, how fast, where, which turns.

Decides which commune an edge lies in, what is built up, and which edges a forbidden turn or
chain means.  Where a way has two rules its pieces become two edges side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geodata import network as net
from geodata.network import CLASS_NAMES, Network
from geodata.recipes.lines import METRES_PER_DEGREE
from geodata.recipes.openstreetmap.edges import Cut, cut_ways
from geodata.recipes.openstreetmap.gates import LINK_M, Link, split_at_barriers
from geodata.recipes.openstreetmap.notes import Notes
from geodata.recipes.openstreetmap.reading import Extract, Way
from geodata.recipes.openstreetmap.relations import Restriction
from geodata.recipes.openstreetmap.tags import Rule, Street
from geodata.recipes.openstreetmap.turns import Chain, Pieces, Turn, forbidden

#: A road with so many residential streets so near runs through a built-up area.  First guess;
#: it only matters where neither a number nor a zone is tagged.
URBAN_REACH_M: Final = 200.0
URBAN_FROM: Final = 6
#: Nobody signs more than this inside a town.
URBAN_AT_MOST_KMH: Final = 50

_MAX_FIXED_S: Final = 65_535


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Every edge to be: first those of pieces, twins together, then the links at barriers.

    piece : (m,) of the cut; -1: a link
    way   : (m,) index of the way it belongs to
    u, v  : (m,)
    rules : m of them
    """

    piece: NDArray[np.int64]
    way: NDArray[np.int64]
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    rules: list[Rule]

    def of_piece(self, values: NDArray[Any], for_links: float) -> NDArray[Any]:
        """Return (m,) each edge's of the pieces' *values*."""
        return np.where(self.piece >= 0, values[self.piece], for_links)


def network_of(
    extract: Extract,
    restrictions: tuple[Restriction, ...],
    clip: Any,
    communes: list[Any],
    notes: Notes,
) -> Network:
    """Return the network of *extract* inside *clip*.

    communes : outlines, in the order ``Network.commune`` indexes

    Raises ``ImportRefused`` when no street is left.
    """
    ways, streets = extract.ways, [way.street for way in extract.ways]
    cut, links = split_at_barriers(cut_ways(extract, ways, clip, notes), extract.barriers)
    _note_blocked(links, streets, notes)
    edges = _edges(cut, links, ways)
    access = np.array([rule.access for rule in edges.rules], np.uint8)
    kind = np.array([rule.kind for rule in edges.rules], np.uint8)
    urban = edges.of_piece(_urban(cut, streets), False).astype(np.bool_)
    names = ["", *sorted({street.name for street in streets} - {""})]
    number = {name: k for k, name in enumerate(names)}

    def of_way(values: list[int], kind: Any) -> NDArray[Any]:
        return np.array(values, dtype=kind)[edges.way]

    return Network(
        lat_deg=cut.lat_e7 / 1e7,
        lon_deg=cut.lon_e7 / 1e7,
        signal=cut.signal,
        gate=cut.gate,
        u=edges.u.astype(np.int32),
        v=edges.v.astype(np.int32),
        length_m=edges.of_piece(cut.length_m, LINK_M).astype(np.float32),
        road_class=of_way([CLASS_NAMES.index(s.road_class) for s in streets], np.uint8),
        class_names=CLASS_NAMES,
        access=access,
        kind=np.where(urban, kind | net.URBAN, kind).astype(np.uint8),
        limit_there_kmh=of_way([s.limit_there_kmh for s in streets], np.uint8),
        limit_back_kmh=of_way([s.limit_back_kmh for s in streets], np.uint8),
        surface=of_way([s.surface for s in streets], np.uint8),
        fixed_s=edges.of_piece(_fixed_s(cut, streets), 0).astype(np.uint16),
        max_weight_kg=of_way([s.max_weight_kg for s in streets], np.int32),
        name=of_way([number[s.name] for s in streets], np.int32),
        names=tuple(names),
        commune=edges.of_piece(_communes(cut, communes), -1).astype(np.int16),
        way=of_way([way.osm_id for way in ways], np.int64),
        **_shapes(cut, edges),
        **_forbidden(cut, ways, restrictions, _Ruled(edges.piece[edges.piece >= 0], access), notes),
    )


def _shapes(cut: Cut, edges: _Edges) -> dict[str, NDArray[Any]]:
    """Return the arrays of bends; twins have the same ones."""
    bends = edges.of_piece(np.diff(cut.shape_at), 0).astype(np.int64)
    inside = _ranges(edges.of_piece(cut.shape_at[:-1], 0).astype(np.int64), bends)
    return {
        "shape_at": np.concatenate([[0], np.cumsum(bends)]).astype(np.int32),
        "shape_lat_deg": cut.shape_lat_e7[inside] / 1e7,
        "shape_lon_deg": cut.shape_lon_e7[inside] / 1e7,
    }


def _turn_arrays(turns: list[Turn]) -> dict[str, NDArray[Any]]:
    columns = np.array(turns, dtype=np.int64).reshape(-1, 4).T
    names = {"turn_from": np.int32, "turn_via": np.int32, "turn_to": np.int32, "turn_who": np.uint8}
    return {
        name: column.astype(kind)
        for (name, kind), column in zip(names.items(), columns, strict=True)
    }


def _chain_arrays(chains: list[Chain]) -> dict[str, NDArray[Any]]:
    return {
        "chain_at": np.cumsum([0, *(len(edges) for edges, _, _ in chains)]).astype(np.int32),
        "chain_edge": np.array([one for edges, _, _ in chains for one in edges], np.int32),
        "chain_via": np.array([node for _, node, _ in chains], np.int32),
        "chain_who": np.array([who for _, _, who in chains], np.uint8),
    }


def _note_blocked(links: list[Link], streets: list[Street], notes: Notes) -> None:
    """Remark each barrier that closes a main road to cars: one on the wrong node cuts a town."""
    for link in links:
        street = streets[link.way]
        if street.main and not street.no_car and link.stops_cars:
            notes.add("barriers", street.name or street.road_class, link.osm_id)


def _edges(cut: Cut, links: list[Link], ways: list[Way]) -> _Edges:
    """One edge for each rule of each piece, and for each rule of each link."""
    count = np.array([len(way.street.rules) for way in ways])[cut.way]
    piece = np.repeat(np.arange(len(cut.way)), count)
    first = np.concatenate([[0], np.cumsum(count)])[:-1]
    which = np.arange(len(piece)) - np.repeat(first, count)
    rules = [ways[cut.way[p]].street.rules[r] for p, r in zip(piece, which, strict=True)]
    linked = np.array(
        [(-1, one.way, one.stayed, one.added) for one in links for _ in one.rules], np.int64
    ).reshape(-1, 4)
    of_pieces = np.column_stack([piece, cut.way[piece], cut.u[piece], cut.v[piece]])
    piece, way, u, v = np.concatenate([of_pieces, linked]).T
    return _Edges(piece, way, u, v, rules + [rule for one in links for rule in one.rules])


def _ranges(start: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return start[0], start[0] + 1 …, size[0] of them, then the same for start[1] …"""
    before = np.concatenate([[0], np.cumsum(size)])
    return np.repeat(start - before[:-1], size) + np.arange(before[-1])


def _fixed_s(cut: Cut, streets: list[Street]) -> NDArray[np.float64]:
    """Share a ferry's time out over its pieces by length; 0 where speed decides."""
    whole_s = np.array([street.fixed_s for street in streets], np.float64)
    whole_m = np.bincount(cut.way, weights=cut.length_m, minlength=len(streets))
    share = cut.length_m / whole_m[cut.way]
    timed = whole_s[cut.way] > 0
    return np.where(timed, np.clip(np.rint(whole_s[cut.way] * share), 1, _MAX_FIXED_S), 0.0)


def _urban(cut: Cut, streets: list[Street]) -> NDArray[np.bool_]:
    """Return (m,) which pieces lie in a built-up area.

    Tags first (a zone, then a number above 50); residential streets are; other roads are
    where enough residential streets are near.
    """
    home = np.array([s.road_class in ("residential", "living_street") for s in streets])[cut.way]
    fast = np.array([max(s.limit_there_kmh, s.limit_back_kmh) for s in streets])[cut.way]
    fast_class = np.array([s.road_class in ("motorway", "ferry") for s in streets])[cut.way]
    said = np.array([-1 if s.urban is None else int(s.urban) for s in streets])[cut.way]
    middle = cut.middle_deg * METRES_PER_DEGREE
    middle[:, 0] *= np.cos(np.radians(cut.lat_e7.mean() / 1e7))
    near = np.zeros(len(home), np.int64)
    if home.any():
        tree = cKDTree(middle[home])
        near = np.asarray(tree.query_ball_point(middle, URBAN_REACH_M, return_length=True))
    guessed = (home | (near >= URBAN_FROM)) & (fast <= URBAN_AT_MOST_KMH) & ~fast_class
    return np.asarray(np.where(said >= 0, said == 1, guessed))


def _communes(cut: Cut, outlines: list[Any]) -> NDArray[np.int64]:
    """Return (m,) index of the outline the middle of each piece lies in; -1: in none."""
    found = np.full(len(cut.way), -1)
    for k, outline in enumerate(outlines):
        shapely.prepare(outline)
        middle = cut.middle_deg
        found[shapely.contains_xy(outline, middle[:, 0], middle[:, 1])] = k
    return found


def _forbidden(
    cut: Cut,
    ways: list[Way],
    restrictions: tuple[Restriction, ...],
    ruled: _Ruled,
    notes: Notes,
) -> dict[str, NDArray[Any]]:
    """Return the arrays of forbidden turns and chains."""
    way_id = np.array([way.osm_id for way in ways], np.int64)[cut.way]
    turns, chains = forbidden(restrictions, Pieces(cut.node_id, way_id, cut.u, cut.v), notes)
    return _turn_arrays(_edge_turns(turns, ruled)) | _chain_arrays(_edge_chains(chains, ruled))


@dataclass(frozen=True, slots=True, eq=False)
class _Ruled:
    """Which edges a piece became, and who uses them.  Links come last and turn nowhere.

    piece  : (p,) of each edge that is no link, sorted
    access : (m,)
    """

    piece: NDArray[np.int64]
    access: NDArray[np.uint8]

    def edges(self, piece: int) -> range:
        return range(*np.searchsorted(self.piece, [piece, piece + 1]).tolist())

    def bound(self, who: int, edges: Sequence[int]) -> int:
        """Return the bits of *who* that use all of *edges*."""
        return sum(
            bit
            for bit, mask in _VEHICLES.items()
            if who & bit and all(self.access[edge] & mask for edge in edges)
        )


_VEHICLES: Final = {
    net.TURN_CAR: net.CAR_THERE | net.CAR_BACK,
    net.TURN_BIKE: net.BIKE_THERE | net.BIKE_BACK,
}


def _edge_turns(turns: list[Turn], ruled: _Ruled) -> list[Turn]:
    """Return the turns between edges: those of both pieces that the bound vehicles use."""
    found: list[Turn] = []
    for a, node, b, who in turns:
        for pair in product(ruled.edges(a), ruled.edges(b)):
            if bound := ruled.bound(who, pair):
                found.append((pair[0], node, pair[1], bound))
    return found


def _edge_chains(chains: list[Chain], ruled: _Ruled) -> list[Chain]:
    """Return the chains of edges: those of all their pieces that the bound vehicles use."""
    found: list[Chain] = []
    for pieces, node, who in chains:
        for edges in product(*(ruled.edges(piece) for piece in pieces)):
            if bound := ruled.bound(who, edges):
                found.append((edges, node, bound))
    return found
