"""Ways are cut where they meet: nodes, edges from junction to junction, bends in between.

Decides what is a junction (a node of two ways, a way's end, a closed barrier, a lone traffic
light), how long edges are and where they lie.  Who may use them was decided by ``tags``;
forbidden turns are ``turns``' business.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from geodata.recipes.lines import METRES_PER_DEGREE
from geodata.recipes.openstreetmap.notes import ImportRefused, Notes
from geodata.recipes.openstreetmap.reading import Extract, Way

#: A light this near to a junction stands before it: France maps lights at their stop line.
LIGHT_BEFORE_M: Final = 40.0
SHORTEST_M: Final = 0.1

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """n nodes and m pieces of way between them, both directions together.

    node_id      : (n,) OpenStreetMap's id of each node
    lat_e7, lon_e7 : (n,)
    signal, gate : (n,)
    way          : (m,) index into the ways given
    u, v         : (m,) ends, in the way's own direction
    length_m     : (m,)
    shape_at     : (m + 1,), shape_lat_e7, shape_lon_e7 : (k,) bends, from u to v
    """

    node_id: Ints
    lat_e7: NDArray[np.int32]
    lon_e7: NDArray[np.int32]
    signal: Flags
    gate: Flags
    way: Ints
    u: Ints
    v: Ints
    length_m: Floats
    shape_at: Ints
    shape_lat_e7: NDArray[np.int32]
    shape_lon_e7: NDArray[np.int32]

    @property
    def middle_deg(self) -> Floats:
        """(m, 2) longitude, latitude between the two ends."""
        lon = (self.lon_e7[self.u].astype(np.float64) + self.lon_e7[self.v]) / 2e7
        lat = (self.lat_e7[self.u].astype(np.float64) + self.lat_e7[self.v]) / 2e7
        return np.column_stack([lon, lat])


@dataclass(frozen=True, slots=True, eq=False)
class _Walk:
    """Every way written out one after the other: p points.

    way  : (p,) index into the ways
    node : (p,) index into the extract's nodes
    step_m : (p - 1,) to the next point; meaningless where ``joined`` is False
    joined : (p - 1,) whether the next point continues the same way, inside the clip
    """

    way: Ints
    node: NDArray[np.intp]
    step_m: Floats
    joined: Flags


def cut_ways(extract: Extract, ways: list[Way], clip: Any, notes: Notes) -> Cut:
    """Return *ways* cut at their junctions, inside *clip* (None: everywhere).

    Raises ``ImportRefused`` when nothing is left.
    """
    walk = _walk(extract, ways, clip, notes)
    gate = _among(extract, extract.gates)
    ends = _junctions(walk, extract) | gate[walk.node]
    signal = _among(extract, extract.signals)
    ends, lights = _lights(walk, ends, signal)
    first, last = _pieces(walk, ends)
    first, last = _unlooped(walk, first, last)
    real = walk.node[first] != walk.node[last]
    first, last = first[real], last[real]
    if not len(first):
        raise ImportRefused("no street lies inside the boundary")
    used, ends_of = np.unique(
        np.concatenate([walk.node[first], walk.node[last]]), return_inverse=True
    )
    along_m = np.concatenate([[0.0], np.cumsum(np.where(walk.joined, walk.step_m, 0.0))])
    bends = last - first - 1
    shape_at = np.concatenate([[0], np.cumsum(bends)])
    inside = np.repeat(first + 1 - shape_at[:-1], bends) + np.arange(shape_at[-1])
    return Cut(
        node_id=extract.node_id[used],
        lat_e7=extract.lat_e7[used],
        lon_e7=extract.lon_e7[used],
        signal=np.isin(used, lights),
        gate=gate[used],
        way=walk.way[first],
        u=ends_of[: len(first)],
        v=ends_of[len(first) :],
        length_m=np.maximum(along_m[last] - along_m[first], SHORTEST_M),
        shape_at=shape_at,
        shape_lat_e7=extract.lat_e7[walk.node[inside]],
        shape_lon_e7=extract.lon_e7[walk.node[inside]],
    )


def _walk(extract: Extract, ways: list[Way], clip: Any, notes: Notes) -> _Walk:
    if not ways:
        raise ImportRefused("no street lies inside the boundary")
    refs = np.concatenate([way.refs for way in ways])
    way = np.repeat(np.arange(len(ways)), [len(one.refs) for one in ways])
    node, good = extract.find(refs)
    if clip is None:
        for k in np.unique(way[~good]):
            notes.add("data", "ways with nodes that are not in the file", ways[k].osm_id)
    else:
        shapely.prepare(clip)
        inside = shapely.contains_xy(clip, extract.lon_e7 / 1e7, extract.lat_e7 / 1e7)
        good = good & inside[node]
    # A node written twice in a row would make a step of nothing.
    again = np.concatenate([[False], (refs[1:] == refs[:-1]) & (way[1:] == way[:-1])])
    refs, way, node, good = (column[~again] for column in (refs, way, node, good))
    lat, lon = np.radians(extract.lat_e7[node] / 1e7), np.radians(extract.lon_e7[node] / 1e7)
    north = np.diff(lat)
    east = np.diff(lon) * np.cos((lat[1:] + lat[:-1]) / 2)
    step_m = np.hypot(east, north) * np.degrees(1) * METRES_PER_DEGREE
    return _Walk(way, node, step_m, (way[1:] == way[:-1]) & good[1:] & good[:-1])


def _among(extract: Extract, ids: Collection[int]) -> Flags:
    """Return (n,) which of the extract's nodes are among OpenStreetMap's *ids*."""
    return np.isin(extract.node_id, np.fromiter(ids, np.int64, len(ids)))


def _junctions(walk: _Walk, extract: Extract) -> Flags:
    """Return (p,) which points end a piece: ends, crossings, barriers."""
    starts = np.concatenate([[True], ~walk.joined])
    stops = np.concatenate([~walk.joined, [True]])
    there = ~(starts & stops)
    visits = np.bincount(walk.node[there], minlength=len(extract.node_id))
    closed = _among(extract, extract.barriers)
    found: Flags = starts | stops | (visits > 1)[walk.node] | closed[walk.node]
    return found


def _lights(walk: _Walk, ends: Flags, signal: Flags) -> tuple[Flags, Ints]:
    """Return the points that end a piece, lone lights included, and the nodes with a light.

    A light within ``LIGHT_BEFORE_M`` of a junction counts there, once; alone on a street it
    is a node of its own.
    """
    along_m = np.concatenate([[0.0], np.cumsum(np.where(walk.joined, walk.step_m, 0.0))])
    at = np.flatnonzero(signal[walk.node] & ~ends)
    stops = np.flatnonzero(ends)
    after = np.searchsorted(stops, at)
    before, behind = stops[after - 1], stops[after]
    back_m, ahead_m = along_m[at] - along_m[before], along_m[behind] - along_m[at]
    nearer = np.where(ahead_m <= back_m, behind, before)
    lone = np.minimum(ahead_m, back_m) > LIGHT_BEFORE_M
    ends = ends.copy()
    ends[at[lone]] = True
    lights = np.concatenate(
        [
            walk.node[np.where(lone, at, nearer)],
            walk.node[np.flatnonzero(signal[walk.node] & ends)],
        ]
    )
    return ends, np.unique(lights)


def _pieces(walk: _Walk, ends: Flags) -> tuple[Ints, Ints]:
    """Return the first and last point of each piece."""
    stops = np.flatnonzero(ends)
    first, last = stops[:-1], stops[1:]
    whole = walk.joined[first]  # a gap ends a piece, so the first step tells for all
    return first[whole], last[whole]


def _unlooped(walk: _Walk, first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Cut each piece that ends where it began in two: an edge has two ends."""
    loop = (walk.node[first] == walk.node[last]) & (last - first > 2)
    middle = (first[loop] + last[loop]) // 2
    starts = np.concatenate([first, middle])
    stops = np.concatenate([np.where(loop, (first + last) // 2, last), last[loop]])
    order = np.argsort(starts, kind="stable")
    return starts[order], stops[order]
