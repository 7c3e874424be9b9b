"""From points on the map to points on streets.

Decides which edge is nearest and where along it.  Does not know travel times;
which edges count is the caller's choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from dispatch.streets.arrays import Flags, Floats, Ints
from dispatch.streets.kernel.nearest import Grid, nearest
from dispatch.streets.shapes import Shapes

#: Side of a cell: a few dozen segments in town, and five rings reach all that counts.
CELL_M: Final = 100.0
#: A grid of this many cells takes 16 MB; a larger region gets larger cells.
_MOST_CELLS: Final = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Snaps:
    """(k,) each: the edge, the fraction of its drawn length from u, metres from the place.

    ``edge`` is -1, and ``away_m`` infinite, where there is no edge at all.
    """

    edge: Ints
    fraction: Floats
    away_m: Floats


class EdgeFinder:
    """Nearest of some edges, by projection on a flat Earth local to the town."""

    def __init__(self, shapes: Shapes, usable: Flags) -> None:
        self._shapes = shapes
        point = np.arange(len(shapes.x_m))
        edge = np.repeat(np.arange(len(usable)), np.diff(shapes.at))
        begins = usable[edge] & (point < shapes.at[edge + 1] - 1)
        self._point = point[begins]
        self._edge = edge[begins]
        self._grid = _grid(shapes, self._point) if len(self._point) else None

    def nearest(self, x_m: Floats, y_m: Floats, reach_m: float) -> Snaps:
        """Return the nearest point on the edges for each of k points, the first on a tie.

        Beyond *reach_m* it takes longer to find: a look at every segment.
        """
        snaps = Snaps(
            np.full(len(x_m), -1, np.int64), np.zeros(len(x_m)), np.full(len(x_m), np.inf)
        )
        if self._grid is None or not len(x_m):
            return snaps
        segment, along = np.empty(len(x_m), np.int32), np.empty(len(x_m))
        nearest(self._grid, x_m, y_m, reach_m, segment, along, snaps.away_m)
        for k in np.flatnonzero(segment < 0).tolist():
            segment[k], along[k], snaps.away_m[k] = self._far(x_m[k], y_m[k])
        shapes, point = self._shapes, self._point[segment]
        snaps.edge[:] = self._edge[segment]
        whole_m = shapes.length_m(snaps.edge)
        step_m = shapes.from_u_m[point + 1] - shapes.from_u_m[point]
        at_m = shapes.from_u_m[point] + along * step_m
        snaps.fraction[:] = np.minimum(1.0, at_m / np.where(whole_m > 0, whole_m, 1.0))
        return snaps

    def _far(self, x_m: float, y_m: float) -> tuple[int, float, float]:
        grid = self._grid
        assert grid is not None
        px, py = x_m - grid.x_m, y_m - grid.y_m
        square = np.maximum(grid.dx_m**2 + grid.dy_m**2, 1e-12)
        along = np.clip((px * grid.dx_m + py * grid.dy_m) / square, 0.0, 1.0)
        away_m = np.hypot(px - along * grid.dx_m, py - along * grid.dy_m)
        best = int(np.argmin(away_m))
        return best, float(along[best]), float(away_m[best])


def _grid(shapes: Shapes, point: Ints) -> Grid:
    x_m, y_m = shapes.x_m[point], shapes.y_m[point]
    dx_m, dy_m = shapes.x_m[point + 1] - x_m, shapes.y_m[point + 1] - y_m
    west, south = (float(np.minimum(a, a + d).min()) for a, d in ((x_m, dx_m), (y_m, dy_m)))
    east, north = (float(np.maximum(a, a + d).max()) for a, d in ((x_m, dx_m), (y_m, dy_m)))
    side = max(CELL_M, np.sqrt((east - west) * (north - south) / _MOST_CELLS))
    columns, rows = (int(span // side) + 1 for span in (east - west, north - south))
    # Cut into pieces no longer than a cell: each lies in two by two cells at most.
    pieces = (np.hypot(dx_m, dy_m) // side).astype(np.int64) + 1
    segment = np.repeat(np.arange(len(point)), pieces)
    nth = np.arange(len(segment)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    cells = []
    for a, d, origin, most in ((x_m, dx_m, west, columns), (y_m, dy_m, south, rows)):
        ends = [a[segment] + (nth + k) / pieces[segment] * d[segment] - origin for k in (0, 1)]
        cells.append([np.clip((end // side).astype(np.int64), 0, most - 1) for end in ends])
    (c0, c1), (r0, r1) = cells
    pairs = np.concatenate(
        [(c * rows + r) * len(point) + segment for c in (c0, c1) for r in (r0, r1)]
    )
    cell, segment = np.divmod(np.unique(pairs), len(point))
    at = np.zeros(columns * rows + 1, dtype=np.int32)
    np.cumsum(np.bincount(cell, minlength=columns * rows), out=at[1:])
    return Grid(
        at=at,
        segment=segment.astype(np.int32),
        shape=np.array([columns, rows], np.int32),
        corner_cell_m=np.array([west, south, side]),
        x_m=x_m,
        y_m=y_m,
        dx_m=dx_m,
        dy_m=dy_m,
    )
