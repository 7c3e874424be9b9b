"""From lines to a network: where lines touch or cross there is a junction, and one can get home.

Decides nodes, edges, their bends and which of them stay.  Does not draw and does not write
files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geodata.network import (
    BIKE_BACK,
    BIKE_THERE,
    BRIDGE,
    CAR_BACK,
    CAR_THERE,
    CLASS_NAMES,
    FOOT_BACK,
    FOOT_THERE,
    URBAN,
    Network,
)
from geodata.recipes.lines import METRES_PER_DEGREE, Line, Plane, Points, crosses

TOUCH_M = 1.0  # ends nearer than this to a line touch it
BUILT_UP_M = 150.0  # a road this near to a street runs through its commune

_ONE_WAY: Final = CAR_THERE | BIKE_THERE | FOOT_THERE | FOOT_BACK
_BOTH_WAYS: Final = _ONE_WAY | CAR_BACK | BIKE_BACK


@dataclass(frozen=True, slots=True, eq=False)
class _Segments:
    """Straight pieces a → b (s, 2), the line each belongs to (s,), in the order of its line."""

    a: Points
    b: Points
    line: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """Straight pieces between n points (n, 2) in micro-degrees; (s,) each of the others.

    u, v    : the points at their ends, u → v in the order of the line
    line    : the line each belongs to
    commune : -1 is open country
    urban   : among houses
    """

    at: NDArray[np.int64]
    u: NDArray[np.intp]
    v: NDArray[np.intp]
    line: NDArray[np.intp]
    commune: NDArray[np.int16]
    urban: NDArray[np.bool_]


def assemble(lines: list[Line], plane: Plane, river: Points) -> Network:
    """Return the streets of *lines*: from junction to junction, the rest are bends.

    Lines meet wherever they touch or cross.  Pieces that would swim are dropped, and so is
    all that cannot be reached from, or cannot reach, the largest part by car.  A node where
    nothing turns off is only left where the street's name ends or the houses begin.  Raises
    ``ValueError`` when nothing is left.
    """
    segments = _dry_segments(lines, river)
    pieces = _pieces(lines, _cut_at_crossings(segments), segments.line, plane)
    if not len(pieces.u):
        raise ValueError(f"nothing of {len(lines)} lines can be driven there and back")
    return _network(lines, pieces, _edge_starts(pieces))


def _pieces(
    lines: list[Line], chains: list[Points], line: NDArray[np.intp], plane: Plane
) -> _Pieces:
    """Return what *chains* (k, 2) of *lines* are cut into, and what one can come home from.

    Points within a micro-degree (0.1 m) are the same.
    """
    micro = [np.rint(plane.to_degrees(chain) * 1e6).astype(np.int64) for chain in chains]
    nodes, where = np.unique(np.concatenate(micro), axis=0, return_inverse=True)
    sizes = np.array([len(chain) for chain in chains])
    starts = np.setdiff1d(np.arange(sizes.sum()), np.cumsum(sizes) - 1)
    u, v, line = where[starts], where[starts + 1], np.repeat(line, sizes - 1)
    real = u != v
    u, v, line = u[real], v[real], line[real]
    stays = _strong_part(len(nodes), u, v, np.array([one.oneway for one in lines])[line])
    kept = stays[u] & stays[v]
    u, v, line = u[kept], v[kept], line[kept]
    commune, urban = _communes(lines, line, plane.to_m((nodes[u] + nodes[v]) / 2e6))
    return _Pieces(nodes, u, v, line, commune, urban)


def _edge_starts(pieces: _Pieces) -> NDArray[np.intp]:
    """Return the pieces with which an edge begins; it goes on until the next of them."""
    roads = np.bincount(np.concatenate([pieces.u, pieces.v]), minlength=len(pieces.at))
    goes_on = (pieces.v[:-1] == pieces.u[1:]) & (roads[pieces.u[1:]] == 2)
    for same in (pieces.line, pieces.commune, pieces.urban):
        goes_on &= same[:-1] == same[1:]
    starts = np.flatnonzero(np.r_[True, ~goes_on])
    # A loop needs a second node, or it would lead from its junction to its junction.
    lasts = np.r_[starts[1:], len(pieces.u)] - 1
    loops = starts[pieces.u[starts] == pieces.v[lasts]]
    return np.union1d(starts, loops + 1)


def _network(lines: list[Line], pieces: _Pieces, starts: NDArray[np.intp]) -> Network:
    lasts = np.r_[starts[1:], len(pieces.u)] - 1
    number = np.full(len(pieces.at), -1)
    # Numbered as streets meet them, so that neighbours stand near each other in the file.
    ends = np.column_stack([pieces.u[starts], pieces.v[lasts]]).ravel()
    met, first = np.unique(ends, return_index=True)
    nodes = met[np.argsort(first)]
    number[nodes] = np.arange(len(nodes))
    bends = np.delete(pieces.u, starts)
    degrees = pieces.at / 1e6
    line, m = pieces.line[starts], len(starts)
    names = ["", *sorted({one.name for one in lines} - {""})]
    by_name = {name: k for k, name in enumerate(names)}
    kind = np.where(pieces.urban[starts], URBAN, 0) | BRIDGE * _of(lines, "bridge")[line]
    classes = np.array([CLASS_NAMES.index(one.road_class) for one in lines], np.uint8)
    return Network(
        lat_deg=degrees[nodes, 0],
        lon_deg=degrees[nodes, 1],
        signal=np.zeros(len(nodes), np.bool_),
        gate=np.zeros(len(nodes), np.bool_),
        u=number[pieces.u[starts]].astype(np.int32),
        v=number[pieces.v[lasts]].astype(np.int32),
        length_m=(np.add.reduceat(_length_dm(pieces), starts) / 10).astype(np.float32),
        road_class=classes[line],
        class_names=CLASS_NAMES,
        access=np.where(_of(lines, "oneway")[line], _ONE_WAY, _BOTH_WAYS).astype(np.uint8),
        kind=kind.astype(np.uint8),
        limit_there_kmh=np.zeros(m, np.uint8),
        limit_back_kmh=np.zeros(m, np.uint8),
        surface=np.zeros(m, np.uint8),
        fixed_s=np.zeros(m, np.uint16),
        max_weight_kg=_of(lines, "max_weight_kg")[line].astype(np.int32),
        name=np.array([by_name[one.name] for one in lines], np.int32)[line],
        names=tuple(names),
        commune=pieces.commune[starts],
        way=np.zeros(m, np.int64),
        shape_at=np.r_[0, np.cumsum(lasts - starts)].astype(np.int32),
        shape_lat_deg=degrees[bends, 0],
        shape_lon_deg=degrees[bends, 1],
        turn_from=np.zeros(0, np.int32),
        turn_via=np.zeros(0, np.int32),
        turn_to=np.zeros(0, np.int32),
        turn_who=np.zeros(0, np.uint8),
    )


def _of(lines: list[Line], field: str) -> NDArray[np.int64]:
    """(lines,) what each line says of itself, as a number."""
    return np.array([int(getattr(one, field)) for one in lines], np.int64)


def _dry_segments(lines: list[Line], river: Points) -> _Segments:
    a = np.concatenate([one.points[:-1] for one in lines])
    b = np.concatenate([one.points[1:] for one in lines])
    line = np.repeat(np.arange(len(lines)), [len(one.points) - 1 for one in lines])
    may_cross = np.array([one.bridge for one in lines])[line]
    dry = may_cross | ~crosses(a, b, river)
    return _Segments(a[dry], b[dry], line[dry])


def _cut_at_crossings(segments: _Segments) -> list[Points]:
    """Return each segment as a chain of points: its ends and every junction between them."""
    i, j = _near_pairs(segments)
    a, b, c, d = segments.a[i], segments.b[i], segments.a[j], segments.b[j]
    ab, cd, ac = b - a, d - c, c - a
    turn = _cross(ab, cd)
    slanted = np.abs(turn) > 1e-9 * np.hypot(*ab.T) * np.hypot(*cd.T)
    i, j, a, ab, c, cd, ac, turn = (x[slanted] for x in (i, j, a, ab, c, cd, ac, turn))
    on_i, on_j = _cross(ac, cd) / turn, _cross(ac, ab) / turn
    slack_i, slack_j = TOUCH_M / np.hypot(*ab.T), TOUCH_M / np.hypot(*cd.T)
    meet = (on_i > -slack_i) & (on_i < 1 + slack_i) & (on_j > -slack_j) & (on_j < 1 + slack_j)
    inside_i = meet & (on_i > slack_i) & (on_i < 1 - slack_i)
    inside_j = meet & (on_j > slack_j) & (on_j < 1 - slack_j)
    point = a + on_i[:, None] * ab
    # Where one line ends on another, the junction is that very end, to the last bit.
    point = np.where((inside_i & ~inside_j)[:, None], c + np.rint(on_j)[:, None] * cd, point)
    point = np.where((inside_j & ~inside_i)[:, None], a + np.rint(on_i)[:, None] * ab, point)
    cuts: list[list[tuple[float, Points]]] = [[] for _ in segments.line]
    for k in np.flatnonzero(inside_i):
        cuts[i[k]].append((float(on_i[k]), point[k]))
    for k in np.flatnonzero(inside_j):
        cuts[j[k]].append((float(on_j[k]), point[k]))
    return [
        np.array(
            [segments.a[s], *(p for _, p in sorted(at, key=lambda cut: cut[0])), segments.b[s]]
        )
        for s, at in enumerate(cuts)
    ]


def _near_pairs(segments: _Segments) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return pairs i < j of segments that could meet: their middles are near enough."""
    half_m = np.hypot(*(segments.b - segments.a).T) / 2
    tree = cKDTree((segments.a + segments.b) / 2)
    pairs = tree.query_pairs(2 * half_m.max() + TOUCH_M, output_type="ndarray")
    i, j = pairs[:, 0], pairs[:, 1]
    apart_m = np.hypot(*(tree.data[i] - tree.data[j]).T)
    close = apart_m <= half_m[i] + half_m[j] + TOUCH_M
    return i[close], j[close]


