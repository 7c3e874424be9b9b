"""Where an edge runs, bend by bend, in metres on a flat Earth local to the town.

Decides points along edges.  Does not know who may use them, nor how fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from dispatch.core.places import METRES_PER_DEGREE
from dispatch.streets.arrays import Floats, Ints, StreetArrays

Point = tuple[float, float]


class Shapes:
    """All edges as lines.

    at     : (m + 1,) points ``at[e]`` … ``at[e + 1] - 1`` are those of edge e, u to v
    x_m, y_m : (p,) metres east and north of zero longitude and latitude
    from_u_m : (p,) drawn metres from the edge's u
    """

    def __init__(self, streets: StreetArrays) -> None:
        bends = np.diff(streets.shape_at).astype(np.int64)
        self.at: Ints = np.concatenate([[0], np.cumsum(bends + 2)])
        self.x_per_deg = METRES_PER_DEGREE * float(np.cos(np.radians(np.mean(streets.lat_deg))))
        self.x_m = self._line(streets, "lon_deg") * self.x_per_deg
        self.y_m = self._line(streets, "lat_deg") * METRES_PER_DEGREE
        step_m = np.hypot(np.diff(self.x_m, prepend=0), np.diff(self.y_m, prepend=0))
        step_m[self.at[:-1]] = 0
        run_m = np.cumsum(step_m)
        self.from_u_m: Floats = run_m - np.repeat(run_m[self.at[:-1]], bends + 2)

    def _line(self, streets: StreetArrays, axis: str) -> Floats:
        node = np.asarray(getattr(streets, axis), dtype=np.float64)
        points = np.empty(int(self.at[-1]))
        points[self.at[:-1]] = node[streets.u]
        points[self.at[1:] - 1] = node[streets.v]
        inner = np.ones(len(points), np.bool_)
        inner[self.at[:-1]] = inner[self.at[1:] - 1] = False
        points[inner] = getattr(streets, f"shape_{axis}")
        return points

    def length_m(self, edge: Ints) -> Floats:
        """Return the drawn length of edges."""
        return self.from_u_m[self.at[edge + 1] - 1]

    def whole_lines(self, edges: Ints) -> Iterator[list[Point]]:
        """Yield the (lat, lon) points of each edge, u to v, rounded to five decimals."""
        lat = np.round(self.y_m / METRES_PER_DEGREE, 5).tolist()
        lon = np.round(self.x_m / self.x_per_deg, 5).tolist()
        for first, last in zip(self.at[edges].tolist(), self.at[edges + 1].tolist(), strict=True):
            yield list(zip(lat[first:last], lon[first:last], strict=True))

    def stretch(self, edge: int, start: float, end: float) -> list[Point]:
        """Return (lat, lon) points from fraction *start* of an edge to *end*, which may be before.

        A fraction is of the drawn length, from u.
        """
        first, last = int(self.at[edge]), int(self.at[edge + 1])
        run_m = self.from_u_m[first:last]
        low_m, high_m = sorted((start * run_m[-1], end * run_m[-1]))
        inner = np.flatnonzero((run_m > low_m) & (run_m < high_m))
        along_m = np.concatenate([[low_m], run_m[inner], [high_m]])
        x_m = np.interp(along_m, run_m, self.x_m[first:last])
        y_m = np.interp(along_m, run_m, self.y_m[first:last])
        points = list(
            zip(
                (y_m / METRES_PER_DEGREE).tolist(),
                (x_m / self.x_per_deg).tolist(),
                strict=True,
            )
        )
        return points if start <= end else points[::-1]


def joined(stretches: Iterable[list[Point]]) -> tuple[Point, ...]:
    """Return all points in order, without those that stand where the one before does."""
    points: list[Point] = []
    for stretch in stretches:
        for lat, lon in stretch:
            # A crossing is the end of one stretch and the start of the next, computed twice.
            if not points or abs(lat - points[-1][0]) + abs(lon - points[-1][1]) > 1e-9:
                points.append((lat, lon))
    return tuple(points)
