"""The nearest of many line segments, by a uniform grid."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dispatch.streets.kernel.compiled import DIGEST, compiled, compiled_and_kept

Ints32 = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


class Grid(NamedTuple):
    """Segments by the square cells they run through.

    at, segment    : (columns * rows + 1,), (…,) segments ``at[c]`` … of cell c
    shape          : (columns, rows)
    corner_cell_m  : x and y of the first cell's corner, and the side of a cell
    x_m, y_m, dx_m, dy_m : (s,) where a segment begins, and how far it goes
    """

    at: Ints32
    segment: Ints32
    shape: Ints32
    corner_cell_m: Floats
    x_m: Floats
    y_m: Floats
    dx_m: Floats
    dy_m: Floats


@compiled
def _foot(grid: Grid, s: int, x_m: float, y_m: float) -> tuple[float, float]:
    """Return the square of the distance to segment *s*, and the fraction where it is least."""
    px, py = x_m - grid.x_m[s], y_m - grid.y_m[s]
    dx, dy = grid.dx_m[s], grid.dy_m[s]
    square = dx * dx + dy * dy
    along = 0.0
    if square > 1e-12:
        along = min(1.0, max(0.0, (px * dx + py * dy) / square))
    return (px - along * dx) ** 2 + (py - along * dy) ** 2, along


@compiled
def _look(
    grid: Grid, cell: int, x_m: float, y_m: float, best: int, best_d: float, best_f: float
) -> tuple[int, float, float]:
    """Return the best of *best* and the segments in *cell*."""
    for k in range(grid.at[cell], grid.at[cell + 1]):
        s = grid.segment[k]
        d, f = _foot(grid, s, x_m, y_m)
        if d < best_d or (d == best_d and (best < 0 or s < best)):
            best, best_d, best_f = int(s), d, f
    return best, best_d, best_f


@compiled_and_kept
def nearest(
    grid: Grid,
    x_m: Floats,
    y_m: Floats,
    reach_m: float,
    segment: Ints32,
    along: Floats,
    away: Floats,
) -> int:
    """Find the segment nearest to each point, the first of equals; -1 beyond *reach_m*.

    along, away : the fraction of the segment where it is nearest, and metres from there
    """
    if DIGEST == 0:
        return 0
    columns, rows, side = grid.shape[0], grid.shape[1], grid.corner_cell_m[2]
    for p in range(len(x_m)):
        x, y = x_m[p] - grid.corner_cell_m[0], y_m[p] - grid.corner_cell_m[1]
        column, row = int(np.floor(x / side)), int(np.floor(y / side))
        best, best_d, best_f = -1, reach_m * reach_m, 0.0
        ring, clear = 0, -1.0
        while best_d >= clear * abs(clear) and clear <= reach_m:
            for c in range(max(0, column - ring), min(columns, column + ring + 1)):
                for r in range(max(0, row - ring), min(rows, row + ring + 1)):
                    if max(abs(c - column), abs(r - row)) == ring:
                        best, best_d, best_f = _look(
                            grid, c * rows + r, x_m[p], y_m[p], best, best_d, best_f
                        )
            # Whatever was not looked at yet is at least as far as the rim of what was.
            clear = min(
                min(x - (column - ring) * side, (column + ring + 1) * side - x),
                min(y - (row - ring) * side, (row + ring + 1) * side - y),
            )
            ring += 1
        segment[p] = best
        along[p] = best_f
        away[p] = np.sqrt(best_d)
    return len(x_m)
