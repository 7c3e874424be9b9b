"""From lines to a network: where lines touch or cross there is a junction, and one can get home.

Decides nodes, edges and which of them stay.  Does not draw and does not write files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geodata.network import CLASS_NAMES
from geodata.recipes.lines import METRES_PER_DEGREE, Line, Plane, Points, crosses

TOUCH_M = 1.0  # ends nearer than this to a line touch it
BUILT_UP_M = 150.0  # a road this near to a street runs through its commune
STREET_CLASS = CLASS_NAMES.index("tertiary")

#: What ``network.npz`` holds: whole numbers compress better, and compare exactly.
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class _Segments:
    """Straight pieces a → b (s, 2), the line each belongs to (s,), in the order of its line."""

    a: Points
    b: Points
    line: NDArray[np.intp]


def assemble(lines: list[Line], plane: Plane, river: Points) -> Arrays:
    """Return the arrays of ``network.npz`` for *lines*.

    ``lat_e6``, ``lon_e6`` (n,) micro-degrees; ``u``, ``v``, ``length_dm``,
    ``road_class``, ``oneway``, ``name``, ``max_weight_kg``, ``commune`` (m,);
    ``names``.  Pieces that would swim are dropped, and so is all that cannot be
    reached from, or cannot reach, the largest part by car.
    """
    segments = _dry_segments(lines, river)
    return link(lines, _cut_at_crossings(segments), segments.line, plane)


def link(lines: list[Line], chains: list[Points], line: NDArray[np.intp], plane: Plane) -> Arrays:
    """Return the arrays of *chains* that meet only where they share a point.

    ``chains``: pieces of road (k, 2) in metres on *plane*; ``line`` (c,): which of
    *lines* each belongs to.  Points within a micro-degree (0.1 m) are the same.
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
    number = np.cumsum(stays) - 1
    return _columns(lines, plane, nodes[stays], number[u[kept]], number[v[kept]], line[kept])


def _columns(
    lines: list[Line],
    plane: Plane,
    nodes: NDArray[np.int64],
    u: NDArray[np.intp],
    v: NDArray[np.intp],
    line: NDArray[np.intp],
) -> Arrays:
    names = ["", *sorted({one.name for one in lines} - {""})]
    number = {name: k for k, name in enumerate(names)}
    classes = np.array([CLASS_NAMES.index(one.road_class) for one in lines], dtype=np.uint8)[line]
    commune, through = _communes(lines, line, plane.to_m((nodes[u] + nodes[v]) / 2e6))
    # Where a main road is a street (50 km/h), it is as slow as one.
    classes[through & (classes < STREET_CLASS)] = STREET_CLASS
    return {
        "lat_e6": nodes[:, 0].astype(np.int32),
        "lon_e6": nodes[:, 1].astype(np.int32),
        "u": u.astype(np.int32),
        "v": v.astype(np.int32),
        "length_dm": _length_dm(nodes, u, v),
        "road_class": classes,
        "oneway": np.array([one.oneway for one in lines])[line],
        "name": np.array([number[one.name] for one in lines], dtype=np.int32)[line],
        "max_weight_kg": np.array([one.max_weight_kg for one in lines], dtype=np.int32)[line],
        "commune": commune,
        "names": np.array(names),
    }


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


def _length_dm(
    nodes: NDArray[np.int64], u: NDArray[np.intp], v: NDArray[np.intp]
) -> NDArray[np.int32]:
    """Return lengths on a local flat Earth, in decimetres, at least one."""
    north = (nodes[v, 0] - nodes[u, 0]) / 1e6 * METRES_PER_DEGREE
    middle = np.radians((nodes[u, 0] + nodes[v, 0]) / 2e6)
    east = (nodes[v, 1] - nodes[u, 1]) / 1e6 * METRES_PER_DEGREE * np.cos(middle)
    length_dm: NDArray[np.int32] = np.maximum(1, np.rint(np.hypot(east, north) * 10)).astype(
        np.int32
    )
    return length_dm


def _communes(
    lines: list[Line], line: NDArray[np.intp], middle: Points
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Return each edge's commune, -1 in the country, and which roads run through a village.

    A line that has no commune of its own takes that of a street near by.
    """
    own = np.array([one.commune for one in lines], dtype=np.int16)[line]
    street = (own >= 0) & np.array([one.road_class != "unclassified" for one in lines])[line]
    if not street.any():
        return own, np.zeros(len(own), dtype=bool)
    away_m, nearest = cKDTree(middle[street]).query(middle)
    through = (own < 0) & (away_m < BUILT_UP_M)
    return np.where(through, own[street][nearest], own).astype(np.int16), through
