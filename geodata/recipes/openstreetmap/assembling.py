"""Pieces of way become the arrays of a ``Network``: who, how fast, where, which turns.

Decides which commune an edge lies in, what is built up, and which edges a forbidden turn
means.  Where a way has two rules its pieces become two edges side by side.
"""

from __future__ import annotations

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
from geodata.recipes.openstreetmap.reading import Extract, Way, find_ids
from geodata.recipes.openstreetmap.relations import Restriction
from geodata.recipes.openstreetmap.tags import Street
from geodata.recipes.openstreetmap.turns import Turn, forbidden_turns

#: A road with so many residential streets so near runs through a built-up area.  First guess;
#: it only matters where neither a number nor a zone is tagged.
URBAN_REACH_M: Final = 200.0
URBAN_FROM: Final = 6
#: Nobody signs more than this inside a town.
URBAN_AT_MOST_KMH: Final = 50

_MAX_FIXED_S: Final = 65_535


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
    ways = extract.ways
    cut, links = split_at_barriers(cut_ways(extract, ways, clip, notes), extract.barriers)
    piece, rule = _edges(cut, ways)
    turns = _turns(cut, ways, restrictions, notes)
    streets = [way.street for way in ways]
    _note_blocked(links, streets, notes)
    names = ["", *sorted({street.name for street in streets} - {""})]
    way = np.concatenate(
        [cut.way[piece], _column([link.way for link in links for _ in link.rules])]
    )
    rules = [streets[cut.way[p]].rules[r] for p, r in zip(piece, rule, strict=True)]
    rules += [one for link in links for one in link.rules]
    urban = _urban(cut, streets)
    kind = np.array([one.kind for one in rules], np.uint8)
    kind[: len(piece)] |= np.where(urban[piece], net.URBAN, 0).astype(np.uint8)
    bends = np.concatenate([np.diff(cut.shape_at)[piece], np.zeros(_count(links), np.int64)])
    inside = _ranges(cut.shape_at[piece], np.diff(cut.shape_at)[piece])
    access = np.array([one.access for one in rules], np.uint8)
    turn = _edge_turns(turns, piece, access)
    number = {name: k for k, name in enumerate(names)}
    return Network(
        lat_deg=cut.lat_e7 / 1e7,
        lon_deg=cut.lon_e7 / 1e7,
        signal=cut.signal,
        u=_ends(cut.u, piece, [link.stayed for link in links for _ in link.rules]),
        v=_ends(cut.v, piece, [link.added for link in links for _ in link.rules]),
        length_m=np.concatenate([cut.length_m[piece], np.full(_count(links), LINK_M)]).astype(
            np.float32
        ),
        road_class=_of_way([CLASS_NAMES.index(s.road_class) for s in streets], way, np.uint8),
        class_names=CLASS_NAMES,
        access=access,
        kind=kind,
        limit_there_kmh=_of_way([s.limit_there_kmh for s in streets], way, np.uint8),
        limit_back_kmh=_of_way([s.limit_back_kmh for s in streets], way, np.uint8),
        surface=_of_way([s.surface for s in streets], way, np.uint8),
        fixed_s=np.concatenate([_fixed_s(cut, streets)[piece], np.zeros(_count(links))]).astype(
            np.uint16
        ),
        max_weight_kg=_of_way([s.max_weight_kg for s in streets], way, np.int32),
        name=_of_way([number[s.name] for s in streets], way, np.int32),
        names=tuple(names),
        commune=np.concatenate(
            [_communes(cut, communes)[piece], np.full(_count(links), -1)]
        ).astype(np.int16),
        way=_of_way([one.osm_id for one in ways], way, np.int64),
        shape_at=np.concatenate([[0], np.cumsum(bends)]).astype(np.int32),
        shape_lat_deg=cut.shape_lat_e7[inside] / 1e7,
        shape_lon_deg=cut.shape_lon_e7[inside] / 1e7,
        turn_from=_column([t[0] for t in turn]).astype(np.int32),
        turn_via=_column([t[1] for t in turn]).astype(np.int32),
        turn_to=_column([t[2] for t in turn]).astype(np.int32),
        turn_who=_column([t[3] for t in turn]).astype(np.uint8),
    )


def _note_blocked(links: list[Link], streets: list[Street], notes: Notes) -> None:
    """Remark each barrier that closes a main road to cars: one on the wrong node cuts a town."""
    for link in links:
        street = streets[link.way]
        if street.main and not street.no_car and link.stops_cars:
            notes.add("barriers", street.name or street.road_class, link.osm_id)


def _edges(cut: Cut, ways: list[Way]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each edge's piece and which rule of its way it follows; twins stand together."""
    count = np.array([len(way.street.rules) for way in ways])[cut.way]
    piece = np.repeat(np.arange(len(cut.way)), count)
    first = np.concatenate([[0], np.cumsum(count)])[:-1]
    return piece, np.arange(len(piece)) - np.repeat(first, count)


def _ends(end: NDArray[np.int64], piece: NDArray[np.int64], linked: list[int]) -> NDArray[np.int32]:
    return np.concatenate([end[piece], _column(linked)]).astype(np.int32)


def _count(links: list[Link]) -> int:
    return sum(len(link.rules) for link in links)


def _column(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def _of_way(values: list[int], way: NDArray[np.int64], kind: Any) -> NDArray[Any]:
    return np.array(values, dtype=kind)[way]


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


def _turns(
    cut: Cut, ways: list[Way], restrictions: tuple[Restriction, ...], notes: Notes
) -> list[Turn]:
    way_ids = np.array([way.osm_id for way in ways])[cut.way]
    order = np.argsort(cut.node_id)
    ids = cut.node_id[order]

    def node_of(osm_id: int) -> int | None:
        at, there = find_ids(ids, np.array([osm_id]))
        return int(order[at[0]]) if there[0] else None

    def pieces_at(node: int) -> list[tuple[int, int]]:
        found = np.flatnonzero((cut.u == node) | (cut.v == node))
        return [(int(p), int(way_ids[p])) for p in found]

    return forbidden_turns(restrictions, node_of, pieces_at, notes)


def _edge_turns(
    turns: list[Turn], piece: NDArray[np.int64], access: NDArray[np.uint8]
) -> list[Turn]:
    """Return the turns between edges: those of both pieces that the bound vehicles use."""
    vehicles = {
        net.TURN_CAR: net.CAR_THERE | net.CAR_BACK,
        net.TURN_BIKE: net.BIKE_THERE | net.BIKE_BACK,
    }

    def edges(of_piece: int) -> range:
        return range(*np.searchsorted(piece, [of_piece, of_piece + 1]).tolist())

    found: list[Turn] = []
    for a, node, b, who in turns:
        for one, other in product(edges(a), edges(b)):
            bound = sum(
                bit
                for bit, mask in vehicles.items()
                if who & bit and access[one] & mask and access[other] & mask
            )
            if bound:
                found.append((one, node, other, bound))
    return found
