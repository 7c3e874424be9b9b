"""Lines on a flat map: projection, smooth curves, who crosses whom.

Decides geometry only.  Does not know what a street or a river is for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import cos, radians
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.spatial import cKDTree

METRES_PER_DEGREE: Final = 111_195  # pi / 180 * mean Earth radius 6 371 009 m (IUGG)

Points = NDArray[np.float64]  # (k, 2): metres east, metres north


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north of a point: good to 0.3 % over the 30 km of a small territory."""

    lat_deg: float
    lon_deg: float

    def to_m(self, lat_lon: object) -> Points:
        """Return (k, 2) metres east and north of (k, 2) degrees of latitude and longitude."""
        degrees = np.asarray(lat_lon, dtype=np.float64).reshape(-1, 2)
        east = (degrees[:, 1] - self.lon_deg) * METRES_PER_DEGREE * cos(radians(self.lat_deg))
        north = (degrees[:, 0] - self.lat_deg) * METRES_PER_DEGREE
        return np.column_stack([east, north])

    def to_degrees(self, points: Points) -> Points:
        """Return (k, 2) latitude, longitude: the way back from ``to_m``."""
        lat = self.lat_deg + points[:, 1] / METRES_PER_DEGREE
        lon = self.lon_deg + points[:, 0] / METRES_PER_DEGREE / cos(radians(self.lat_deg))
        return np.column_stack([lat, lon])


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One street: a name, a class and its course.  ``commune`` -1: decided later, edge by edge.

    ``bridge``: may cross the river.
    """

    name: str
    road_class: str
    points: Points
    commune: int = -1
    oneway: bool = False
    max_weight_kg: int = 0
    bridge: bool = False

    def __post_init__(self) -> None:
        if self.points.ndim != 2 or self.points.shape[1] != 2 or len(self.points) < 2:
            raise ValueError(f"line {self.name!r} has points of shape {self.points.shape}")

    def part(self, first: int, last: int) -> Line:
        """Return the piece from point *first* to point *last*, both included."""
        return replace(self, points=self.points[first : last + 1])


def smooth(waypoints: Points, step_m: float) -> Points:
    """Return a curve through every waypoint, in order, one point per *step_m* or less.

    A cubic spline over the square root of the chords (centripetal: no loops at sharp turns).
    """
    chords = np.hypot(*np.diff(waypoints, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(np.sqrt(chords))])
    spline = CubicSpline(at, waypoints) if len(waypoints) > 2 else None
    pieces: list[Points] = []
    for k, chord in enumerate(chords):
        share = np.arange(int(np.ceil(chord / step_m))) / np.ceil(chord / step_m)
        if spline is None:
            pieces.append(waypoints[k] + share[:, None] * (waypoints[k + 1] - waypoints[k]))
        else:
            pieces.append(spline(at[k] + share * (at[k + 1] - at[k])))
        # The spline is exact at its knots only up to rounding; roads must really meet there.
        pieces[-1][0] = waypoints[k]
    return np.concatenate([*pieces, waypoints[-1:]])


def dense(points: Points, step_m: float) -> Points:
    """Return points at most *step_m* apart along the polyline *points*, its own included."""
    pieces = [
        a + np.linspace(0, 1, int(np.hypot(*(b - a)) / step_m) + 2)[:, None] * (b - a)
        for a, b in pairwise(points)
    ]
    return np.concatenate(pieces)


def crossings(points: Points, barrier: Points) -> NDArray[np.bool_]:
    """Return, for each of the k - 1 segments of *points*, whether it crosses or touches it."""
    return crosses(points[:-1], points[1:], barrier)


def crosses(a: Points, b: Points, barrier: Points) -> NDArray[np.bool_]:
    """Return, for each segment a[i] → b[i], whether it crosses or touches the polyline *barrier*.

    Touching counts: a road through the very point where a river bends is on a bridge.
    """
    c, d = barrier[:-1], barrier[1:]
    # Two segments that meet have their middles within half their lengths: most are far away.
    reach_m = np.hypot(*(b - a).T) / 2 + np.hypot(*(d - c).T).max() / 2
    away_m, _ = cKDTree((c + d) / 2).query((a + b) / 2)
    near = np.flatnonzero(away_m <= reach_m)
    found = np.zeros(len(a), dtype=bool)
    found[near] = _meet(a[near], b[near], c, d)
    return found


def _meet(a: Points, b: Points, c: Points, d: Points) -> NDArray[np.bool_]:
    """Return, for each a[i] → b[i], whether it meets any c[j] → d[j], one by one."""

    def side(p: Points, q: Points, r: Points) -> Points:
        """Twice the signed area of p[i], q[i], r[j]: which side of p → q is r on?"""
        pq = (q - p)[:, None, :]
        pr = r[None, :, :] - p[:, None, :]
        return np.asarray(pq[..., 0] * pr[..., 1] - pq[..., 1] * pr[..., 0])

    apart = side(a, b, c) * side(a, b, d) <= 0
    astride = (side(c, d, a) * side(c, d, b) <= 0).T
    return np.asarray((apart & astride).any(axis=1))