def _cross(p: Points, q: Points) -> NDArray[np.float64]:
    return np.asarray(p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0])


def _strong_part(
    n: int, u: NDArray[np.intp], v: NDArray[np.intp], oneway: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which nodes are in the largest strongly connected part."""
    tail, head = np.concatenate([u, v[~oneway]]), np.concatenate([v, u[~oneway]])
    graph = coo_matrix((np.ones(len(tail)), (tail, head)), shape=(n, n))
    _, part = connected_components(graph, directed=True, connection="strong")
    return np.asarray(part == np.bincount(part).argmax())


def _length_dm(pieces: _Pieces) -> NDArray[np.int64]:
    """Return lengths on a local flat Earth, in decimetres, at least one."""
    start, end = pieces.at[pieces.u], pieces.at[pieces.v]
    north, east = ((end - start) / 1e6 * METRES_PER_DEGREE).T
    east = east * np.cos(np.radians((start[:, 0] + end[:, 0]) / 2e6))
    length_dm: NDArray[np.int64] = np.rint(np.hypot(east, north) * 10).astype(np.int64)
    return np.maximum(1, length_dm)


def _communes(
    lines: list[Line], line: NDArray[np.intp], middle: Points
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Return each piece's commune, -1 in the country, and which pieces are among houses.

    Streets are, and so is what passes near one, but over water; what has no commune of its
    own then takes the street's.
    """
    own = np.array([one.commune for one in lines], dtype=np.int16)[line]
    street = (own >= 0) & np.array([one.road_class != "unclassified" for one in lines])[line]
    if not street.any():
        return own, np.zeros(len(own), dtype=bool)
    away_m, nearest = cKDTree(middle[street]).query(middle)
    urban = (away_m < BUILT_UP_M) & (_of(lines, "bridge")[line] == 0)
    through = (own < 0) & urban
    return np.where(through, own[street][nearest], own).astype(np.int16), urban
