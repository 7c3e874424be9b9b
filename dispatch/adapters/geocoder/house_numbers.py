"""Where house number 12 stands on a street that is only a line.

Decides by measuring: ten metres a number, in the order and direction in which
the town's data gives the street's edges.  Real house positions come from the
national address base, not from here.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from dispatch.streets.arrays import Floats, Ints, StreetArrays

METRES_PER_NUMBER: Final = 10.0


class StreetLine:
    """One named street of one commune: its *edges* laid end to end, each from u to v.

    A street in several pieces is measured piece after piece, so that every
    number is on the street.
    """

    def __init__(self, streets: StreetArrays, edges: Ints) -> None:
        self._streets = streets
        self._edges = edges
        self._ends_m = np.cumsum(np.asarray(streets.length_m, np.float64)[edges])

    @property
    def length_m(self) -> float:
        return float(self._ends_m[-1])

    def number(self, number: int) -> tuple[float, float] | None:
        """Return the ``(lat, lon)`` of house *number*; None past the street's end."""
        if METRES_PER_NUMBER * (number - 1) >= self.length_m:
            return None
        return self.point(min(METRES_PER_NUMBER * number, self.length_m))

    def middle(self) -> tuple[float, float]:
        return self.point(self.length_m / 2)

    def point(self, along_m: float) -> tuple[float, float]:
        """Return the ``(lat, lon)`` *along_m* from the start, 0 to ``length_m``, bends followed."""
        k = min(int(np.searchsorted(self._ends_m, along_m)), len(self._edges) - 1)
        edge = int(self._edges[k])
        lat, lon = (self._course(edge, axis) for axis in ("lat_deg", "lon_deg"))
        shrink = np.cos(np.radians(lat[0]))
        run = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(lat), np.diff(lon) * shrink))])
        length_m = float(self._streets.length_m[edge])
        left = float(self._ends_m[k] - along_m) / length_m if length_m > 0 else 0.0
        at = (1 - left) * run[-1]
        return float(np.interp(at, run, lat)), float(np.interp(at, run, lon))

    def _course(self, edge: int, axis: str) -> Floats:
        """Return the edge's degrees on *axis*: its ends, and its bends between them."""
        streets = self._streets
        ends, shape = getattr(streets, axis), getattr(streets, f"shape_{axis}")
        bends = shape[streets.shape_at[edge] : streets.shape_at[edge + 1]]
        return np.array([ends[streets.u[edge]], *bends, ends[streets.v[edge]]], np.float64)
