"""One profile's graph: whole-millisecond edges and one-to-all rows, kept while in use.

Decides which edges a vehicle may use, in which direction, and how long each
takes.  Does not know places: it speaks of nodes and edges only.

Times are whole milliseconds: their sums are exact in any order, so a detour
through a third place is never shorter than the direct trip by a rounding.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from dispatch.streets.arrays import Ints, StreetArrays
from dispatch.streets.profiles import NO_STOPPING, ROAD_CLASSES, Profile

#: "No road" among milliseconds: the largest int32, 24 days.
NO_ROAD_MS: Final = 2**31 - 1

BYTES_PER_NODE: Final = 12  # of one row: three arrays of four bytes

_BATCH: Final = 64  # rows computed at once: 10 MB of floats on 10 000 nodes


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """Everything reached from one node by the fastest way.

    time_ms  : (n,) int32, ``NO_ROAD_MS`` where no road leads
    length_m : (n,) float32 along that way; meaningless where no road leads
    before   : (n,) int32, the node before each on the way; negative at the start
    """

    time_ms: npt.NDArray[np.int32]
    length_m: npt.NDArray[np.float32]
    before: npt.NDArray[np.int32]


class ProfileGraph:
    """The streets as one vehicle may use them.

    allowed    : (m,) bool, edges this vehicle may use
    stoppable  : (m,) bool, edges an address can be reached from
    edge_ms    : (m,) int64, time over the whole edge; meaningless where not allowed

    Safe to share between threads: arrays are never written after birth, and
    the rows kept are guarded by a lock (two threads missing the same row at
    once both compute it, and agree).
    """

    def __init__(self, streets: StreetArrays, profile: Profile, rows_kept: int) -> None:
        if strangers := set(streets.class_names) - set(ROAD_CLASSES):
            raise ValueError(
                f"class_names has {min(strangers)!r}; known: {', '.join(ROAD_CLASSES)}"
            )
        kmh = np.array([profile.speed_kmh.get(road, 0.0) for road in streets.class_names])
        edge_kmh = kmh[streets.road_class]
        limit_kg = streets.max_weight_kg
        self.allowed = (edge_kmh > 0) & ((limit_kg == 0) | (profile.gross_kg <= limit_kg))
        no_stopping = np.array([road in NO_STOPPING for road in streets.class_names])
        self.stoppable = self.allowed & ~no_stopping[streets.road_class]
        length_m = np.asarray(streets.length_m, dtype=np.float64)
        per_metre_ms = 3600.0 / np.where(edge_kmh > 0, edge_kmh, 1.0)
        # At least one: a sparse matrix may take a zero for "no arc".
        self.edge_ms: Ints = np.maximum(np.rint(length_m * per_metre_ms), 1).astype(np.int64)

        self._n = len(streets.lat_deg)
        self._build_arcs(streets, length_m)
        self._rows: OrderedDict[int, Row] = OrderedDict()
        self._rows_kept = rows_kept
        self._lock = Lock()

    def _build_arcs(self, streets: StreetArrays, length_m: npt.NDArray[np.float64]) -> None:
        there = np.flatnonzero(self.allowed)
        back = np.flatnonzero(self.allowed & ~streets.oneway)
        edge = np.concatenate([there, back])
        tail = np.concatenate([streets.u[there], streets.v[back]]).astype(np.int64)
        head = np.concatenate([streets.v[there], streets.u[back]]).astype(np.int64)
        # A sparse matrix *sums* parallel arcs, so keep only the fastest of each pair.
        key = tail * self._n + head
        order = np.lexsort((length_m[edge], self.edge_ms[edge], key))
        keys, first = np.unique(key[order], return_index=True)
        fastest = edge[order][first]
        self._arc_key: Ints = keys  # sorted: the way from (tail, head) to an arc
        self._arc_m = length_m[fastest].astype(np.float32)
        self._matrix = csr_matrix(
            (self.edge_ms[fastest].astype(np.float64), (keys // self._n, keys % self._n)),
            shape=(self._n, self._n),
        )

    def rows(self, nodes: Sequence[int]) -> list[Row]:
        """Return the rows of *nodes*, in order; only the unknown ones are computed."""
        found: dict[int, Row] = {}
        with self._lock:
            for node in nodes:
                if row := self._rows.get(node):
                    self._rows.move_to_end(node)
                    found[node] = row
        if missing := sorted(set(nodes) - found.keys()):
            new = dict(zip(missing, self._compute(missing), strict=True))
            found |= new
            with self._lock:
                self._rows |= new
                while len(self._rows) > self._rows_kept:
                    self._rows.popitem(last=False)
        return [found[node] for node in nodes]

    def _compute(self, nodes: list[int]) -> list[Row]:
        rows: list[Row] = []
        for start in range(0, len(nodes), _BATCH):
            times, before = dijkstra(
                self._matrix, indices=nodes[start : start + _BATCH], return_predecessors=True
            )
            times[~np.isfinite(times)] = NO_ROAD_MS
            # Copies: a row kept must not keep its whole batch alive.
            rows += [
                Row(time_ms.astype(np.int32), self._lengths_m(way), way.copy())
                for time_ms, way in zip(times, before, strict=True)
            ]
        return rows

    def _lengths_m(self, before: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        """Add up arc lengths along a tree of predecessors, every branch at once.

        Pointer doubling: each pass adds the stretch before the one already
        summed, so a way of k arcs takes log2(k) passes.
        """
        node = np.arange(self._n)
        up = np.where(before >= 0, before, node)
        arc = np.searchsorted(self._arc_key, up.astype(np.int64) * self._n + node)
        length_m = np.where(before >= 0, self._arc_m[np.minimum(arc, len(self._arc_m) - 1)], 0)
        while not np.array_equal(up, above := up[up]):
            length_m = length_m + length_m[up]
            up = above
        return length_m.astype(np.float32)
